"""Outlet and watch files with mistakes, and how each is told (``line:column: message``)."""

from __future__ import annotations

import pytest

OUTLETS = [
    pytest.param(
        """\
outlets:
- {id: a, disabled: true}
- {id: a, disabled: true}
""",
        ["2:8: there is nothing called 'a' to disable", "3:8: the id 'a' is already given in o.yaml:2"],
        id="dup-ids",
    ),
    pytest.param(
        "outlets: [{id: a}]",
        [
            "1:11: 'name' is missing",
            "1:11: 'country' is missing",
            "1:11: 'host' is missing",
            "1:11: 'languages' is missing",
            "1:11: 'ownership' is missing",
            "1:11: 'sources' is missing",
        ],
        id="missing",
    ),
    pytest.param(
        "outlets: [{id: A_b, name: '', country: NO, host: 'http://a', languages: [], ownership: owned, "
        "delay: 5, sources: []}]",
        [
            "1:16: an id is made of a-z, 0-9 and single dashes, at most 64, such as egemen-kz",
            "1:27: must not be empty",
            "1:40: must be a text, but YAML reads NO as false: quote it",
            "1:50: a host is a name or an address without scheme and path, such as egemen.kz",
            "1:73: must not be empty",
            "1:88: must be one of state, public, private",
            "1:102: a duration needs its unit: write 30s, 15m, 2h or 7d",
        ],
        id="bad",
    ),
    pytest.param(
        "outlets: [{id: a, name: A, country: KZ, host: a.kz, languages: [kk], ownership: state, "
        "sources: [{name: x, url: '/feed', every: 5 minutes, kind: sitemap, certainty: sure, "
        "fetch_pages: 1}]}]",
        [
            "1:113: an address begins with http:// or https://",
            "1:129: a duration is a number and a unit, such as 30s, 15m, 2h or 7d",
            "1:146: 'sitemap' is not in this release; it has feed",
            "1:166: must be one of verified, listed, unverified",
            "1:185: must be true or false",
        ],
        id="source",
    ),
    pytest.param(
        "outlets: [{id: a, name: A, country: KZ, host: a.kz, languages: [kk], ownership: state, "
        "sources: [{name: x, url: 'http://a b/', every: 0s}, {name: y, url: 'http://[::1/'}, {name: z, "
        "url: 'file:///etc/passwd', every: 400d}]}]",
        [
            "1:113: an address holds no blanks",
            "1:135: must be more than 0",
            "1:155: this address cannot be read",
            "1:187: an address begins with http:// or https://",
            "1:216: a duration is at most 366d",
        ],
        id="source-url",
    ),
    pytest.param(
        "outlets: [{id: a, name: A, country: KZ, host: a.kz, languages: [kk], ownership: state, "
        "sources: [{name: x, url: 'http://a/'}, {name: y, url: 'http://a/'}, {name: x, url: "
        "'http://a/'}]}]",
        ["1:163: this outlet already has a source 'x'"],
        id="dup-names",
    ),
    pytest.param(
        "outlets: [{id: tas, disabled: true}]",
        ["1:16: there is nothing called 'tas' to disable; did you mean 'tass'?"],
        id="unknown-disable",
    ),
    pytest.param("watches: []", ["1:1: 'outlets' is missing", "1:1: unknown key 'watches'"], id="other"),
    pytest.param("outlets: {a: 1}", ["1:10: must be a list, such as [a, b]"], id="not-list"),
    pytest.param(
        "outlets: [a, [b], null]",
        [
            "1:11: must be a mapping of keys to values",
            "1:14: must be a mapping of keys to values",
            "1:19: nothing is given here: give a value, or take the key out",
        ],
        id="not-map-entries",
    ),
    pytest.param(
        """\
outlets:
- id: a
  name: A
  country: KZ
  host: a.kz
  languages: [kk]
  ownership: state
  sources:
  - name: x
    url: http://a/
    evry: 5m
""",
        ["11:5: unknown key 'evry'; did you mean 'every'?"],
        id="evry",
    ),
]

WATCHES = [
    pytest.param("watches: [{id: a, title: A}]", ["1:11: give either 'query' or 'queries'"], id="no-query"),
    pytest.param(
        "watches: [{id: a, title: A, query: x, queries: {en: x}}]",
        ["1:11: give either 'query' or 'queries'"],
        id="both",
    ),
    pytest.param(
        "watches: [{id: a, title: A, queries: {kz: x, 'no': y}}]",
        ["1:39: 'kz' is not a language tag of BCP 47, such as kk or zh-Hant; did you mean 'kk'?"],
        id="bad-lang",
    ),
    pytest.param(
        "watches: [{id: a, title: A, queries: {no: x}}]",
        ["1:39: YAML does not read the key no as a text: quote it"],
        id="no",
    ),
    pytest.param(
        "watches: [{id: a, title: A, queries: {*: x}}]",
        ["1:40: anchors (&) and aliases (*) are not used here; quote a text that begins with & or *"],
        id="star",
    ),
    pytest.param("watches: [{id: a, title: A, queries: {}}]", ["1:38: must not be empty"], id="empty-queries"),
    pytest.param(
        "watches: [{id: a, title: A, query: x, outlets: [tass, taas, sohu]}]",
        ["1:55: there is no outlet 'taas'; did you mean 'tass'?"],
        id="outlets",
    ),
    pytest.param(
        "watches: [{id: a, title: A, query: x, threshold: 0, severity: 3, tests: {match: x, nomatch: []}}]",
        [
            "1:50: must be more than 0",
            "1:63: must be one of low, medium, high",
            "1:81: must be a list, such as [a, b]",
            "1:84: unknown key 'nomatch'; did you mean 'no_match'?",
        ],
        id="threshold",
    ),
    pytest.param(
        "watches: [{id: a, title: A, query: x}, {id: a, title: A, query: x}]",
        ["1:45: the id 'a' is already given in w.yaml:1"],
        id="dup",
    ),
]
