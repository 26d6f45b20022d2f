"""What an alert costs to write, and how many webhooks go out in a second, beside a bare aiohttp POST.

Ours is ``alerts.transports.webhook`` through the guarded client: the payload is made and signed, the address
policy is asked for the socket, and every call has a connection of its own, so that none allowed for one
host is used for another. ``kept open`` is aiohttp as one writes it first; ``one each`` closes like ours.
The receiver is a process of its own on 127.0.0.1; no TLS.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from alerts.render import html, payload, subject, text
from alerts.transports.http import GuardedHttp
from alerts.transports.tls import client_context
from alerts.transports.webhook import WebhookTransport
from benchmarks import texts
from benchmarks.children.start import web_server
from benchmarks.measure import Table, Took, asked, median, run, taking_turns
from benchmarks.nouns import Desk
from benchmarks.texts import NOW
from claimwatch.demo.receiver import new_secret
from domain.alerts import Alert, Delivery, WebhookChannel
from domain.net import AddressPolicy
from domain.secrets import Secret
from domain.time import SystemClock

AGENT = "claimwatch-bench/1"

#: Posts once.
Post = Callable[[], Awaitable[object]]


def measure(*, quick: bool) -> Table:
    """Milliseconds of CPU to write an alert, and webhooks a second."""
    count, posts, rounds = (20, 20, 1) if quick else (500, 300, 5)
    table = Table("cpu_ms_each", "bytes", "per_s", "at_once")
    alert_list = _alerts(count)
    for write in _WRITERS.values():
        write(alert_list[0])  # templates are compiled at the first
    times = taking_turns({name: partial(_write_all, write, alert_list) for name, write in _WRITERS.items()}, rounds)
    for name, spent in times.items():
        table.add(name, cpu_ms_each=spent.cpu_ms(count), bytes=len(_bytes(_WRITERS[name](alert_list[0]))))
    with web_server(hosts=1, articles=1) as port:
        asyncio.run(_posts(table, f"127.0.0.1:{port}", alert_list[0], posts, rounds))
    table.note(
        f"Written: {count} alerts in four languages. Posted: {posts} a round; per s is wall. Medians of {rounds}."
    )
    return table


_WRITERS: dict[str, Callable[[Alert], str | bytes]] = {
    "subject": subject,
    "text": text,
    "html": html,
    "payload": lambda alert: payload(alert, "dlv-1"),
}


def _write_all(write: Callable[[Alert], str | bytes], alert_list: Sequence[Alert]) -> None:
    for one in alert_list:
        write(one)


def _bytes(written: str | bytes) -> bytes:
    return written if isinstance(written, bytes) else written.encode()


def _alerts(count: int) -> list[Alert]:
    """Alerts on articles that hold the claim, in each language in turn."""
    desk, found = Desk(), list[Alert]()
    number = 0
    while len(found) < count:
        one = texts.text(number, paragraphs=3)
        found += desk.planned(one)[1].alerts if one.claims else ()
        number += 1
    return found


async def _posts(table: Table, address: str, alert: Alert, posts: int, rounds: int) -> None:
    url = f"http://{address}/hook"
    body = payload(alert, "dlv-1")
    headers = {"Content-Type": "application/json"}
    with TemporaryDirectory() as folder:
        ours = _ours(address, url, alert, Path(folder))
        kept = aiohttp.ClientSession()
        closing = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        async with kept, closing:
            ways: dict[str, Post] = {
                "webhook, ours": ours,
                "bare POST, kept open": lambda: _bare(kept, url, body, headers),
                "bare POST, one each": lambda: _bare(closing, url, body, headers),
            }
            done: dict[tuple[str, int], list[Took]] = {(name, many): [] for name in ways for many in (1, 8)}
            for _ in range(rounds):
                for (name, many), spent in done.items():
                    spent.append(await asked(ways[name], posts, many))
    for (name, many), rounds_of_it in done.items():
        middle = median(rounds_of_it)
        figures = {"cpu_ms_each": middle.cpu_ms(posts), "per_s": middle.per_second(posts)}
        table.add(f"{name}, {many} at once", bytes=len(body), at_once=many, **figures)


def _ours(address: str, url: str, alert: Alert, folder: Path) -> Post:
    secret = folder / "secret"
    secret.write_text(new_secret(), encoding="ascii")
    channel = WebhookChannel(name="hook", url=url, secrets=(Secret(f"file:{secret}"),))
    delivery = Delivery(id="dlv-1", alert_id=alert.id, channel="hook", next_attempt_at=NOW)
    policy = AddressPolicy(allow_private=frozenset({address}))
    http = GuardedHttp(policy=policy, tls=client_context(None), user_agent=AGENT)
    transport = WebhookTransport(http=http, clock=SystemClock())
    return lambda: transport.send(channel, delivery, alert)


async def _bare(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> None:
    async with session.post(url, data=body, headers=headers) as response:
        await response.read()
        response.raise_for_status()


if __name__ == "__main__":
    sys.exit(run(measure, "alerts"))
