"""`claimwatch analyze` meets four languages, and Kazakh in each of its scripts, with the places that say why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from claimwatch.demo.child import run_claimwatch

#: One statement, as each language and script would have it.
GIFT = {
    "en": "The deputy told the evening programme that the whole territory of Kazakhstan was a generous gift from "
    "Russia. The hall laughed.",
    "ru": "Депутат заявил в эфире, что вся территория Казахстана была щедрым подарком России. В зале засмеялись.",
    "kk": "Депутат кешкі бағдарламада Қазақстанның бүкіл аумағы Ресейдің үлкен сыйлығы болғанын айтты. "
    "Зал күліп жіберді.",
    "kk-2018": "Depýtat keshki baǵdarlamada Qazaqstannyń búkil aýmaǵy Reseıdiń úlken syılyǵy bolǵanyn aıtty. "
    "Zal kúlip jiberdi.",
    "kk-2021": "Deputat keşkı bağdarlamada Qazaqstannyñ bükıl aumağy Reseidıñ ülken syilyğy bolğanyn aitty. "
    "Zal külıp jıberdı.",
    "kk-Arab": "دەپۋتات كەشكى باعدارلامادا قازاقستاننىڭ بۇكىل اۋماعى رەسەيدىڭ ۇلكەن سىيلىعى بولعانىن ايتتى. "
    "زال كۇلىپ جىبەردى.",
    "zh-Hans": "这位议员在晚间节目中说，哈萨克斯坦的全部领土都是俄罗斯慷慨赠送的礼物。现场的人笑了。",
    "zh-Hant": "這位議員在晚間節目中說，哈薩克斯坦的全部領土都是俄羅斯慷慨贈送的禮物。現場的人笑了。",
}
#: The words for the gift, as they stand there.
GIFTS = {
    "en": "gift",
    "ru": "подарком",
    "kk": "сыйлығы",
    "kk-2018": "syılyǵy",
    "kk-2021": "syilyğy",
    "kk-Arab": "سىيلىعى",
    "zh-Hans": "礼物",
    "zh-Hant": "禮物",
}

#: A watch of one's own with its concept.
LAMPS = """\
watches:
  - {id: lamps, title: Lamps, query: '@lamp NEAR/6 geo:KZ'}
concepts:
  lamp: {en: [lamp~], ru: [фонарь~], kk: [шам~], zh: [灯]}
"""
LIT = {
    "en": ("They lit the old lamps of the Kazakh capital before the first snow.", "lamps", "lamp~"),
    "ru": ("До первого снега зажгли старые фонари казахстанской столицы, и все вышли на улицы.", "фонари", "фонарь~"),
    "kk": ("Алғашқы қар жауғанға дейін Қазақстанның ескі шамдары жағылды, халық көшеге шықты.", "шамдары", "шам~"),
    "kk-2018": ("Alǵashqy qar jaýǵanǵa deıin Qazaqstannyń eski shamdary jaǵyldy, halyq shyqty.", "shamdary", "шам~"),
    "kk-2021": ("Alğaşqy qar jauğanğa deiin Qazaqstannyñ eski şamdary jağyldy, halyq shyqty.", "şamdary", "шам~"),
    "kk-Arab": ("العاشقى قار جاۋعانعا دەيىن قازاقستاننىڭ ەسكى شامدارى جاعىلدى، حالىق شىقتى.", "شامدارى", "шам~"),
    "zh-Hans": ("初雪之前，哈萨克斯坦的旧灯都点亮了，人们走上街头。", "灯", "灯"),
    "zh-Hant": ("初雪之前，哈薩克斯坦的舊燈都點亮了，人們走上街頭。", "燈", "灯"),
}


def analyze(folder: Path, texts: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What the verb prints for these texts, by their ids."""
    file = folder / "texts.jsonl"
    lines = (json.dumps({"id": name, "text": text}, ensure_ascii=False) for name, text in texts.items())
    file.write_text("\n".join(lines), encoding="utf-8")
    said = run_claimwatch("analyze", str(file), *arguments, cwd=folder)
    assert said.returncode == 0, said.stderr
    return {row["id"]: row for row in map(json.loads, said.stdout.splitlines())}


def assert_points_at_words(text: str, mentions: Sequence[dict[str, Any]]) -> None:
    assert mentions
    assert [text[one["start"] : one["end"]] for one in mentions] == [one["text"] for one in mentions]


def test_built_in_watches_meet_one_statement_in_every_language_and_script(tmp_path: Path) -> None:
    rows = analyze(tmp_path, GIFT)

    met = {name: {match["watch"]: match["mentions"] for match in row["matches"]} for name, row in rows.items()}
    assert {name: row["lang"] for name, row in rows.items()} == {name: name[:2] for name in GIFT}
    for name, matches in met.items():
        mentions = matches["territorial-claims"]
        assert_points_at_words(GIFT[name], mentions)
        assert GIFTS[name] in {one["text"] for one in mentions}


def test_watches_of_a_folder_meet_every_language_and_script_by_their_own_concepts(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lamps.yaml").write_text(LAMPS, encoding="utf-8")
    rows = analyze(tmp_path, {name: text for name, (text, _, _) in LIT.items()}, "--watches", "mine")

    for name, (text, surface, term) in LIT.items():
        (match,) = rows[name]["matches"]
        assert match["watch"] == "lamps", name
        assert_points_at_words(text, match["mentions"])
        assert (surface, term) in {(one["text"], one["term"]) for one in match["mentions"]}
