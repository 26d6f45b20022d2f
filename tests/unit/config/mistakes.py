"""Config files with mistakes, and how each is told (``line:column: message``)."""

from __future__ import annotations

import pytest

CONFIGS = [
    pytest.param("chanels: {}", ["1:1: unknown key 'chanels'; did you mean 'channels'?"], id="unknown-top-key"),
    pytest.param(
        """\
channels:
  m:
    kind: email
    host: h
    from: a@b
    to: [c@d]
    tiemout: 3s
""",
        ["7:5: unknown key 'tiemout'; did you mean 'timeout'?"],
        id="unknown-key-in-channel",
    ),
    pytest.param(
        "channels: {m: {kind: console, url: 'http://h/'}}", ["1:31: unknown key 'url'"], id="key-of-another-kind"
    ),
    pytest.param("web: {listen: '127.0.0.1:80'}", ["1:1: 'web' is not in this release"], id="later-web"),
    pytest.param(
        """\
network:
  proxy: http://desk:hunter2@proxy.example:3128
  no_proxy: x
""",
        [
            "2:10: this address holds a user name: give the whole address as env:NAME or file:PATH",
            "3:13: must be a list, such as [a, b]",
        ],
        id="proxy-with-password",
    ),
    pytest.param(
        "network: {proxy: 'socks5://proxy.example:1080', no_proxy: [10.0.0.0/33, '*.example', 'a:0', '.']}",
        [
            "1:18: only HTTP proxies are spoken to, no SOCKS and none over TLS: a proxy is written http://host:port",
            "1:60: a host without proxy is a name, .name, an address, a network such as 10.0.0.0/8, or *",
            "1:73: a host without proxy is a name, .name, an address, a network such as 10.0.0.0/8, or *",
            "1:86: a port is a number from 1 to 65535",
            "1:93: a host without proxy is a name, .name, an address, a network such as 10.0.0.0/8, or *",
        ],
        id="proxy-of-another-kind",
    ),
    pytest.param(
        "network: {proxy: http://proxy.example}",
        ["1:18: a proxy is written http://host:port, with the port and without a path"],
        id="proxy-without-port",
    ),
    pytest.param(
        "network: {proxy: env:NO_SUCH_PROXY}",
        ["1:18: the secret env:NO_SUCH_PROXY is empty or not set"],
        id="proxy-secret-not-set",
    ),
    pytest.param(
        """\
channels: {c: {kind: console}}
routes:
  - to: [c]
    mode: digest
""",
        ["4:11: 'digest' is not in this release; it has immediate"],
        id="later-digest",
    ),
    pytest.param(
        "scheduler: {engine: procrastinate, requests_per_day: 5}",
        [
            "1:21: 'procrastinate' is not in this release; it has embedded",
            "1:36: 'requests_per_day' is not in this release",
        ],
        id="later-engine",
    ),
    pytest.param(
        """\
channels: {c: {kind: console}}
routes: [{to: [c], match: {severity: hihg}}]
""",
        ["2:38: must be one of low, medium, high; did you mean 'high'?"],
        id="wrong-choice",
    ),
    pytest.param(
        "channels: {c: {kind: emial}}",
        ["1:22: must be one of console, email, webhook; did you mean 'email'?"],
        id="wrong-kind",
    ),
    pytest.param(
        "channels: {c: {url: 'http://h/'}}",
        ["1:15: 'kind' is missing: one of console, email, webhook"],
        id="missing-kind",
    ),
    pytest.param(
        "routes: [{to: [console], match: {countries: [KZ, NO]}}]",
        ["1:50: must be a text, but YAML reads NO as false: quote it"],
        id="norway",
    ),
    pytest.param(
        "channels: {no: {kind: console}}", ["1:12: YAML does not read the key no as a text: quote it"], id="norway-key"
    ),
    pytest.param(
        "outlets: [2020]", ["1:11: must be a text, but YAML reads 2020 as a number: quote it"], id="number-for-text"
    ),
    pytest.param(
        "network: {contact: }",
        ["1:20: nothing is given here: give a value, or take the key out"],
        id="nothing-for-text",
    ),
    pytest.param(
        "retention: {polls_days: 12:30:00}",
        ["1:25: YAML reads digits with colons as one number in base 60: quote it"],
        id="sexagesimal",
    ),
    pytest.param("retention: {polls_days: '14'}", ["1:25: must be a whole number"], id="text-for-number"),
    pytest.param("retention: {polls_days: 1.5}", ["1:25: must be a whole number"], id="fraction"),
    pytest.param("retention: {polls_days: 0}", ["1:25: must be at least 1"], id="zero"),
    pytest.param("routes: [{to: [console], max_age_days: .inf}]", ["1:40: must be a finite number"], id="inf"),
    pytest.param("routes: [{to: [console], max_age_days: -1}]", ["1:40: must be more than 0"], id="neg"),
    pytest.param("routes: [{to: [console], max_age_days: yes}]", ["1:40: must be a number"], id="bool-for-number"),
    pytest.param("watches: builtin", ["1:10: must be a list, such as [a, b]"], id="text-for-list"),
    pytest.param("network: [a]", ["1:10: must be a mapping of keys to values"], id="list-for-map"),
    pytest.param("network:", ["1:9: nothing is given here: give a value, or take the key out"], id="null-section"),
    pytest.param(
        """\
retention: {polls_days: 3}
retention: {polls_days: 4}
""",
        ["2:1: the key 'retention' is already given in line 1"],
        id="dup-key",
    ),
    pytest.param(
        """\
channels: {desk: {kind: console}}
routes: [{to: [dest]}, {to: [desk, x]}]
""",
        ["2:16: there is no channel 'dest'; did you mean 'desk'?", "2:36: there is no channel 'x'"],
        id="unknown-channel",
    ),
    pytest.param("routes: [{to: []}]", ["1:15: must not be empty"], id="empty-to"),
    pytest.param(
        """\
routes:
- to: [console]
  match: {watches: [nope], outlets: [tas, qqqqqq]}
""",
        [
            "3:21: there is no watch 'nope'",
            "3:38: there is no outlet 'tas'; did you mean 'tass'?",
            "3:43: there is no outlet 'qqqqqq'",
        ],
        id="unknown-watch/outlet-in-filter",
    ),
    pytest.param(
        """\
routes:
- to: [console]
  match: {countries: [kz, UK, ZZ], languages: [kz, EN, russian, zz, eng]}
""",
        [
            "3:23: 'kz' is not a country code of ISO 3166-1, such as KZ; did you mean 'KZ'?",
            "3:27: 'UK' is not a country code of ISO 3166-1, such as KZ; did you mean 'GB'?",
            "3:31: 'ZZ' is not a country code of ISO 3166-1, such as KZ",
            "3:48: 'kz' is not a language tag of BCP 47, such as kk or zh-Hant; did you mean 'kk'?",
            "3:52: 'EN' is not a language tag of BCP 47, such as kk or zh-Hant; did you mean 'en'?",
            "3:56: 'russian' is not a language tag of BCP 47, such as kk or zh-Hant",
            "3:65: 'zz' is not a language tag of BCP 47, such as kk or zh-Hant",
            "3:69: 'eng' is not a language tag of BCP 47, such as kk or zh-Hant; did you mean 'en'?",
        ],
        id="bad-country",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u, password: hunter2}}",
        ["1:83: a secret is given as env:NAME or file:PATH, never in plain"],
        id="plain-password",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u, password: 123456}}",
        ["1:83: a secret is given as env:NAME or file:PATH, never in plain"],
        id="numeric-password",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u, password: yes}}",
        ["1:83: a secret is given as env:NAME or file:PATH, never in plain"],
        id="bool-password",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u, password: 12:34:56}}",
        ["1:83: YAML reads digits with colons as one number in base 60: quote it"],
        id="time-password",
    ),
    pytest.param(
        "channels: {w: {kind: webhook, url: 'https://h/', secret: whsec_aaaa, headers: {Authorization: Bearer x}}}",
        [
            "1:58: a secret is given as env:NAME or file:PATH, never in plain",
            "1:95: a secret is given as env:NAME or file:PATH, never in plain",
        ],
        id="plain-secret",
    ),
    pytest.param(
        "channels: {w: {kind: webhook, url: 'https://h/'}}", ["1:15: give either 'secret' or 'secrets'"], id="no-secret"
    ),
    pytest.param(
        "channels: {w: {kind: webhook, url: 'https://h/', secret: env:A, secrets: [env:B]}}",
        ["1:15: give either 'secret' or 'secrets'"],
        id="two-secrets",
    ),
    pytest.param(
        """\
channels:
  w: {kind: webhook, url: 'ftp://h/', secret: env:A}
  x: {kind: webhook, url: 'https://u:pw@h/', secret: env:A}
  y: {kind: webhook, url: 'https:///x', secret: env:A}
  z: {kind: webhook, url: 'http://h:99999/', secret: env:A}
""",
        [
            "2:27: an address begins with http:// or https://",
            "3:27: an address holds no user name or password",
            "4:27: the address has no host",
            "5:27: this address cannot be read",
        ],
        id="bad-webhook-url",
    ),
    pytest.param(
        """\
channels:
  w: {kind: webhook, url: 'https://h/', secret: env:A, headers: {Host: env:B, 'a b': env:C}}
""",
        ["2:66: the header Host is set by claimwatch", "2:79: this is no name of an HTTP header"],
        id="header",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, tls: none, from: a@b, to: [c@d], username: u, password: env:P}}",
        ["1:15: 'tls: none' would send the password in the clear: use starttls or tls, or no username"],
        id="tls-none-with-login",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: u}}",
        ["1:15: 'username' and 'password' go together"],
        id="username-alone",
    ),
    pytest.param(
        "channels: {m: {kind: email, host: 'h/x', port: 0, from: 'A <a@b>', to: [c], timeout: 5}}",
        [
            "1:35: a host is a name or an address without scheme and path, such as egemen.kz",
            "1:48: must be at least 1",
            "1:57: a mail address is name@host, without a display name",
            "1:73: a mail address is name@host, without a display name",
            "1:86: a duration needs its unit: write 30s, 15m, 2h or 7d",
        ],
        id="mail-addresses",
    ),
    pytest.param(
        "channels: {'a b': {kind: console}}",
        ["1:12: a channel's name is made of letters, 0-9, _, . and -"],
        id="channel-name",
    ),
    pytest.param(
        "database: {url: 'mysql://h/db'}",
        ["1:17: a database address begins with sqlite:/// or postgresql://"],
        id="db-scheme",
    ),
    pytest.param(
        "database: {url: 'postgresql://u:hunter2@h/db'}",
        ["1:17: this address holds a password: give the whole address as env:NAME or file:PATH"],
        id="db-password",
    ),
    pytest.param("database: {url: 'sqlite:///:memory:'}", ["1:17: the database address names no file"], id="db-memory"),
    pytest.param(
        "database: {url: 'sqlite://x.db'}", ["1:17: a path follows sqlite:/// (three slashes)"], id="db-two-slashes"
    ),
    pytest.param(
        """\
database:
  url: env:NOT_SET
""",
        ["2:8: the secret env:NOT_SET is empty or not set"],
        id="db-env-not-set",
    ),
    pytest.param(
        "network: {allow_private: {crawl: [localhost, 'h:0', '::1:80']}}",
        [
            "1:35: an endpoint is host:port, such as relay.example.org:25 or [::1]:25",
            "1:46: an endpoint is host:port, such as relay.example.org:25 or [::1]:25",
            "1:53: an endpoint is host:port, such as relay.example.org:25 or [::1]:25",
        ],
        id="endpoint",
    ),
    pytest.param(
        'network: {user_agent: "a\\nb", contact: nobody}',
        [
            "1:23: must be plain ASCII on one line: it becomes an HTTP header",
            "1:40: a contact is a mail address or a web address that outlets can turn to",
        ],
        id="agent",
    ),
    pytest.param(
        """\
network: {ca_file: nope.pem}
channels:
  m: {kind: email, host: h, from: a@b, to: [c@d], ca_file: no.pem}
  n: {kind: email, host: h, from: a@b, to: [c@d], ca_file: claimwatch.yaml}
""",
        [
            "1:20: there is no file nope.pem",
            "3:60: there is no file no.pem",
            "4:60: the file claimwatch.yaml holds no certificate in PEM form",
        ],
        id="ca",
    ),
    pytest.param("network:\n\tcontact: a@b", ["2:1: a tab stands here; YAML wants spaces"], id="tab"),
    pytest.param(
        "network: [a",
        ["2:1: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence"],
        id="syntax",
    ),
    pytest.param("a: b: c", ["1:5: this is not YAML: mapping values are not allowed in this context"], id="syntax2"),
    pytest.param(
        "a: *x", ["1:4: anchors (&) and aliases (*) are not used here; quote a text that begins with & or *"], id="star"
    ),
    pytest.param("network: {<<: {contact: a@b}}", ["1:11: unknown key '<<'"], id="merge"),
    pytest.param(
        "a: !!python/object:os.system x", ["1:4: tags (!) are not used here; quote a text that begins with !"], id="tag"
    ),
    pytest.param("a: !x {}", ["1:4: tags (!) are not used here; quote a text that begins with !"], id="tagmap"),
    pytest.param(
        """\
a: 1
---
b: 1
""",
        ["2:1: a second document (---) begins here; one file holds one document"],
        id="two-docs",
    ),
    pytest.param("# hello", [" the file is empty"], id="only-comment"),
    pytest.param("- a", ["1:1: must be a mapping of keys to values"], id="list-top"),
    pytest.param("hello", ["1:1: must be a mapping of keys to values"], id="scalar-top"),
    pytest.param(
        "a: "
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
        "[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
        "]]]]]]]]]]]]]]]]]]]]",
        ["1:35: nested more than 32 levels deep"],
        id="deep",
    ),
    pytest.param(
        """\
? [a]
: b
""",
        ["1:3: a key must be a text, not a list or a mapping"],
        id="complex-key",
    ),
    pytest.param("a: é\x07", ["1:5: the character U+0007 cannot stand in a YAML file"], id="control"),
    pytest.param(
        'outlets: ["a\\0b"]',
        ["1:11: must not hold the character U+0000", "1:11: 'a\\x00b' cannot be read: no file can have this name"],
        id="nul-path",
    ),
    pytest.param(
        'channels: {m: {kind: email, host: h, from: a@b, to: [c@d], username: "\\0", password: env:A}}',
        ["1:70: must not hold the character U+0000"],
        id="nul-text",
    ),
]
