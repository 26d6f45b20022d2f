"""What right files become."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimwatch.config.load import load, load_settings, load_watches
from claimwatch.config.settings import RetentionSettings
from claimwatch.config.write import starter_files
from domain.alerts import ConsoleChannel, EmailChannel, TlsMode, WebhookChannel
from domain.errors import ConfigError
from domain.outlets import Certainty, Ownership
from domain.secrets import Secret
from domain.watches import Route, RouteFilter, Severity, WatchTests
from matching.matcher import Matcher
from tests.integration.crawler.certificates import make_certificate
from tests.unit.config.conftest import Load

OUTLET = """
outlets:
  - id: gazette
    name: Gazette
    country: KZ
    host: gazette.example
    languages: [kk, en]
    ownership: private
    delay: 1.5s
    note: Weekly.
    sources:
      - {name: en, url: "https://gazette.example/feed", language: en, certainty: listed, every: 2h, fetch_pages: false}
"""

WATCH = """
watches:
  - id: islands
    title: Islands
    queries: {en: lantern, "*": islands}
    except: tourism
    languages: [en]
    severity: high
    threshold: 2
    tests: {match: [the lantern islands], no_match: [fog]}
"""


class TestDefaults:
    def test_no_file_gives_the_packaged_settings(self, load: Load) -> None:
        settings = load()

        assert settings.is_default
        assert settings.origin == "built-in defaults"
        assert settings.database_url == "sqlite:///var/claimwatch.db"
        assert settings.channels == {"console": ConsoleChannel(name="console")}
        assert settings.routes == (Route(to=("console",)),)
        assert settings.retention == RetentionSettings(polls_days=14)
        assert settings.engine == "embedded"
        assert "egemen-kz" in {outlet.id for outlet in settings.outlets}

    def test_a_small_file_takes_the_rest_from_the_defaults(self, load: Load) -> None:
        settings = load("retention: {polls_days: 3}")

        assert not settings.is_default
        assert settings.retention.polls_days == 3
        assert settings.routes == (Route(to=("console",)),)
        assert "egemen-kz" in {outlet.id for outlet in settings.outlets}

    def test_every_channel_is_told_where_there_are_no_routes(self, load: Load) -> None:
        settings = load("channels: {a: {kind: console}, b: {kind: console}}")

        assert settings.routes == (Route(to=("a", "b")),)

    def test_nobody_is_told_where_routes_are_empty(self, load: Load) -> None:
        assert load("routes: []").routes == ()


class TestWhichFile:
    def test_the_path_goes_before_the_environment(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "other.yaml").write_text("retention: {polls_days: 5}")

        settings = load("retention: {polls_days: 6}", {"CLAIMWATCH_CONFIG": "other.yaml"})

        assert settings.origin == "claimwatch.yaml"
        assert settings.retention.polls_days == 6

    def test_the_environment_goes_before_the_current_folder(self, load: Load, tmp_path: Path) -> None:
        load("retention: {polls_days: 6}")
        (tmp_path / "other.yaml").write_text("retention: {polls_days: 5}")

        assert load_settings(None, environ={"CLAIMWATCH_CONFIG": "other.yaml"}).retention.polls_days == 5

    def test_claimwatch_yaml_of_the_current_folder_is_used(self, load: Load) -> None:
        load("retention: {polls_days: 6}")

        assert load_settings(None, environ={}).origin == "claimwatch.yaml"

    def test_a_byte_order_mark_does_no_harm(self, load: Load) -> None:
        assert load("\ufeffretention: {polls_days: 6}").retention.polls_days == 6


class TestDatabase:
    def test_a_relative_file_is_in_the_folder_of_the_config(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "conf").mkdir()
        (tmp_path / "conf/c.yaml").write_text("database: {url: 'sqlite:///var/x.db'}")
        load("{}")

        settings = load_settings("conf/c.yaml", environ={})

        assert settings.database_url == f"sqlite:///{tmp_path}/conf/var/x.db"

    def test_an_absolute_file_and_a_server_stay(self, load: Load) -> None:
        assert load("database: {url: 'sqlite:////data/x.db'}").database_url == "sqlite:////data/x.db"
        assert load("database: {url: postgresql://me@host/db}").database_url == "postgresql://me@host/db"

    def test_the_environment_goes_first(self, load: Load) -> None:
        settings = load("database: {url: env:NOT_SET}", {"CLAIMWATCH_DATABASE_URL": "postgresql://u:p@h/d"})

        assert settings.database_url == "postgresql://u:p@h/d"
        assert "u:p" not in repr(settings)

    def test_the_address_can_be_a_secret(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "dsn").write_text("postgresql://u:p@h/file\n")

        from_environment = load("database: {url: env:DSN}", {"DSN": "postgresql://u:p@h/env"})
        from_file = load("database: {url: file:dsn}")

        assert from_environment.database_url == "postgresql://u:p@h/env"
        assert from_file.database_url == "postgresql://u:p@h/file"


class TestNetwork:
    def test_the_user_agent_is_honest(self, load: Load) -> None:
        assert load("{}").network.user_agent.startswith("claimwatch/")
        assert "+" not in load("{}").network.user_agent
        assert load("network: {contact: me@desk.example}").network.user_agent.endswith(" (+me@desk.example)")
        assert load("network: {user_agent: Reader 1.0, contact: me@desk.example}").network.user_agent == "Reader 1.0"

    def test_private_endpoints_open_only_their_own_policy(self, load: Load) -> None:
        network = load(
            "network: {allow_private: {crawl: ['LAN.example:80'], webhook: ['[::1]:08'], smtp: ['127.0.0.1:25']}}"
        ).network

        assert network.crawl.allows("lan.example", 80, "10.0.0.1")
        assert network.webhook.allows("[::1]", 8, "::1")
        assert network.smtp.allows("127.0.0.1", 25, "127.0.0.1")
        assert not network.crawl.allows("127.0.0.1", 25, "127.0.0.1")

    def test_the_file_of_authorities_is_absolute(self, load: Load, tmp_path: Path) -> None:
        certificate, _ = make_certificate(tmp_path, "127.0.0.2")
        certificate.rename(tmp_path / "ca.pem")

        assert load("network: {ca_file: ca.pem}").network.ca_file == str(tmp_path / "ca.pem")


class TestProxy:
    def test_outlets_and_webhooks_have_it_and_mail_has_not(self, load: Load) -> None:
        network = load("network: {proxy: 'http://Proxy.example:3128', no_proxy: [.desk.example, 10.0.0.0/8]}").network

        assert network.crawl.proxy == network.webhook.proxy
        assert network.crawl.proxy is not None
        assert network.crawl.proxy.url == "http://proxy.example:3128"
        assert [rule.text for rule in network.crawl.proxy.direct] == [".desk.example", "10.0.0.0/8"]
        assert network.smtp.proxy is None

    def test_an_address_with_a_password_is_read_where_it_is_kept(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "proxy").write_text("http://desk:p%40ss@proxy.example:3128\n")
        network = load("network: {proxy: file:proxy}").network

        assert network.crawl.proxy is not None
        assert (network.crawl.proxy.username, network.crawl.proxy.password) == ("desk", "p@ss")
        assert "p@ss" not in repr(network)

    def test_a_secret_that_holds_no_proxy_is_told_without_its_words(self, load: Load) -> None:
        with pytest.raises(ConfigError) as told:
            load("network: {proxy: env:WAY_OUT}", environ={"WAY_OUT": "https://desk:hunter2@proxy.example:3128"})

        assert "claimwatch.yaml:1:18: only HTTP proxies are spoken to" in str(told.value)
        assert "hunter2" not in str(told.value)


class TestChannelsAndRoutes:
    def test_a_mail_channel_has_every_field(self, load: Load, tmp_path: Path) -> None:
        certificate, _ = make_certificate(tmp_path, "127.0.0.2")
        certificate.rename(tmp_path / "ca.pem")
        settings = load("""
channels:
  desk:
    {kind: email, host: mail.example, tls: tls, ca_file: ca.pem, username: me, password: file:secrets/mail,
     from: a@desk.example, to: [b@desk.example, c@desk.example, b@desk.example], timeout: 1m}
""")

        assert settings.channels["desk"] == EmailChannel(
            name="desk",
            host="mail.example",
            port=465,
            tls=TlsMode.TLS,
            ca_file=str(tmp_path / "ca.pem"),
            username="me",
            password=Secret(f"file:{tmp_path}/secrets/mail"),
            sender="a@desk.example",
            to=("b@desk.example", "c@desk.example"),
            timeout_s=60.0,
        )

    @pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
    def test_a_mail_port_follows_the_protection(self, load: Load, tls: str, port: int) -> None:
        channel = load(f"channels: {{m: {{kind: email, host: h, tls: {tls}, from: a@b, to: [c@d]}}}}").channels["m"]

        assert isinstance(channel, EmailChannel)
        assert channel.port == port

    def test_a_webhook_channel_has_every_field(self, load: Load) -> None:
        settings = load("""
channels:
  one: {kind: webhook, url: "https://hook.example/x", secret: env:A, headers: {Authorization: env:B}}
  two: {kind: webhook, url: "http://hook.example/", secrets: [env:A, env:B], timeout: 5s}
""")

        assert settings.channels == {
            "one": WebhookChannel(
                name="one",
                url="https://hook.example/x",
                secrets=(Secret("env:A"),),
                headers={"Authorization": Secret("env:B")},
            ),
            "two": WebhookChannel(
                name="two", url="http://hook.example/", secrets=(Secret("env:A"), Secret("env:B")), timeout_s=5.0
            ),
        }

    def test_a_route_has_every_field(self, load: Load) -> None:
        settings = load(
            """
outlets: [outlets.yaml]
watches: [watches.yaml]
channels: {screen: {kind: console}}
routes:
  - match: {watches: [islands], severity: high, languages: [zh-Hant], outlets: [gazette], countries: [KZ]}
    to: [screen]
    mode: immediate
    max_age_days: 0.5
""",
            outlets=OUTLET,
            watches=WATCH,
        )

        chosen = RouteFilter(
            watches=("islands",),
            min_severity=Severity.HIGH,
            languages=("zh-Hant",),
            outlets=("gazette",),
            countries=("KZ",),
        )
        assert settings.routes == (Route(filter=chosen, to=("screen",), max_age_days=0.5),)


class TestOverlay:
    def test_an_outlet_has_every_field(self, load: Load) -> None:
        (outlet,) = load("outlets: [outlets.yaml]", outlets=OUTLET).outlets
        (source,) = outlet.sources

        assert (outlet.id, outlet.country, outlet.languages) == ("gazette", "KZ", ("kk", "en"))
        assert (outlet.ownership, outlet.delay_s, outlet.note) == (Ownership.PRIVATE, 1.5, "Weekly.")
        assert (source.id, source.outlet_id, source.interval_s) == ("gazette/en", "gazette", 7200)
        assert (source.certainty, source.fetch_pages) == (Certainty.LISTED, False)

    def test_a_watch_has_every_field(self, load: Load) -> None:
        (watch,) = load("watches: [watches.yaml]", watches=WATCH).watches

        assert watch.queries == {"en": "lantern", "*": "islands"}
        assert (watch.exclude, watch.languages, watch.severity) == ("tourism", ("en",), Severity.HIGH)
        assert watch.threshold == 2.0
        assert watch.tests == WatchTests(match=("the lantern islands",), no_match=("fog",))
        assert watch.origin == "watches.yaml:3:5"

    def test_one_query_is_for_any_language(self, load: Load) -> None:
        (watch,) = load("watches: [w.yaml]", w="watches: [{id: a, title: A, query: lantern}]").watches

        assert watch.queries == {"*": "lantern"}

    def test_a_later_file_replaces_by_id_and_keeps_the_place(self, load: Load) -> None:
        settings = load(
            "watches: [one.yaml, two.yaml]",
            one="watches: [{id: a, title: A, query: x}, {id: b, title: B, query: x}]",
            two="watches: [{id: a, title: Other, query: y}]",
        )

        assert [(watch.id, watch.title) for watch in settings.watches] == [("a", "Other"), ("b", "B")]

    def test_a_later_file_removes_and_a_third_brings_back(self, load: Load) -> None:
        files = {
            "one": "watches: [{id: a, title: A, query: x}, {id: b, title: B, query: x}]",
            "two": "watches: [{id: a, disabled: true, title: what else it says does not count}]",
            "three": "watches: [{id: a, title: Back, query: x}]",
        }

        without = load("watches: [one.yaml, two.yaml]", **files)
        again = load("watches: [one.yaml, two.yaml, three.yaml]", **files)

        assert [watch.id for watch in without.watches] == ["b"]
        assert [watch.title for watch in again.watches] == ["B", "Back"]

    def test_a_folder_gives_its_yaml_files_by_name(self, load: Load) -> None:
        settings = load(
            "watches: [mine]",
            mine__b="watches: [{id: b, title: B, query: x}]",
            mine__a="watches: [{id: a, title: A, query: x}]",
        )

        assert [watch.id for watch in settings.watches] == ["a", "b"]

    def test_a_builtin_outlet_can_be_removed(self, load: Load) -> None:
        settings = load("outlets: [builtin, o.yaml]", o="outlets: [{id: sohu, disabled: true}]")

        assert "sohu" not in {outlet.id for outlet in settings.outlets}
        assert "toutiao" in {outlet.id for outlet in settings.outlets}


class TestLoadWatches:
    def test_a_file_and_a_folder_load(self, tmp_path: Path) -> None:
        (tmp_path / "w.yaml").write_text(WATCH)

        assert load_watches(str(tmp_path / "w.yaml")).watches[0].id == "islands"
        assert [watch.id for watch in load_watches(str(tmp_path)).watches] == ["islands"]

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"there is no file .*none\.yaml"):
            load_watches(str(tmp_path / "none.yaml"))

    def test_a_wrong_query_is_placed(self, tmp_path: Path) -> None:
        path = tmp_path / "w.yaml"
        path.write_text("watches: [{id: a, title: A, query: x OR}]")

        with pytest.raises(ConfigError) as caught:
            load_watches(str(path))

        assert [(problem.line, problem.column) for problem in caught.value.problems] == [(1, 40)]


class TestStarter:
    def test_the_starter_files_load_as_they_are(self, tmp_path: Path) -> None:
        for name, text in starter_files().items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")

        settings = load_settings(str(tmp_path / "claimwatch.yaml"), environ={})

        assert "example-islands" in {watch.id for watch in settings.watches}
        assert "example-gazette" in {outlet.id for outlet in settings.outlets}
        assert set(settings.channels) == {"screen"}

    def test_the_starter_files_load_with_every_comment_taken_off(self, tmp_path: Path) -> None:
        for name, text in starter_files().items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(_uncommented(text), encoding="utf-8")

        settings = load_settings(str(tmp_path / "claimwatch.yaml"), environ={})

        assert set(settings.channels) == {"screen", "desk", "chat"}
        assert [route.to for route in settings.routes] == [("screen",), ("desk", "chat")]
        assert settings.network.contact == "you@example.org"

    def test_the_starter_watch_passes_its_own_tests(self, tmp_path: Path) -> None:
        (tmp_path / "w.yaml").write_text(starter_files()["watches/example.yaml"], encoding="utf-8")

        files = load_watches(str(tmp_path / "w.yaml"))

        assert Matcher(files.watches, files.concepts)
        assert files.watches[0].tests.match

    def test_nothing_is_advised_about_the_starter_files(self, tmp_path: Path) -> None:
        for name, text in starter_files().items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")

        assert load(str(tmp_path / "claimwatch.yaml"), environ={}, advise=True).advice == ()


def _uncommented(text: str) -> str:
    """The settings that are shown as comments, switched on; the first lines are prose."""
    first, *lines = text.splitlines()
    bare = [_bare(line) for line in lines]
    return "\n".join([first, *(line for line in bare if line.strip() != "sources: []" or "# sources:" not in text)])


def _bare(line: str) -> str:
    indent = len(line) - len(line.lstrip())
    return line[:indent] + line.lstrip()[2:] if line.lstrip().startswith("# ") else line
