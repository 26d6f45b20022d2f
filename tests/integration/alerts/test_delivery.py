from __future__ import annotations

import asyncio
import base64
import io

import pytest

from alerts.dispatcher import Dispatcher
from alerts.transports.registry import open_transports
from domain.alerts import Channel, ConsoleChannel, DeliveryState, EmailChannel, TlsMode, WebhookChannel
from domain.jobs import Job, JobKind
from domain.net import AddressPolicy
from domain.secrets import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import FakeOutbox
from tests.integration.alerts.servers import Mailbox, answering, mail_server, web_server
from tests.unit.alerts.delivering import deliver
from tests.unit.alerts.samples import NOW, alert, delivery

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"


async def test_one_alert_reaches_every_kind_of_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    mailbox, receiver, screen, outbox = Mailbox(), answering(204), io.StringIO(), FakeOutbox()
    async with mail_server(mailbox) as smtp_port, web_server(receiver) as http_port:
        transports = open_transports(
            smtp_policy=AddressPolicy(allow_private=frozenset({f"127.0.0.1:{smtp_port}"})),
            webhook_policy=AddressPolicy(allow_private=frozenset({f"127.0.0.1:{http_port}"})),
            ca_file=None,
            user_agent="claimwatch-test",
            console=screen,
        )
        channels: dict[str, Channel] = {
            "screen": ConsoleChannel(name="screen"),
            "hook": WebhookChannel(name="hook", url=f"http://127.0.0.1:{http_port}/", secrets=(Secret("env:HOOK"),)),
            "mail": EmailChannel(
                name="mail",
                host="127.0.0.1",
                port=smtp_port,
                tls=TlsMode.NONE,
                sender="a@s.example",
                to=("a@r.example",),
            ),
        }
        dispatcher = Dispatcher(
            outbox=outbox,
            transports=transports,
            channels=channels,
            clock=FakeClock(NOW),
            in_thread=asyncio.to_thread,
        )
        for name in channels:
            outbox.add(delivery(id=f"dlv-{name}", channel=name), alert())
            job = Job(kind=JobKind.DELIVERY, key=f"dlv-{name}", lane=name, attempt=1, lease=None)
            await deliver(dispatcher, job)
        await transports.close()

    assert {each.state for each in outbox.deliveries.values()} == {DeliveryState.SENT}
    assert (len(mailbox.kept), len(receiver.calls)) == (1, 1)
    assert "Снова слова о «подарке»" in screen.getvalue()
