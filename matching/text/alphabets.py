"""Scripts and alphabets: what the letters alone say about a language.

The alphabets are those of present-day newspapers; Kazakh is known in its three scripts, because no
statistical model at hand has seen more than the Cyrillic one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Script to a pattern of one letter, and how many alphabetic letters one such character is worth.
_SCRIPTS: Mapping[str, tuple[re.Pattern[str], int]] = {
    "latin": (re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f\u0259\u02bb\u1e00-\u1eff]"), 1),
    "cyrillic": (re.compile(r"[\u0430-\u052f]"), 1),
    "arabic": (re.compile(r"[\u0620-\u063f\u0641-\u064a\u0671-\u06d3\u06d5\ufb50-\ufefc]"), 1),
    "han": (re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"), 3),
    "kana": (re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]"), 2),
    "hangul": (re.compile(r"[\uac00-\ud7a3]"), 2),
    "greek": (re.compile(r"[\u03ac-\u03ce\u1f00-\u1fff]"), 1),
    "hebrew": (re.compile(r"[\u05d0-\u05ea]"), 1),
    "armenian": (re.compile(r"[\u0561-\u0587]"), 1),
    "georgian": (re.compile(r"[\u10d0-\u10ff]"), 1),
    "devanagari": (re.compile(r"[\u0904-\u0939]"), 1),
    "thai": (re.compile(r"[\u0e01-\u0e2e]"), 1),
}
#: Scripts that one language of the press uses far more than any other.
_SOLE_LANGUAGE = {
    "hangul": "ko",
    "greek": "el",
    "hebrew": "he",
    "armenian": "hy",
    "georgian": "ka",
    "devanagari": "hi",
    "thai": "th",
}

_SLAVIC = "абвгдежзийклмнопрстуфхцчшщъьюя"
_TURKIC = _SLAVIC + "ёыэ"
_CYRILLIC_ALPHABETS: Mapping[str, str] = {
    "ru": _TURKIC,
    "uk": _SLAVIC.replace("ъ", "") + "іїєґ'",
    "be": _TURKIC.translate(str.maketrans("", "", "ищъ")) + "іў'",
    "bg": _SLAVIC,
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
    "kk": _TURKIC + "әғқңөұүһі",
    "ky": _TURKIC + "ңөү",
    "tg": _TURKIC + "ғӣқӯҳҷ",
    "uz": _TURKIC + "ўқғҳ",
    "mn": _TURKIC + "өү",
    "tt": _TURKIC + "әөүҗңһ",
    "ba": _TURKIC + "ғҙҡңөҫүһә",
}
_NOT_IN_ALPHABET = {code: re.compile(f"[^{letters}]") for code, letters in _CYRILLIC_ALPHABETS.items()}
# About a fifth of the letters of Kazakh (a twelfth in Kyrgyz) are not in the Russian alphabet, while a
# Russian sentence with Kazakh names in it stays below a tenth.
_FOREIGN_SHARE = 0.1

_KAZAKH_CYRILLIC = re.compile("[әғқңөұүһі]")
# Kazakh of forty letters without any of its own has a chance below one in a thousand.
_ENOUGH_LETTERS = 40

# Latin Kazakh: the orthographies of 2018 (á ǵ ı ń ó ú ý) and 2021 (ä ğ ı ñ ŋ ö ş ū ü) with ǧ as a variant.
_KAZAKH_LATIN_MARKS = "áǵıńóúýäğǧñŋöşūü"
_NOT_TURKISH_MARKS = frozenset("áǵńýäǧñŋū")
_UNMISTAKABLE_MARKS = frozenset("ǵǧŋū")
_LATIN_EXTRA = re.compile(r"[\u00df-\u00f6\u00f8-\u024f\u0259\u1e00-\u1eff]")
_Q_WITHOUT_U = re.compile("q(?!u)")
_MARKS_SHARE = 0.95
_Q_SHARE = 0.01

# Uyghur has these letters too, but hardly a sentence without some of its own or a hamza on a tooth.
_KAZAKH_ARABIC = re.compile("[\u06c7\u06cb\u06ad]")
_UYGHUR = re.compile("[\u06d0\u06c8\u06c6\u0626]")
_SORANI = re.compile("[\u06ce\u0695\u06b5]")
_KAZAKH_SHARE = 0.01


def main_script(text: str) -> str | None:
    """The script that carries most of the text, None without a letter.

    Args:
        text: in lower case.
    """
    weights = {name: len(letter.findall(text)) * worth for name, (letter, worth) in _SCRIPTS.items()}
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] else None


def sole_language(script: str) -> str | None:
    """The language of a script that has only one in the press."""
    return _SOLE_LANGUAGE.get(script)


def has_kana(text: str) -> bool:
    """Is the text Japanese? A fair part of it is kana then; Chinese quotes a brand at most."""
    kana, han = len(_SCRIPTS["kana"][0].findall(text)), len(_SCRIPTS["han"][0].findall(text))
    return kana * 10 >= kana + han > 0


def cyrillic_candidates(text: str) -> frozenset[str]:
    """The languages whose alphabet covers this lower-case text; never empty."""
    letters = "".join(_SCRIPTS["cyrillic"][0].findall(text))
    foreign = {code: len(pattern.findall(letters)) for code, pattern in _NOT_IN_ALPHABET.items()}
    least = max(min(foreign.values()), _FOREIGN_SHARE * len(letters))
    fitting = {code for code, count in foreign.items() if count <= least}
    if len(letters) >= _ENOUGH_LETTERS and not _KAZAKH_CYRILLIC.search(letters):
        fitting.discard("kk")
    return frozenset(fitting)


def is_latin_kazakh(text: str) -> bool:
    """Do the letters say Kazakh in Latin script? They must be marked ones, and q without u."""
    letters = len(_SCRIPTS["latin"][0].findall(text))
    marks = _LATIN_EXTRA.findall(text)
    known = [mark for mark in marks if mark in _KAZAKH_LATIN_MARKS]
    lone_q = len(_Q_WITHOUT_U.findall(text))
    enough_q = max(2 if _UNMISTAKABLE_MARKS.isdisjoint(known) else 1, _Q_SHARE * letters)
    return (
        lone_q >= enough_q
        and len(known) >= _MARKS_SHARE * len(marks)
        and len(set(known)) >= 2
        and not _NOT_TURKISH_MARKS.isdisjoint(known)
    )


def arabic_override(text: str) -> str | None:
    """Kazakh or Sorani in Arabic script, which detectors take for Uyghur or Persian; else None."""
    if _SORANI.search(text):
        return "ckb"
    letters = len(_SCRIPTS["arabic"][0].findall(text))
    own = len(_KAZAKH_ARABIC.findall(text))
    return "kk" if own > _KAZAKH_SHARE * letters and not _UYGHUR.search(text) else None
