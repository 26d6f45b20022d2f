"""A certificate that ran out is an error and not a fetch; who vouches for it does not matter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.alerts.servers import Authority
from tests.integration.crawler.conftest import running_engine
from tests.integration.crawler.site import serving, text


@pytest.mark.parametrize(("age", "fetched"), [(timedelta(), True), (timedelta(minutes=1), False)])
def test_certificate_that_ran_out_is_refused(tmp_path: Path, age: timedelta, fetched: bool) -> None:
    authority = Authority(tmp_path)
    context = authority.server("127.0.0.2", age=age)
    with (
        serving("127.0.0.2", context) as site,
        running_engine({"SSL_CERT_FILE": authority.ca_file}, allow=[site.place]) as engine,
    ):
        site.pages["/"] = text("over TLS")
        answer = engine.fetch(site.url("/"))

    assert (answer.get("body") == "over TLS") is fetched
    assert bool(site.visits) is fetched
    assert fetched or (answer["error"], answer["retryable"]) == ("Unreachable", True)
    assert fetched or "certificate" in answer["message"]
