"""Kazakh, by rule: a token is cut into stem and ending wherever the grammar allows, in all three scripts.

No dictionary decides, so a token has a key for every word that it may be a form of, a few of which do not exist;
``word~`` meets exactly the forms that the rules make of the word. It wants the dictionary form, of verbs that in -у.
Derived words (шекаралық, берілу) are words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from matching.text.inflect import Inflection, kk_scripts, kk_words
from matching.text.inflect.kk_scripts import Letters
from matching.text.inflect.kk_suffixes import noun_endings, verb_endings

_SHORTEST_STEM = 2
#: How many letters a stem has that may stand alone as an imperative: fewer are often another word, more never verbs.
_IMPERATIVES = range(4, 9)
#: From how many letters on a stem keeps its -к or -п before a vowel (принцип), or drops a -т after -ис.
_LOAN = 5
#: Endings of verbs that are shown to people are no longer: the others are cases of participles.
_SHOWN_ENDING = 5
_DOUBLED = frozenset(letter * 2 for letter in "тдқкғгбпtdqkgbpتدقكعگبپ")
_LATIN = re.compile(r"[a-z\u00df-\u024f\u0259\u1e00-\u1eff]")
_ARABIC = re.compile(r"[\u0620-\u06ff]")


class Script:
    """Kazakh in one script.

    Args:
        letters: what its letters are.
        write: how it writes a word that is given in Cyrillic.
    """

    def __init__(self, letters: Letters, write: Callable[[str], str]) -> None:
        self._letters = letters
        self._nouns = _written(noun_endings(), write)
        self._verbs = _written(verb_endings(), write)
        self._longest = max(map(len, (*self._nouns, *self._verbs)))
        self._converbs = tuple(map(write, ("ып", "іп")))
        self._hidden_letters = tuple(map(write, ("ы", "і")))
        # A stem in ы or і must be known to be one; the other scripts write і as letters that say more.
        self._never_verbal = letters.never_verbal | {self._hidden_letters[0], "і"}
        self._after_a, self._glide = write("йа"), write("й")
        self._u, self._b = write("у"), write("б")
        self._is, self._t = write("ис"), write("т")
        self._shortened = {write(stem): write(word) for word, stem in kk_words.SHORTENED.items()}
        self._lengthened = {write(stem): write(word) for stem, word in kk_words.LENGTHENED.items()}
        self._pronouns = {write(form): write(word) for form, word in kk_words.PRONOUNS.items()}
        self._settled = frozenset(map(write, kk_words.SETTLED))
        self._hidden = frozenset(map(write, kk_words.HIDDEN_VOWEL))
        self._not_verbs = frozenset(map(write, kk_words.NOT_VERBS))
        self._short_verbs = frozenset(map(write, kk_words.SHORT_VERBS))

    def words(self, form: str) -> Iterator[str]:
        """The words that this may be a form of, itself first; some more than once."""
        yield form
        if form in self._settled:
            return
        if form in self._pronouns:
            yield self._pronouns[form]
        for stem, ending in self._cuts(form):
            yield from self._nouns_of(stem, ending)
            yield from self._verbs_of(stem, ending)
        for stem, ending in self._hidden_cuts(form):
            yield from self._verbs_of(stem, ending)
        if len(form) in _IMPERATIVES:
            yield from self._verbs_before(form, "")

    def forms(self, word: str) -> Iterator[str]:
        """The forms of a word, some more than once; of a verb not the cases of its participles."""
        verbal = [ending for ending in self._verbs if len(ending) <= _SHOWN_ENDING]
        for stem in self._stems(word):
            yield from (stem + ending for ending in self._nouns if word in self._nouns_of(stem, ending))
            yield from (stem + ending for ending in verbal if word in self._verbs_of(stem, ending))

    def has_vowel(self, word: str) -> bool:
        """Could this be a word at all?"""
        return not self._letters.vowels.isdisjoint(word)

    def _cuts(self, form: str) -> Iterator[tuple[str, str]]:
        """Every stem with what follows it."""
        for place in range(max(_SHORTEST_STEM, len(form) - self._longest), len(form)):
            yield form[:place], form[place:]

    def _hidden_cuts(self, form: str) -> Iterator[tuple[str, str]]:
        """Stems whose last sound and the first of the ending are one letter: оқиды, қояды."""
        merged = self._letters.merged
        if merged and merged in form:
            yield from self._cuts(form.replace(merged, self._after_a))
        place = form.find(self._glide if not merged else "и", _SHORTEST_STEM - 1)
        while place > 0:
            for vowel in self._hidden_letters:
                if form[:place] + vowel in self._hidden:
                    yield form[:place] + vowel, self._glide + form[place + 1 :]
            place = form.find(form[place], place + 1)

    def _mask(self, endings: Mapping[str, int], stem: str, ending: str) -> int:
        mask = endings.get(ending, 0)
        run = self._letters.run
        return mask | endings.get(run + ending, 0) if run and stem.endswith(run) else mask

    def _nouns_of(self, stem: str, ending: str) -> Iterator[str]:
        mask = self._mask(self._nouns, stem, ending)
        if not mask or stem[-2:] in _DOUBLED or not self.has_vowel(stem):
            return
        opens = ending[0] in self._letters.opening
        for word in self._nouns_before_vowel(stem) if opens else (stem,):
            if self._letters.noun_mask(word) & mask:
                yield word
        if stem.endswith(self._is) and len(stem) >= _LOAN and self._letters.noun_mask(stem) & mask:
            yield stem + self._t

    def _nouns_before_vowel(self, stem: str) -> Iterator[str]:
        """The nouns of which this is the stem before an ending that begins with a vowel."""
        letters, last = self._letters, stem[-1]
        if stem in self._shortened:
            yield self._shortened[stem]
        if last in letters.voiced:
            yield from (stem[:-1] + voiceless for voiceless in letters.voiced[last])
        elif last not in letters.voiceable or self._keeps(stem):
            yield stem

    def _keeps(self, stem: str) -> bool:
        """Does a stem in a voiceless consonant stay as it is before a vowel?"""
        return stem[-2] not in self._letters.vowels or (stem[-1] not in "қqق" and len(stem) >= _LOAN)

    def _verbs_of(self, stem: str, ending: str) -> Iterator[str]:
        mask = self._mask(self._verbs, stem, ending)
        if mask & self._letters.verb_mask(stem):
            yield from self._verbs_before(stem, ending)

    def _verbs_before(self, stem: str, ending: str) -> Iterator[str]:
        """The verbs of which this is the stem before that ending."""
        for verb in self._infinitives(stem, ending):
            if verb not in self._not_verbs and (len(stem) > _SHORTEST_STEM or self._may_be_short(verb)):
                yield verb

    def _may_be_short(self, verb: str) -> bool:
        """A stem of two letters ends in a consonant, or is one of two words."""
        return verb[-2] not in self._letters.vowels or verb in self._short_verbs or verb[-2] in self._letters.fused

    def _infinitives(self, stem: str, ending: str) -> Iterator[str]:
        letters, last = self._letters, stem[-1]
        opens = ending[:1] in letters.opening and ending != ""
        if stem in self._hidden:
            yield stem[:-1] + self._u
        if stem in self._lengthened:
            yield self._lengthened[stem]
        if not self.has_vowel(stem) or last in self._never_verbal:
            return
        if last in letters.fused:
            yield stem[:-1] + letters.fused[last]
        elif last in letters.voiceable and stem[-2] in letters.vowels:
            if not opens:
                yield stem[:-1] + letters.voiceable[last] + self._u
        else:
            yield stem + self._u
            if last == self._u and ending.startswith(self._converbs):
                yield stem[:-1] + self._b + self._u

    def _stems(self, word: str) -> Iterable[str]:
        """All that may stand before an ending of this word."""
        shortened = [stem for stem, of in self._shortened.items() if of == word]
        lengthened = [stem for stem, of in self._lengthened.items() if of == word]
        base = word[:-1]
        voiced = self._letters.voiceable.get(word[-1:], word[-1:])
        hidden = [base + vowel for vowel in self._hidden_letters if base + vowel in self._hidden]
        verbal = [base, base + self._glide, base[:-1] + self._u, *hidden, *lengthened]
        verbal += [base[:-1] + voiceless for voiceless in self._letters.voiced.get(base[-1:], "")]
        return dict.fromkeys(each for each in (word, base + voiced, *shortened, *verbal) if len(each) >= _SHORTEST_STEM)


def _written(endings: Mapping[str, int], write: Callable[[str], str]) -> Mapping[str, int]:
    """The endings in another script; those that are written alike there may follow what any of them may."""
    masks: dict[str, int] = {}
    for ending, mask in endings.items():
        written = write(ending)
        masks[written] = masks.get(written, 0) | mask
    return masks


class Kazakh:
    """Keys are words in the script of the token, without the marks that differ between orthographies."""

    language = "kk"

    def __init__(self) -> None:
        self._cyrillic = Script(kk_scripts.CYRILLIC, str)
        self._latin = Script(kk_scripts.LATIN, kk_scripts.latin)
        self._arabic = Script(kk_scripts.ARABIC, kk_scripts.arabic)

    def keys_of(self, surface: str) -> tuple[str, ...]:
        """A key for each word that this may be a form of."""
        script, word = self._read(surface)
        if not word.isalpha():
            return ("kk:" + word,)
        return tuple(dict.fromkeys("kk:" + each for each in script.words(word)))

    def keys_for(self, word: str) -> frozenset[str]:
        """The word in all three scripts; a word in Latin or Arabic script in that alone."""
        script, plain = self._read(word)
        keys = {"kk:" + plain}
        if script is self._cyrillic:
            keys |= {"kk:" + kk_scripts.latin(plain), "kk:" + kk_scripts.arabic(plain)}
        return frozenset(keys - {"kk:"})

    def forms(self, word: str) -> tuple[str, ...]:
        """The word and its forms, in the script it is given in, in the order of the alphabet."""
        script, plain = self._read(word)
        return (word, *sorted(set(script.forms(plain)) - {plain, word}))

    def knows(self, word: str) -> bool:
        """Is it made of letters, with a vowel among them? There is no dictionary to ask."""
        script, plain = self._read(word)
        return plain.isalpha() and script.has_vowel(plain)

    def _read(self, word: str) -> tuple[Script, str]:
        """The script of a folded word, and the word as that script's keys are written."""
        if _LATIN.match(word):
            return self._latin, kk_scripts.latin_skeleton(word) or word
        if _ARABIC.match(word):
            return self._arabic, kk_scripts.arabic_skeleton(word) or word
        return self._cyrillic, word


def load() -> Inflection:
    """The inflection of Kazakh; takes some 30 ms."""
    return Kazakh()
