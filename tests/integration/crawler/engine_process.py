"""A process with a real engine in it: takes JSON commands on standard input, answers each with a JSON line.

The first line is the configuration: ``allow`` (host:port list), ``timeout_s``, ``max_body_bytes``, ``delays``,
``default_delay_s``, ``ca_file``, ``proxy`` (its address), ``no_proxy`` (a list), ``public`` (an address that is to
count as public), ``names`` (host to a list of answers, each a list of addresses; the last answer stays).
Commands: ``{"fetch": {...}}``, ``{"begin": {...}}`` (answers at once; the fetch goes on),
``{"cancel": n}`` (the nth begun one), ``{"crawl_delay": url}``, ``{"stop": deadline_s}`` (answers how the begun
ones ended that were not cancelled).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from crawler.engine import ScrapyFetcher, install_reactor, run_in_reactor

install_reactor()

from twisted.internet.address import IPv4Address, IPv6Address  # noqa: E402 - the reactor comes first

from crawler.settings import scrapy_settings  # noqa: E402
from domain import net  # noqa: E402
from domain.errors import FetchError  # noqa: E402
from domain.fetching import FetchRequest  # noqa: E402
from domain.hosts import is_public, literal_address  # noqa: E402
from domain.net import AddressPolicy  # noqa: E402
from domain.proxy import DirectRule, Proxy  # noqa: E402
from domain.time import SystemClock  # noqa: E402


async def _line() -> Any:
    return json.loads(await asyncio.to_thread(sys.stdin.readline) or '{"stop": 0}')


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def _outcome(fetcher: ScrapyFetcher, request: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    try:
        result = await fetcher.fetch(FetchRequest(**request))
    except FetchError as error:
        return {
            "error": type(error).__name__,
            "message": str(error),
            "retryable": error.retryable,
            "retry_after_s": error.retry_after_s,
            "status": getattr(error, "status", None),
            "took_s": time.monotonic() - began,
        }
    return {
        "status": result.status,
        "url": result.url,
        "final_url": result.final_url,
        "body": result.body[:2000].decode("latin-1"),
        "size": len(result.body),
        "headers": dict(result.headers),
        "moved_permanently": result.moved_permanently,
        "fetched_at": result.fetched_at.isoformat(),
    }


class Names:
    """A resolver that answers from a dict, each time with the next answer; it knows no other name."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self._answers = answers

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *_: object) -> object:  # noqa: N802 - Twisted's
        literal = literal_address(host)
        answers = self._answers.get(host, [[literal] if literal else []])
        receiver.resolutionBegan(None)
        for address in answers.pop(0) if len(answers) > 1 else answers[0]:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return None


def _set_stage(config: dict[str, Any]) -> None:
    """Give names their addresses, and let one address count as public."""
    if "names" in config:
        from twisted.internet import reactor  # noqa: PLC0415 - it is installed by now

        installed: Any = reactor
        installed.installNameResolver(Names(config["names"]))
    if "public" in config:
        vars(net)["is_public"] = lambda address: address == config["public"] or is_public(address)


def _policy(config: dict[str, Any]) -> AddressPolicy:
    direct = tuple(DirectRule.parse(text) for text in config.get("no_proxy", ()))
    proxy = Proxy.parse(config["proxy"], direct) if "proxy" in config else None
    return AddressPolicy(allow_private=frozenset(config.get("allow", ())), proxy=proxy)


async def _main() -> int:
    config = await _line()
    _set_stage(config)
    settings = scrapy_settings(
        user_agent="claimwatch-test/1 (+https://claimwatch.invalid)",
        timeout_s=config.get("timeout_s", 5.0),
        max_body_bytes=config.get("max_body_bytes", 1_000_000),
        delays=config.get("delays", {}),
        default_delay_s=config.get("default_delay_s", 0.0),
        ca_file=config.get("ca_file"),
    )
    fetcher = ScrapyFetcher(settings=settings, policy=_policy(config), clock=SystemClock())
    await fetcher.start()
    begun: list[asyncio.Task[dict[str, Any]]] = []
    while True:
        command = await _line()
        if "fetch" in command:
            _say(await _outcome(fetcher, command["fetch"]))
        elif "begin" in command:
            begun.append(asyncio.create_task(_outcome(fetcher, command["begin"])))
            _say({})
        elif "cancel" in command:
            begun[command["cancel"]].cancel()
            _say({})
        elif "crawl_delay" in command:
            _say({"crawl_delay_s": fetcher.crawl_delay_s(command["crawl_delay"])})
        else:
            began = time.monotonic()
            await fetcher.stop(command["stop"])
            took_s = time.monotonic() - began
            _say({"took_s": took_s, "ended": [await task for task in begun if not task.cancelled()]})
            return 7


if __name__ == "__main__":
    sys.exit(run_in_reactor(_main))
