"""The kinds of value that config files hold, each with its check and the name the docs give it.

A check raises a sentence for people. Checks of secrets never repeat what was written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from claimwatch.config.codes import country_problem, language_problem
from claimwatch.config.duration import parse_duration
from domain.proxy import DirectRule, Proxy

#: Error types of pydantic that carry our own sentence; a secret's value is never shown.
OWN_ERROR, SECRET_ERROR = "claimwatch", "claimwatch_secret"

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00\r\n]+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_DATABASE = re.compile(r"(?:sqlite|postgres(?:ql)?(?:\+psycopg)?)://")
_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]+")
_OUR_HEADERS = frozenset(
    {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "content-length", "host", "user-agent"}
)


@dataclass(frozen=True)
class Label:
    """The name of a kind of value in the settings table."""

    name: str


def refuse(message: str, kind: str = OWN_ERROR) -> PydanticCustomError:
    """An error with our own sentence."""
    return PydanticCustomError(kind, "{message}", {"message": message})


def _checked(problem: Callable[[str], str | None]) -> AfterValidator:
    """A check that says what is wrong with a text, or None."""

    def check(text: str) -> str:
        message = problem(text)
        if message is not None:
            raise refuse(message)
        return text

    return AfterValidator(check)


def _text_problem(text: str) -> str | None:
    if not text.strip():
        return "must not be empty"
    return None if "\0" not in text else "must not hold the character U+0000"


def _slug_problem(text: str) -> str | None:
    if _SLUG.fullmatch(text) and len(text) <= 64:
        return None
    return "an id is made of a-z, 0-9 and single dashes, at most 64, such as egemen-kz"


def _channel_problem(text: str) -> str | None:
    return None if _NAME.fullmatch(text) and len(text) <= 64 else "a channel's name is made of letters, 0-9, _, . and -"


def _host_problem(text: str) -> str | None:
    return None if is_host(text) else "a host is a name or an address without scheme and path, such as egemen.kz"


def is_host(text: str) -> bool:
    """Is this a lower-case host name or an address literal without brackets?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return 0 < len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.split("."))
    return True


def _url_problem(text: str) -> str | None:
    if any(character.isspace() or not character.isprintable() for character in text):
        return "an address holds no blanks"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "this address cannot be read"
    if parts.scheme not in {"http", "https"}:
        return "an address begins with http:// or https://"
    if not host:
        return "the address has no host"
    return None if parts.username is None else "an address holds no user name or password"


def _endpoint_problem(text: str) -> str | None:
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536
    if is_port and is_host(bare.lower()) and (":" not in bare or bare != host):
        return None
    return "an endpoint is host:port, such as relay.example.org:25 or [::1]:25"


def _mail_problem(text: str) -> str | None:
    return None if _MAIL.fullmatch(text) else "a mail address is name@host, without a display name"


def _header_problem(text: str) -> str | None:
    if text.lower() in _OUR_HEADERS:
        return f"the header {text} is set by claimwatch"
    return None if _HEADER.fullmatch(text) else "this is no name of an HTTP header"


def _agent_problem(text: str) -> str | None:
    return None if _PRINTABLE_ASCII.fullmatch(text) else "must be plain ASCII on one line: it becomes an HTTP header"


def _contact_problem(text: str) -> str | None:
    if _MAIL.fullmatch(text) or (_PRINTABLE_ASCII.fullmatch(text) and _url_problem(text) is None):
        return None
    return "a contact is a mail address or a web address that outlets can turn to"


def _query_language_problem(text: str) -> str | None:
    return None if text == "*" else language_problem(text)


def _secret(value: object) -> object:
    if isinstance(value, str) and _SECRET.fullmatch(value):
        return value
    raise refuse("a secret is given as env:NAME or file:PATH, never in plain", SECRET_ERROR)


def _duration(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise refuse("a duration needs its unit: write 30s, 15m, 2h or 7d")
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError as error:
        raise refuse(str(error)) from error


def _database(value: object) -> object:
    message = database_problem(value) if isinstance(value, str) else None
    if message is not None:
        raise refuse(message, SECRET_ERROR)
    return value


def _proxy(value: object) -> object:
    message = _proxy_problem(value) if isinstance(value, str) and not _SECRET.fullmatch(value) else None
    if message is not None:
        raise refuse(message, SECRET_ERROR)
    return value


def _proxy_problem(text: str) -> str | None:
    """What is wrong with the address of a proxy in a file; never repeats it."""
    message = proxy_url_problem(text)
    if message is None and Proxy.parse(text).username is not None:
        return "this address holds a user name: give the whole address as env:NAME or file:PATH"
    return message


def proxy_url_problem(text: str) -> str | None:
    """What is wrong with the address of a proxy once its secret is read, None when it is right; never repeats it."""
    try:
        Proxy.parse(text)
    except ValueError as error:
        return str(error)
    return None


def _direct_problem(text: str) -> str | None:
    try:
        DirectRule.parse(text)
    except ValueError as error:
        return str(error)
    return None


def database_problem(text: str) -> str | None:
    """What is wrong with a database address in a file, None when it is right; never repeats it."""
    if _SECRET.fullmatch(text):
        return None
    message = database_url_problem(text)
    if message is None and (urlsplit(text).password is not None or "password=" in urlsplit(text).query):
        return "this address holds a password: give the whole address as env:NAME or file:PATH"
    return message


def database_url_problem(text: str) -> str | None:
    """What is wrong with a database address once its secret is read, None when it is right."""
    if not _DATABASE.match(text):
        return "a database address begins with sqlite:/// or postgresql://"
    try:
        urlsplit(text)
    except ValueError:
        return "this database address cannot be read"
    if text.startswith("sqlite:") and text.removeprefix("sqlite:///").split("?", 1)[0] in {"", ":memory:"}:
        return "the database address names no file"
    return None if text.startswith(("sqlite:///", "postgres")) else "a path follows sqlite:/// (three slashes)"


def _positive(value: float) -> float:
    if value <= 0:
        raise refuse("must be more than 0")
    return value


Text = Annotated[str, _checked(_text_problem), Label("text")]
Slug = Annotated[str, _checked(_slug_problem), Label("id")]
ChannelName = Annotated[str, _checked(_channel_problem), Label("name")]
Host = Annotated[str, _checked(_host_problem), Label("host")]
Url = Annotated[str, _checked(_url_problem), Label("web address")]
Endpoint = Annotated[str, _checked(_endpoint_problem), Label("host:port")]
MailAddress = Annotated[str, _checked(_mail_problem), Label("mail address")]
HeaderName = Annotated[str, _checked(_header_problem), Label("header")]
UserAgent = Annotated[str, _checked(_agent_problem), Label("text")]
Contact = Annotated[str, _checked(_contact_problem), Label("mail or web address")]
Country = Annotated[str, _checked(country_problem), Label("country")]
Language = Annotated[str, _checked(language_problem), Label("language")]
QueryLanguage = Annotated[str, _checked(_query_language_problem), Label("language or `*`")]
FilePath = Annotated[str, _checked(_text_problem), Label("path")]
SecretRef = Annotated[str, BeforeValidator(_secret), Label("`env:NAME` or `file:PATH`")]
DatabaseUrl = Annotated[str, BeforeValidator(_database), Label("database address, `env:NAME` or `file:PATH`")]
ProxyUrl = Annotated[str, BeforeValidator(_proxy), Label("`http://host:port`, `env:NAME` or `file:PATH`")]
Direct = Annotated[str, _checked(_direct_problem), Label("host, .suffix, address or network")]
Duration = Annotated[float, BeforeValidator(_duration), Label("duration")]
PositiveDuration = Annotated[float, BeforeValidator(_duration), AfterValidator(_positive), Label("duration")]
Port = Annotated[int, Field(ge=1, le=65_535), Label("port")]
Days = Annotated[float, AfterValidator(_positive), Field(le=36_600), Label("days")]
WholeDays = Annotated[int, Field(ge=1, le=36_600), Label("whole days")]
Score = Annotated[float, AfterValidator(_positive), Label("number")]
