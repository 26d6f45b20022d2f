"""What must not be seen when a channel is printed or logged."""

from __future__ import annotations

import pytest

from domain.alerts import Channel, EmailChannel, WebhookChannel
from domain.secrets import Secret


@pytest.mark.parametrize(
    "channel",
    [
        WebhookChannel(
            name="chat",
            url="https://chat.example/hooks/hush",
            secrets=(Secret("env:HOOK"),),
            headers={"Authorization": Secret("file:token")},
        ),
        EmailChannel(name="mail", host="mx.example", sender="a@s.example", to=("b@r.example",), username="hush"),
    ],
    ids=["webhook", "mail"],
)
def test_a_channel_is_printed_without_what_may_be_secret(channel: Channel) -> None:
    assert channel.name in repr(channel)
    assert "hush" not in repr(channel)
