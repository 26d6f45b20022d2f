"""Outlets are found by source and by the host of an address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claimwatch.catalogue import Catalogue
from domain.outlets import Source
from tests.unit.claimwatch.make import OUTLET, SOURCE

ENGLISH = Source(id="courier/world", outlet_id="courier", url="https://www.courier.world/feed")
REGION = replace(OUTLET, id="north", host="north.courier.example", sources=())
CATALOGUE = Catalogue([replace(OUTLET, sources=(SOURCE, ENGLISH)), REGION])


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://courier.example/a", "courier"),
        ("http://www.courier.example:8080/a", "courier"),
        ("https://kaz.courier.example/a", "courier"),
        ("https://north.courier.example/a", "north"),
        ("https://courier.world/a", "courier"),
        ("https://notcourier.example/a", None),
        ("https://example/a", None),
        ("not an address", None),
    ],
)
def test_outlet_is_found_by_host(url: str, outlet: str | None) -> None:
    found = CATALOGUE.outlet_of(url)

    assert (found.id if found else None) == outlet


def test_source_is_found_with_its_outlet() -> None:
    found = CATALOGUE.source("courier/world")

    assert found is not None
    assert (found[0].id, found[1].id) == ("courier/world", "courier")
    assert CATALOGUE.source("courier/nothing") is None


def test_every_lane_of_a_source_has_its_outlets_delay() -> None:
    patient = replace(OUTLET, id="patient", host="patient.example", delay_s=120.0)
    shared = Source(id="patient/feed", outlet_id="patient", url="https://www.courier.world/other")
    catalogue = Catalogue([replace(OUTLET, sources=(SOURCE, ENGLISH)), replace(patient, sources=(shared,))])

    assert catalogue.delays == {"courier.example": 4.0, "courier.world": 120.0, "patient.example": 120.0}
