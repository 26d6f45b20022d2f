"""Decodes bytes of the web: what the bytes themselves show beats what anybody declares about them.

The order: byte order mark; the zero bytes of UTF-16; valid UTF-8; then the declarations in the
order given, where gb2312 means gb18030; then a detector. A declaration that does not decode
loses to one that does, and a Western one to bytes that no Western language writes: servers send it
without having looked. Of two that decode nobody can know better, so the first is believed: where it is
wrong, the text is. Only charsets of the web are believed: Python also knows codecs that are none
(base64, idna, unicode_escape), which raise, expand or re-spell markup.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from trafilatura.utils import detect_encoding
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

#: Share of unreadable characters up to which a declared charset is still believed.
MAX_UNREADABLE = 0.005
#: Fewer bytes over 127 than this can be valid UTF-8 by chance.
MIN_UTF8_EVIDENCE = 12

#: Python's names for the charsets of the WHATWG Encoding Standard, and for those of Kazakh, Tajik and old
#: Chinese pages that it lacks. UTF-16 and UTF-32 are seen by their bytes, not by their declarations.
WEB_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        "utf-8", "utf-8-sig", "cp866", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154", "mac-roman", "mac-cyrillic",
        "cp855", "cp874", "tis-620", *(f"cp125{number}" for number in range(9)),
        *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
        "gb2312", "gbk", "gb18030", "hz", "big5", "big5hkscs", "cp950", "euc-jp", "iso2022-jp", "shift-jis", "cp932",
        "euc-kr", "cp949", "johab", "ascii",
    )
)  # fmt: skip

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What servers declare when nobody told them.
_WESTERN = frozenset({"ascii", "cp1252", "iso8859-1", "iso8859-15", "mac-roman"})
#: Western words hold single letters over 127, others hold nothing else.
_LONG_RUN = re.compile(rb"[\x80-\xff]{4,}")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]")
_XML_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")


def decode_xml(body: bytes, content_type: str) -> str:
    """The text of an XML or JSON document; the prolog is believed before the HTTP header."""
    prolog = _XML_DECLARED.match(body[:400])
    return decode(body, [prolog[1].decode("ascii") if prolog else None, http_content_type_encoding(content_type)])


def decode_html(body: bytes, content_type: str) -> str:
    """The text of a page; the HTTP header is believed before the meta element, as browsers do."""
    return decode(body, [http_content_type_encoding(content_type), html_body_declared_encoding(body[:8192])])


def decode(body: bytes, declared: Sequence[str | None]) -> str:
    """Text from bytes; never raises, what cannot be read becomes U+FFFD.

    Args:
        body: the bytes.
        declared: charset labels as declared, the most trusted first; None and unknown ones are skipped.
    """
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace")
    wide = _wide_encoding(body)
    if wide:
        return body.decode(wide, "replace")
    labels = list(_known(declared))
    high_bytes = len(_HIGH_BYTES.findall(body, 0, 65536))
    if high_bytes >= MIN_UTF8_EVIDENCE:
        labels.insert(0, "utf-8")
    if sum(map(len, _LONG_RUN.findall(body, 0, 65536))) * 2 > high_bytes:
        labels = [label for label in labels if label not in _WESTERN]
    text = _first_that_decodes(body, [*labels, "utf-8"])
    return text if text is not None else _best_guess(body, labels)


def _wide_encoding(body: bytes) -> str | None:
    """UTF-16 without a mark, seen by the zero byte beside the first ``<`` or ``{``."""
    head = body[:2]
    if head in (b"<\0", b"{\0"):
        return "utf-16-le"
    return "utf-16-be" if head in (b"\0<", b"\0{") else None


def _known(declared: Iterable[str | None]) -> Iterable[str]:
    """Python's names for the labels that mean a charset of the web."""
    for label in declared:
        name = resolve_encoding(label) if label else None
        if name in WEB_CHARSETS:
            yield name


def _first_that_decodes(body: bytes, encodings: Sequence[str]) -> str | None:
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _best_guess(body: bytes, labels: Sequence[str]) -> str:
    """A declared charset with a few bad bytes, else what a detector says, else UTF-8 with gaps."""
    for encoding in [*labels, "utf-8"]:
        text = body.decode(encoding, "replace")
        if text.count("\ufffd") <= MAX_UNREADABLE * len(text):
            return text
    detected = _first_that_decodes(body, list(_known(detect_encoding(body[:200_000]))))
    return detected if detected is not None else body.decode("utf-8", "replace")
