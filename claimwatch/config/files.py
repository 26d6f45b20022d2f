"""Reads a file of the user's into a Document, and a list of paths into layers of Documents."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimwatch.config.problems import Report
from claimwatch.config.yamlpos import MapNode, ScalarNode, compose, place_of

#: Bytes; a larger file is a mistake.
MAX_FILE_BYTES = 1 << 20

#: The word that names what is packaged.
BUILTIN = "builtin"

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file, read."""

    #: As messages name it.
    file: str
    #: Paths in it are relative to this folder.
    folder: Path
    text: str
    root: MapNode


@dataclass(frozen=True, kw_only=True)
class Asker:
    """The place that named a file, to which its absence is reported."""

    file: str
    line: int = 0
    column: int = 0

    def report(self, report: Report, message: str) -> None:
        """Note a problem at this place."""
        report.add(self.file, message, line=self.line, column=self.column)


def read_document(path: Path, *, name: str, asker: Asker, report: Report) -> Document | None:
    """Read one YAML file whose top is a mapping.

    Args:
        path: where it is.
        name: how messages call it.
        asker: who named the file; that it is not there is reported here.
        report: gets every problem.

    Returns:
        The document, None when it cannot be used.
    """
    body = _read(path, name, asker, report)
    text = None if body is None else _decode(body, name, report)
    root = None if text is None else compose(text, name, report)
    if root is None or text is None:
        return None
    if not isinstance(root, MapNode):
        report.add(name, "must be a mapping of keys to values", line=root.line, column=root.column)
        return None
    return Document(file=name, folder=path.parent, text=text, root=root)


def read_layers(
    asked: Sequence[ScalarNode] | None, *, config: Document | None, builtin: Path, report: Report
) -> list[list[Document]]:
    """The documents that a list of ``builtin``, files and folders names, one layer for each item.

    Args:
        asked: the items of the list; None for the packaged ones alone.
        config: the file that holds the list; None together with ``asked``.
        builtin: the packaged folder.
        report: gets every problem.
    """
    if asked is None or config is None:
        return [_read_builtin(builtin, report)]
    return [_read_layer(item, config, builtin, report) for item in asked]


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files right in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))


def _read_builtin(builtin: Path, report: Report) -> list[Document]:
    paths = yaml_files(builtin)
    return _read_all(paths, [f"{BUILTIN}/{builtin.name}/{path.name}" for path in paths], report)


def _read_all(paths: Sequence[Path], names: Sequence[str], report: Report) -> list[Document]:
    documents = [
        read_document(path, name=name, asker=Asker(file=name), report=report)
        for path, name in zip(paths, names, strict=True)
    ]
    return [document for document in documents if document is not None]


def _read_layer(item: ScalarNode, config: Document, builtin: Path, report: Report) -> list[Document]:
    if item.value == BUILTIN:
        return _read_builtin(builtin, report)
    asker = Asker(file=config.file, line=item.line, column=item.column)
    return read_path(config.folder / item.text, asker=asker, report=report)


def read_path(path: Path, *, asker: Asker, report: Report) -> list[Document]:
    """The documents of one file, or of all YAML files right in one folder.

    Args:
        path: the file or folder.
        asker: who named it.
        report: gets every problem.
    """
    report.read(path)
    try:
        paths = yaml_files(path) if path.is_dir() else None
    except (OSError, ValueError) as error:
        asker.report(report, f"{path.as_posix()!r} cannot be read: {_reason(error)}")
        return []
    for one in paths or ():
        report.read(one)
    if paths is None:
        document = read_document(path, name=path.as_posix(), asker=asker, report=report)
        return [] if document is None else [document]
    if not paths:
        asker.report(report, f"the folder {path.as_posix()} holds no .yaml file")
    return _read_all(paths, [one.as_posix() for one in paths], report)


def _read(path: Path, name: str, asker: Asker, report: Report) -> bytes | None:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "is a folder; a file is wanted here" if stat.S_ISDIR(mode) else "is not a regular file"
            asker.report(report, f"{name} {what}")
            return None
        with path.open("rb") as file:
            body = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        asker.report(report, f"there is no file {name}")
        return None
    except (OSError, ValueError) as error:
        asker.report(report, f"{name!r} cannot be read: {_reason(error)}")
        return None
    if len(body) > MAX_FILE_BYTES:
        report.add(name, "the file is larger than 1 MiB")
        return None
    return body


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "no file can have this name"  # a NUL in it; each Python version says it in other words
    return error.strerror or str(error)


def _decode(body: bytes, name: str, report: Report) -> str | None:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        report.add(name, "the file is UTF-16: save it as UTF-8")
        return None
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        line, column = place_of(before, len(before))
        report.add(name, "the file is not UTF-8 text", line=line, column=column)
        return None
    if "\0" in text:
        report.add(name, "the file is binary, not text")
        return None
    return text
