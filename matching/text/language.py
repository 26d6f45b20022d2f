"""Tell the language of an article: letters first, then a statistical model, the declared one as a prior.

The model is py3langid's, bundled with it: nothing is fetched. Its probabilities are calibrated over text
lengths, so the declared language decides headlines and hardly touches whole articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from matching.text import alphabets

#: What is said when nothing can be said.
UNDETERMINED = "und"

_LATIN_LANGUAGES = frozenset(
    {"az", "cs", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv"}
    | {"nl", "no", "pl", "pt", "ro", "sk", "sl", "sq", "sv", "tk", "tr", "uz", "vi"}
)
_ARABIC_LANGUAGES = frozenset(("ar", "fa", "ur", "ps", "ug"))
_CYRILLIC_LANGUAGES = frozenset(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "uz", "mn", "tt", "ba"))
_BY_SCRIPT = {"latin": _LATIN_LANGUAGES, "arabic": _ARABIC_LANGUAGES}
#: What the model says of Kazakh where it is not in Cyrillic.
_SAID_OF_KAZAKH = frozenset(("tr", "az", "uz", "tk", "ug", UNDETERMINED))
#: Wrong codes that sites declare: the country's instead of the language's.
_MENDED_CODES = {"kz": "kk", "ua": "uk", "cn": "zh", "jp": "ja"}

# The model is not asked about more than this; its verdict does not change any more.
_SAMPLE = 1000
# Nineteen of twenty outlets declare rightly; the outlets watched mostly write en, ru and kk.
_DECLARED_ODDS = 20.0
_WATCHED_ODDS = 4.0
_WATCHED = frozenset(("en", "ru", "kk"))
# Below this the best guess is more often wrong than not.
_LEAST_PROBABILITY = 0.4
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


def identify(text: str, declared: str | None) -> str:
    """The language of a text.

    Args:
        text: any text; its first thousand characters count.
        declared: BCP 47 as page or source declare it; None or nonsense is no help.

    Returns:
        BCP 47 primary language (``zh`` for either way of writing it, ``kk`` for any of its three
        scripts); ``und`` where there is no letter, or too few to tell.
    """
    sample = unicodedata.normalize("NFC", _ADDRESS.sub(" ", text[:_SAMPLE]).lower())
    hint = primary(declared or "")
    script = alphabets.main_script(sample)
    if script is None:
        return UNDETERMINED
    if script in ("han", "kana"):
        return _han(sample, hint)
    return alphabets.sole_language(script) or _alphabetic(sample, script, hint)


def primary(tag: str) -> str:
    """The language of a BCP 47 tag without script and region, in lower case; common slips mended."""
    code = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return _MENDED_CODES.get(code, code)


def _han(sample: str, hint: str) -> str:
    if alphabets.has_kana(sample):
        return "ja"
    return "ja" if hint == "ja" else "zh"


def _alphabetic(sample: str, script: str, hint: str) -> str:
    """Latin, Cyrillic or Arabic script."""
    if script == "latin" and alphabets.is_latin_kazakh(sample):
        return "kk"
    if script == "arabic" and (known := alphabets.arabic_override(sample)):
        return known
    candidates = alphabets.cyrillic_candidates(sample) if script == "cyrillic" else _BY_SCRIPT[script]
    language = _most_probable(sample, candidates, hint)
    return "kk" if hint == "kk" and language in _SAID_OF_KAZAKH and script != "cyrillic" else language


def _most_probable(sample: str, candidates: Collection[str], hint: str) -> str:
    ranking: list[tuple[str, float]] = _model().rank(sample)
    odds = {code: probability * _odds(code, hint) for code, probability in ranking if code in candidates}
    best = max(odds, key=odds.__getitem__)
    total = sum(odds.values())
    if odds[best] >= _LEAST_PROBABILITY * total > 0:
        return best
    return hint if hint in candidates else UNDETERMINED


def _odds(code: str, hint: str) -> float:
    if code == hint:
        return _DECLARED_ODDS
    return _WATCHED_ODDS if code in _WATCHED else 1.0


@cache
def _model() -> LanguageIdentifier:
    """Loading takes most of a second; a model is only read afterwards, so threads may share it."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(_LATIN_LANGUAGES | _ARABIC_LANGUAGES | _CYRILLIC_LANGUAGES)
    return model
