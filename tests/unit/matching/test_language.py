"""Which language a text is in."""

from __future__ import annotations

import pytest

from matching.text.language import identify, primary

SENTENCES = [
    ("en", "The minister rejected the remarks and summoned the ambassador."),
    ("ru", "Министр отверг эти высказывания и вызвал посла."),
    ("uk", "Міністр відкинув ці висловлювання і викликав посла."),
    ("be", "Міністр адхіліў гэтыя выказванні і выклікаў пасла."),
    ("bg", "Министърът отхвърли тези изказвания и извика посланика."),
    ("sr", "Министар је одбацио ове изјаве и позвао амбасадора."),
    ("kk", "Министр бұл мәлімдемені жоққа шығарып, елшіні шақырды."),
    ("ky", "Министр бул билдирүүнү четке кагып, элчини чакырды."),
    ("mn", "Сайд энэ мэдэгдлийг няцааж, элчин сайдыг дуудав."),
    ("tg", "Вазир ин суханонро рад кард ва сафирро даъват намуд."),
    ("uz", "Вазир бу гапларни рад этиб, элчини чақирди ва ўз фикрини айтди."),
    ("uz", "Vazir bu gaplarni rad etib, elchini chaqirdi va o‘z fikrini aytdi."),
    ("az", "Nazir bu sözləri rədd etdi və səfiri çağırdı."),
    ("tr", "Bakan bu sözleri reddetti ve büyükelçiyi çağırdı."),
    ("de", "Der Minister wies die Äußerungen zurück und bestellte den Botschafter ein."),
    ("fr", "Le ministre a rejeté ces propos et convoqué l'ambassadeur."),
    ("es", "El ministro rechazó las declaraciones y citó al embajador."),
    ("pl", "Minister odrzucił te wypowiedzi i wezwał ambasadora."),
    ("ar", "رفض الوزير هذه التصريحات واستدعى السفير."),
    ("fa", "وزیر این اظهارات را رد کرد و سفیر را فراخواند."),
    ("ug", "مىنىستىر بۇ سۆزلەرنى رەت قىلىپ، ئەلچىنى چاقىردى."),
    ("ckb", "وەزیر ئەم لێدوانانەی ڕەت کردەوە و باڵیۆزی بانگ کرد."),
    ("zh", "部长驳斥了这些言论,并召见了大使。"),
    ("zh", "部長駁斥了這些言論,並召見了大使。"),
    ("ja", "外相はこの発言を否定し、大使を呼び出した。"),
    ("ko", "장관은 이 발언을 부인하고 대사를 초치했다."),
    ("el", "Ο υπουργός απέρριψε τις δηλώσεις."),
    ("ka", "მინისტრმა უარყო ეს განცხადება."),
    ("hy", "Նախարարը հերքեց այս հայտարարությունը։"),
]
KAZAKH = [
    "سىرتقى ىستەر مينيسترى كورشى ەلدىڭ ەلشىسىن شاقىردى",
    "Syrtqy ister ministri kórshi eldiń elshisin shaqyrdy",
    "Syrtqy ıster ministri kórshi eldiń elshisin shaqyrdy",
    "Syrtqy ıster ministrı körşı eldıñ elşısın şaqyrdy, qūjat tapsyrdy",
    "Qazaqstan ūlttyq keñesı şekara mäselesın qarady",
    "Q\u0131rg\u0301an \u0131stan q\u00fdyldy",
]


@pytest.mark.parametrize(("language", "text"), SENTENCES)
def test_a_sentence_is_known_without_help(language: str, text: str) -> None:
    assert identify(text, None) == language


@pytest.mark.parametrize(("language", "text"), SENTENCES)
def test_a_sentence_is_not_moved_by_a_wrong_declaration(language: str, text: str) -> None:
    assert identify(text, "en-US") == language


@pytest.mark.parametrize("text", KAZAKH)
def test_kazakh_is_known_in_latin_and_arabic_script(text: str) -> None:
    assert identify(text, None) == "kk"


@pytest.mark.parametrize(
    "text",
    [
        "Die Qualität der Bänder für schöne Möbel in Qatar",
        "Lotnisko w Gdańsku: loty do Doha, Qatar, wróciły",
        "Nazir qonşu ölkənin səfirini çağırdı, qəzet yazır",
        "El presidente dijo que Qatar y Al Qaeda no tenían qué ver con España",
    ],
)
def test_latin_letters_of_others_are_not_taken_for_kazakh(text: str) -> None:
    assert identify(text, None) != "kk"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Kazakhstan", "en", "en"),
        ("Новини", "uk-UA", "uk"),
        ("Новини", "ua", "uk"),
        ("Ахбор", "tg", "tg"),
        ("Токаев ответил", "ru_RU", "ru"),
        ("Әлем", "kz", "kk"),
        ("首相会見", "ja", "ja"),
        ("首相会见", "zh-Hans", "zh"),
        ("Qazaqstan Respublikasynyn Prezidenti", "kk-Latn", "kk"),
        ("Elshi keldi", "kk", "kk"),
    ],
)
def test_the_declared_language_decides_a_short_title(text: str, declared: str, language: str) -> None:
    assert identify(text, declared) == language


def test_a_declared_language_of_another_script_is_no_help() -> None:
    assert identify("Президент жауап берді", "zh") == "kk"


def test_a_russian_sentence_with_kazakh_names_stays_russian() -> None:
    assert (
        identify("Глава холдинга «Қазақстан темір жолы» рассказал журналистам о новых вагонах и расписании", None)
        == "ru"
    )


def test_an_address_does_not_count_as_text() -> None:
    assert identify("Посол вызван https://example.org/very/long/english/address/of/the/page", None) == "ru"


@pytest.mark.parametrize("text", ["", "   ", "12:30 — 100 %", "🙂🙂", "\0\0", "\ud800"])
def test_nothing_usable_is_undetermined(text: str) -> None:
    assert identify(text, "ru") == "und"


def test_too_little_to_tell_is_undetermined() -> None:
    assert identify("Kazakhstan", None) == "und"


@pytest.mark.parametrize(("tag", "code"), [("RU-ru", "ru"), (" zh_Hant_TW ", "zh"), ("kz", "kk"), ("", ""), ("*", "*")])
def test_a_tag_is_cut_to_its_language(tag: str, code: str) -> None:
    assert primary(tag) == code
