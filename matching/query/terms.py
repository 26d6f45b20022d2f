"""What the terms of queries ask of tokens: the keys of each word, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.keys import Token
from domain.watches import ANY_LANGUAGE
from matching.query.ast import Form, Phrase, Regex, Term, Word
from matching.query.vocabulary import LEAST_PREFIX
from matching.text.inflect import LANGUAGES, inflection
from matching.text.tokens import LONGEST_WORD, is_unspaced, tokenize

#: The most places that one term has in one field: the first ones.
MOST_PLACES = 10_000

_SIGNS = {Form.FOLDED: "", Form.INFLECTED: "~", Form.EXACT: "=", Form.PREFIX: "*"}


@dataclass(frozen=True, slots=True)
class Step:
    """What one token must be."""

    #: It has any of these keys; none at all where it is asked for its beginning.
    keys: frozenset[str] = frozenset()
    #: Its folded surface begins so.
    prefix: str = ""
    #: It is written with these very characters; empty where any will do.
    original: str = ""
    #: Is it a character of a script whose words are not spaced?
    unspaced: bool = False

    def meets(self, token: Token, text: str) -> bool:
        """Is this token of a text one?"""
        if self.prefix:
            return token.keys[0].startswith(self.prefix)
        if self.keys.isdisjoint(token.keys):
            return False
        return not self.original or text[token.start : token.end] == self.original


def steps(term: Word | Phrase, language: str) -> tuple[Step, ...]:
    """What the tokens of a term are, which stand beside each other in this order.

    Args:
        term: a word that is cut into several tokens is a phrase of them; of a prefix the last one is
            the beginning of a word, unless it is an unspaced character.
        language: primary language of the documents, ``*`` where they are of any.

    Returns:
        None at all for a term without letters and digits: it is never met.
    """
    tokens = tokenize(term.text)
    found = []
    for number, token in enumerate(tokens):
        surface = token.keys[0]
        unspaced = is_unspaced(surface)
        if term.form is Form.PREFIX and number == len(tokens) - 1 and not unspaced:
            found.append(Step(prefix=surface))
            continue
        inflected = term.form is Form.INFLECTED and not unspaced
        keys = inflected_keys(surface, language) if inflected else frozenset((surface,))
        original = term.text[token.start : token.end] if term.form is Form.EXACT else ""
        found.append(Step(keys=keys, original=original, unspaced=unspaced))
    return tuple(found)


def needed_keys(sequence: Sequence[Step]) -> Iterator[str]:
    """Keys that the index has of every article in which these tokens stand beside each other.

    Of unspaced characters those of the pairs, each of which says more than both of its characters.
    """
    for before, step, after in zip((None, *sequence), sequence, (*sequence[1:], None), strict=False):
        if step.unspaced and after is not None and after.unspaced:
            yield "".join((*step.keys, *after.keys))
        elif len(step.keys) == 1 and not (step.unspaced and before is not None and before.unspaced):
            yield from step.keys


@lru_cache(maxsize=1 << 14)
def inflected_keys(word: str, language: str) -> frozenset[str]:
    """The keys of which a form of this folded word has any; for any language those of all of them."""
    if language != ANY_LANGUAGE:
        known = inflection(language) if len(word) <= LONGEST_WORD else None
        return known.keys_for(word) if known else frozenset((word,))
    return frozenset((word,)).union(*(inflected_keys(word, one) for one in LANGUAGES))


def label(term: Term) -> str:
    """The term as a query writes it."""
    if isinstance(term, Regex):
        return f"/{term.pattern}/"
    return (term.text if isinstance(term, Word) else f'"{term.text}"') + _SIGNS[term.form]


def identity(term: Term) -> str:
    """Equal for terms that count once: of the same form, and equal when folded."""
    if isinstance(term, Regex):
        return f"/{term.pattern}/"
    return " ".join(token.keys[0] for token in tokenize(term.text)) + _SIGNS[term.form]


def prefix_key(surface: str) -> str:
    """The key by which words that begin alike are looked up; no token has it."""
    return surface[:LEAST_PREFIX] + "*"
