"""POSTs alerts as signed JSON, as the Standard Webhooks specification says.

A 2xx is acceptance; everything else is failure and is tried again by the schedule, but for 410,
which asks never to be called again. Redirects count as failures. A wrong secret or address that a
person can mend in the configuration is tried again too, so that mending it loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from alerts.render import payload
from alerts.transports.http import Answer, GuardedHttp
from domain.alerts import Alert, Channel, Delivery, Receipt, WebhookChannel
from domain.errors import AddressRefused, DeliveryError, FetchError, UsageError
from domain.hosts import destination_of, literal_address
from domain.net import retry_after_s
from domain.time import Clock

_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)


class WebhookTransport:
    """Speaks to webhooks.

    Args:
        http: the guarded way out.
        clock: for the time that is signed.
    """

    def __init__(self, *, http: GuardedHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        """POST once; the id and the body are the same on every try, time and signature are of this try.

        Raises:
            DeliveryError: the answer was not 2xx, or none came.
        """
        assert isinstance(channel, WebhookChannel)
        body = payload(alert, delivery.id)
        headers = self._headers(channel, delivery.id, body)
        try:
            answer = await self._http.post(channel.url, body=body, headers=headers, timeout_s=channel.timeout_s)
        except AddressRefused as error:
            raise DeliveryError(str(error), permanent=_is_final(channel.url)) from error
        except FetchError as error:
            raise DeliveryError(str(error)) from error
        return self._judge(answer)

    async def close(self) -> None:
        """Nothing stays open between two calls."""

    def _headers(self, channel: WebhookChannel, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        try:
            keys = [signing_key(secret.reveal(), name=secret.reference) for secret in channel.secrets]
            extra = {name: _header(name, secret.reveal()) for name, secret in channel.headers.items()}
        except UsageError as error:
            raise DeliveryError(str(error)) from error
        if not keys:
            raise DeliveryError(f"the channel {channel.name} has no secret to sign with")
        signatures = " ".join(sign(key, message_id, timestamp, body) for key in keys)
        ours = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signatures,
        }
        return _merged(extra, ours)

    def _judge(self, answer: Answer) -> Receipt:
        if 200 <= answer.status < 300:
            return Receipt(status=answer.status)
        if answer.status == 410:
            message = "the receiver answered 410: it asks never to be called again"
            raise DeliveryError(message, permanent=True, status=410, disables=True)
        redirect = ": redirects are not followed, give the final address" if 300 <= answer.status < 400 else ""
        raise DeliveryError(
            f"the receiver answered {answer.status}{redirect}",
            status=answer.status,
            retry_after_s=retry_after_s(answer.headers.get("retry-after"), self._clock.now()),
        )


def signing_key(secret: str, *, name: str) -> bytes:
    """The key of a ``whsec_`` secret.

    Args:
        secret: the secret itself.
        name: what to call it in an error, such as ``env:HOOK_SECRET``.

    Raises:
        UsageError: not ``whsec_`` followed by base64 of 24 to 64 bytes; the secret is not in the message.
    """
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if encoded == secret or len(key) not in _KEY_BYTES:
        raise UsageError(f"the webhook secret {name} must be whsec_ followed by base64 of 24 to 64 bytes")
    return key


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """The ``v1`` signature of Standard Webhooks: HMAC-SHA256 over id, time and body."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def _header(name: str, value: str) -> str:
    if not value.isprintable():
        raise UsageError(f"the value of the header {name} holds a line break or another control character")
    return value


def _merged(extra: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    """Both; where a name is in both, whatever its case, ours counts."""
    taken = {name.lower() for name in ours}
    return {**{name: value for name, value in extra.items() if name.lower() not in taken}, **ours}


def _is_final(url: str) -> bool:
    """Will the address still be refused tomorrow? Not for a name, which may resolve elsewhere then."""
    try:
        return literal_address(destination_of(url).host) is not None
    except ValueError:
        return True
