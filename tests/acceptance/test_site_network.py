"""The whole service inside a site whose only way out is a proxy with a password, and whose authority is its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from claimwatch.demo.child import run_claimwatch
from claimwatch.demo.feeds import Feed, FeedItem, render_feed
from claimwatch.demo.markup import PageText, render_page
from claimwatch.demo.receiver import PATH
from tests.acceptance.office import WATCH, Office
from tests.integration.alerts.servers import Authority
from tests.integration.crawler.site import SiteServer, serving
from tests.proxies import LocalProxy

CONFIG = """\
database: {{url: 'sqlite:///claimwatch.db'}}
network:
  contact: desk@newsroom.example
  proxy: file:proxy.secret
  ca_file: {ca_file}
  allow_private: {{smtp: ['127.0.0.1:{smtp}']}}
outlets: [outlets.yaml]
watches: [watches.yaml]
channels:
  desk: {{kind: email, host: 127.0.0.1, port: {smtp}, tls: none, from: a@desk.example, to: [b@desk.example]}}
  hook: {{kind: webhook, url: 'http://hooks.example:{hook}{path}', secret: file:hook.secret}}
"""

OUTLETS = """\
outlets:
  - id: gazette
    name: Gazette
    country: KZ
    host: news.example
    languages: [en]
    ownership: private
    delay: 0.1s
    sources: [{{name: feed, url: 'https://news.example:{port}/feed.xml', every: 1s}}]
"""

PARAGRAPHS = (
    "In the autumn session of the assembly a speaker raised territorial claims against a neighbour of his country.",
    "The chair asked him to keep to the agenda, and the meeting went on to the budget for roads and bridges.",
    "Observers counted nine such speeches since the beginning of the year, most of them in the evening.",
)


def _publish(site: SiteServer) -> str:
    """One claim in a feed, both on the site; returns the article's address."""
    home, now = f"https://news.example:{site.port}", datetime.now(UTC).replace(microsecond=0)
    title, url = "A speaker stirs up an old quarrel", f"{home}/articles/1"
    page = PageText(
        url=url,
        site_name="Gazette",
        language="en",
        title=title,
        lead=PARAGRAPHS[0],
        paragraphs=PARAGRAPHS,
        author="A. Writer",
        published_at=now,
    )
    feed = Feed(title="Gazette", home=home, url=f"{home}/feed.xml", language="en", updated_at=now)
    items = [FeedItem(url=url, title=title, summary=PARAGRAPHS[0], published_at=now)]
    body, listing = render_page(page), render_feed(feed, items)
    site.pages["/articles/1"] = lambda _: (200, {"Content-Type": "text/html; charset=utf-8"}, body)
    site.pages["/feed.xml"] = lambda _: (200, {"Content-Type": "application/rss+xml"}, listing)
    return url


def _configure(office: Office, site: SiteServer, proxy_url: str, ca_file: str) -> None:
    files = {
        "claimwatch.yaml": CONFIG.format(
            ca_file=ca_file, smtp=office.mailroom.port, hook=office.receiver.port, path=PATH
        ),
        "outlets.yaml": OUTLETS.format(port=site.port),
        "watches.yaml": WATCH,
        "proxy.secret": proxy_url,
        "hook.secret": office.receiver.secret,
    }
    for name, text in files.items():
        (office.folder / name).write_text(text, encoding="utf-8")


@pytest.mark.slow  # a real daemon, some seconds
def test_the_daemon_reads_and_tells_through_the_proxy(office: Office, tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    authority = Authority(tmp_path / "ca")
    names = {"news.example": "127.0.0.2", "hooks.example": "127.0.0.1"}
    with (
        LocalProxy(login="desk:hunter2", names=names) as proxy,
        serving("127.0.0.2", authority.server("news.example")) as site,
    ):
        url = _publish(site)
        _configure(office, site, proxy.url, authority.ca_file)
        daemon = office.daemon()
        office.wait_for_news([url], daemon)

        assert set(proxy.targets()) == {
            f"CONNECT news.example:{site.port}",
            f"POST http://hooks.example:{office.receiver.port}{PATH}",
        }
        assert set(site.visits) == {"/robots.txt", "/feed.xml", "/articles/1"}
        assert len(office.mailroom.mails) == 1
    assert "hunter2" not in "\n".join(daemon.log_tail(10_000))


@pytest.mark.slow  # a real daemon, some seconds
def test_the_daemon_says_of_each_source_that_the_proxy_refuses_us(office: Office, tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    authority = Authority(tmp_path / "ca")
    with LocalProxy(login="desk:right") as proxy, serving("127.0.0.2", authority.server("news.example")) as site:
        _configure(office, site, f"http://desk:hunter2@{proxy.place}", authority.ca_file)
        daemon = office.daemon()
        (row,) = office.wait_for_rows("sources", lambda rows: rows[0]["status"] == "failing")

        assert f"the proxy {proxy.place} does not accept our user name and password (407)" in str(row)
        assert not site.visits
    assert "hunter2" not in str(row) + "\n".join(daemon.log_tail(10_000))


def test_check_says_what_moves_to_the_proxy(tmp_path: Path) -> None:
    (tmp_path / "claimwatch.yaml").write_text(
        "network: {proxy: env:WAY_OUT, no_proxy: [.desk.example, 10.0.0.0/8]}\n", encoding="utf-8"
    )

    done = run_claimwatch(
        "check", "-c", "claimwatch.yaml", cwd=tmp_path, env={"WAY_OUT": "http://desk:hunter2@proxy.example:3128"}
    )

    assert done.returncode == 0
    assert done.stdout.splitlines()[-4:] == [
        "  outlets and webhooks go through the proxy proxy.example:3128, with user name and password; mail does not",
        "  without it: .desk.example, 10.0.0.0/8",
        "  the proxy looks up names: it, not claimwatch, must refuse names that lead to private addresses",
        "  claimwatch still refuses private addresses written as numbers, and guards what goes without the proxy",
    ]
    assert "hunter2" not in done.stdout + done.stderr
