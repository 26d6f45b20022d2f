"""The receiver accepts what a Standard Webhooks library of somebody else's signs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from claimwatch.demo.receiver import new_secret
from tests.integration.demo.web import ask
from tests.newsroom import FaultyReceiver

BODY = json.dumps({"type": "claimwatch.alert.v1", "data": {}})


@pytest.fixture
def receiver() -> Iterator[FaultyReceiver]:
    with FaultyReceiver() as running:
        yield running


def signed(secret: str, *, at: datetime | None = None, id_: str = "dlv-1") -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, moment, BODY),
    }


def test_receiver_keeps_a_signed_call(receiver: FaultyReceiver) -> None:
    answer = ask(receiver.url, method="POST", headers=signed(receiver.secret), body=BODY.encode())

    assert answer.status == 204
    assert [(notice.id, notice.payload["type"]) for notice in receiver.notices] == [("dlv-1", "claimwatch.alert.v1")]


def test_receiver_accepts_one_good_signature_of_several(receiver: FaultyReceiver) -> None:
    headers = signed(receiver.secret)
    headers["webhook-signature"] = f"v1,bm90IG91cnM= {headers['webhook-signature']}"

    assert ask(receiver.url, method="POST", headers=headers, body=BODY.encode()).status == 204


def refused(receiver: FaultyReceiver, headers: dict[str, str]) -> tuple[str, ...]:
    """Why the receiver refused a call with these headers."""
    assert ask(receiver.url, method="POST", headers=headers, body=BODY.encode()).status == 401
    assert receiver.notices == ()
    return receiver.refused


def test_receiver_refuses_what_is_not_signed_by_us(receiver: FaultyReceiver) -> None:
    assert refused(receiver, signed(new_secret())) == ("no signature is ours",)


def test_receiver_refuses_what_is_not_signed(receiver: FaultyReceiver) -> None:
    assert refused(receiver, {"webhook-id": "dlv-1"}) == ("no header webhook-timestamp",)


def test_receiver_refuses_a_changed_body(receiver: FaultyReceiver) -> None:
    answer = ask(receiver.url, method="POST", headers=signed(receiver.secret), body=BODY.encode() + b" ")

    assert answer.status == 401


def test_receiver_refuses_an_old_call(receiver: FaultyReceiver) -> None:
    headers = signed(receiver.secret, at=datetime.now(UTC) - timedelta(minutes=6))

    assert ask(receiver.url, method="POST", headers=headers, body=BODY.encode()).status == 401


def test_receiver_fails_on_demand_and_then_accepts(receiver: FaultyReceiver) -> None:
    receiver.fail(times=2)
    statuses = [
        ask(receiver.url, method="POST", headers=signed(receiver.secret), body=BODY.encode()).status for _ in range(3)
    ]

    assert statuses == [500, 500, 204]
    assert receiver.turned_away == ("dlv-1", "dlv-1")
