"""Meet articles with watches: which fire, how strongly, and the exact places that say why.

A watch is read, its own tests are run, and only then does it stand in the engine beside the others; one that is
wrong is refused with what is wrong, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.articles import TEXT_FIELDS, Article
from domain.errors import ConfigError, Problem
from domain.keys import KeyStream
from domain.matches import Analysis, Hit, Mention
from domain.watches import ANY_LANGUAGE, Watch
from matching.concepts import Concepts
from matching.document import Document
from matching.engine import Engine, Program
from matching.places import Places
from matching.reading import Versions, problem, read
from matching.signatures import content_hash
from matching.text.keys import index_keys, key_stream
from matching.text.language import identify, primary

#: Rises whenever the same article and watches may give another Analysis.
ANALYZER_VERSION = "2"

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A watch that is right, compiled."""

    watch: Watch
    version: str
    names: tuple[str, ...]
    program: Program


class Matcher:
    """All watches; analysing changes nothing and is safe from any thread while nobody changes the watches.

    Args:
        watches: the watches, their ids unique; hits come in their order.
        concepts: what their queries may name.
        countries: outlet id to the country of the outlet, for ``country:``.

    Raises:
        ConfigError: every query that cannot be read and every watch test that fails.
    """

    def __init__(
        self,
        watches: Sequence[Watch],
        concepts: Concepts | None = None,
        countries: Mapping[str, str] | None = None,
    ) -> None:
        self._engine = Engine()
        self._watched: dict[str, _Watched] = {}
        self._concepts = concepts or Concepts()
        self._versions = Versions(self._concepts)
        self._countries = dict(countries or {})
        self.update(watches)

    def update(
        self,
        watches: Sequence[Watch],
        concepts: Concepts | None = None,
        countries: Mapping[str, str] | None = None,
    ) -> None:
        """Watch these and nothing else; only what changed, by itself or by its concepts, is compiled.

        Args:
            watches: all watches, their ids unique; hits come in their order.
            concepts: what their queries may name; None for the same as before.
            countries: outlet id to the country of the outlet; None for the same as before.

        Raises:
            ConfigError: all that is wrong with what changed. Then everything stays as it was.
        """
        concepts = concepts or self._concepts
        versions = self._versions if concepts is self._concepts else Versions(concepts)
        problems: list[Problem] = []
        found = [self._unchanged(one, versions) or self._compile(one, concepts, versions, problems) for one in watches]
        if problems:
            raise ConfigError(problems)
        self._concepts, self._versions = concepts, versions
        self._countries = self._countries if countries is None else dict(countries)
        for gone in self._watched.keys() - {watch.id for watch in watches}:
            self.remove(gone)
        for order, one in enumerate(filter(None, found)):
            self._put(one)
            one.program.order = order

    def replace(self, watch: Watch) -> None:
        """Watch this too, after the others, or in the place of the watch with its id; the others are not touched.

        Raises:
            ConfigError: what is wrong with it. Then everything stays as it was.
        """
        problems: list[Problem] = []
        watched = self._compile(watch, self._concepts, self._versions, problems)
        if watched is None:
            raise ConfigError(problems)
        self._put(watched)

    def remove(self, watch_id: str) -> None:
        """Watch this no more; the others are not touched.

        Raises:
            KeyError: no watch has this id.
        """
        del self._watched[watch_id]
        self._engine.remove(watch_id)

    @property
    def versions(self) -> Mapping[str, str]:
        """The id of each watch to its version."""
        return {name: one.version for name, one in self._watched.items()}

    def analyze(self, article: Article) -> Analysis:
        """Language, keys, hits (in the order of the watches) and content hash of one article."""
        language = identify(f"{article.title}\n{article.lead}\n{article.text}", article.declared_language)
        stream = key_stream(article, language)
        keys = index_keys(stream)
        body = "text" if article.text else "lead"
        return Analysis(
            language=language,
            hits=tuple(self._hits(Places(self._document(article, stream, language), keys))),
            content_hash=content_hash(stream.fields["title"], stream.fields[body]),
            keys=keys,
            analyzer_version=ANALYZER_VERSION,
        )

    def _hits(self, places: Places) -> Iterator[Hit]:
        for result in self._engine.run(places):
            yield Hit(
                watch_id=result.rule_id,
                watch_version=self._watched[result.rule_id].version,
                score=result.score,
                mentions=result.mentions,
            )

    def _document(self, article: Article, stream: KeyStream, language: str) -> Document:
        return Document(
            texts={name: article.field(name) for name in TEXT_FIELDS},
            stream=stream,
            language=language,
            outlet_id=article.outlet_id,
            country=self._countries.get(article.outlet_id or ""),
            author=article.author,
            url=article.url,
        )

    def _put(self, watched: _Watched) -> None:
        if self._watched.get(watched.watch.id) is not watched:
            self._watched[watched.watch.id] = watched
            self._engine.add(watched.program)

    def _unchanged(self, watch: Watch, versions: Versions) -> _Watched | None:
        """What there is, if compiling would make the same."""
        known = self._watched.get(watch.id)
        if known is None or replace(known.watch, origin=watch.origin) != watch:
            return None
        if versions is not self._versions and versions.of(watch, known.names) != known.version:
            return None
        return known

    def _compile(
        self, watch: Watch, concepts: Concepts, versions: Versions, problems: list[Problem]
    ) -> _Watched | None:
        """Read a watch and try its tests; None if anything is wrong, which is then among the problems."""
        reading = read(watch, concepts, problems)
        if reading is None:
            return None
        program = self._engine.compile(reading.rule)
        failing = list(self._failing_tests(watch, program))
        problems += failing
        if failing:
            return None
        return _Watched(watch=watch, version=versions.of(watch, reading.names), names=reading.names, program=program)

    def _failing_tests(self, watch: Watch, program: Program) -> Iterator[Problem]:
        sentences = [(text, True) for text in watch.tests.match] + [(text, False) for text in watch.tests.no_match]
        outlet = watch.outlets[0] if watch.outlets else None
        for text, expected in sentences:
            language = _only_language(watch) or identify(text, None)
            article = Article(id="", url="", outlet_id=outlet, text=text, first_seen_at=_NEVER)
            result = program.run(Places(self._document(article, key_stream(article, language), language)))
            if (result is not None) != expected:
                terms = sorted({mention.term for mention in result.mentions}) if result else []
                told = "does not match" if expected else f"matches ({', '.join(terms) or 'without any term'})"
                wrong = problem(watch, f'its test "{text}", read as {language}, {told}')
                yield replace(wrong, excerpt=_marked(text, result.mentions) if result else "")


def _only_language(watch: Watch) -> str | None:
    """The one language of a watch, in which its tests are read; None if there are several."""
    languages = {primary(tag) for tag in watch.languages or watch.queries}
    return languages.pop() if len(languages) == 1 and ANY_LANGUAGE not in languages else None


def _marked(text: str, mentions: Sequence[Mention]) -> str:
    """The text with marks around what is mentioned; the first of overlapping mentions counts."""
    pieces, end = [], 0
    for mention in mentions:
        if mention.start >= end:
            pieces += [text[end : mention.start], "»", text[mention.start : mention.end], "«"]
            end = mention.end
    return "".join((*pieces, text[end:]))
