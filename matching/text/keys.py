"""The KeyStream of an article: its fields as tokens with their keys, its sentences and paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from domain.articles import TEXT_FIELDS, Article
from domain.keys import KeyStream, Token
from matching.text.inflect import inflection
from matching.text.sentences import paragraph_starts, sentence_starts
from matching.text.tokens import KeysOf, is_unspaced, surface, surface_only, tokenize

#: Words remembered for each language: some 20 MB when full.
_REMEMBERED = 1 << 16


def key_stream(article: Article, language: str) -> KeyStream:
    """The tokens of title, lead and text, with the keys of their words in one language.

    Args:
        article: what is read.
        language: BCP 47, primary language, as ``text.language.identify`` gives it; tokens of a
            language without an inflection have their folded surface alone.

    Returns:
        A stream without claims. Offsets are code points of the field as the article holds it; a title
        is one sentence.
    """
    keys_of = word_keys(language)
    fields = {name: tokenize(article.field(name), keys_of) for name in TEXT_FIELDS}
    paragraphs = {name: paragraph_starts(article.field(name), tokens) for name, tokens in fields.items()}
    sentences = {
        name: sentence_starts(article.field(name), tokens, paragraphs[name]) for name, tokens in fields.items()
    }
    whole = (0,) if fields["title"] else ()
    return KeyStream(fields=fields, sentences=sentences | {"title": whole}, paragraphs=paragraphs | {"title": whole})


@lru_cache(maxsize=16)
def word_keys(language: str) -> KeysOf:
    """What makes the keys of the words of a language, for ``tokenize``; it remembers what it made."""
    known = inflection(language)
    if known is None:
        return surface_only

    @lru_cache(maxsize=_REMEMBERED)
    def keys_of(word: str) -> tuple[str, ...]:
        plain = surface(word)
        return (plain, *known.keys_of(plain))

    return keys_of


def index_keys(stream: KeyStream) -> tuple[str, ...]:
    """What an index keeps of an article, sorted and distinct.

    Every key of its tokens, every pair of unspaced characters that follow each other (so that
    "领土" is found; a pair with a comma between is kept too, and does no harm: what the index
    finds is looked at), and the keys of its claims.
    """
    keys = set().union(*stream.claims)
    for tokens in stream.fields.values():
        keys.update(*{token.keys for token in tokens})
        keys.update(_pairs(tokens))
    return tuple(sorted(keys))


def _pairs(tokens: Sequence[Token]) -> Iterator[str]:
    before = ""
    for token in tokens:
        key = token.keys[0]
        # an unspaced token is one character, and most words are not: looking at the length first saves most of the time
        if len(key) != 1 or not is_unspaced(key):
            before = ""
            continue
        if before:
            yield before + key
        before = key
