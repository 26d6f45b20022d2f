"""Sends alerts as mail through the SMTP server of the channel, one recipient a mail.

* Unless the channel says ``tls: none``, nothing but EHLO and STARTTLS is said before TLS stands and
  the certificate fits the host's name; a server that offers no STARTTLS gets nothing.
* A password is never sent in plaintext.
* 4xx, time-outs and lost connections are tried again; 5xx to sender, recipient or message is final.
  5xx before that (greeting, TLS, AUTH) is about us: tried again, so that mending it loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from alerts.text import clean, shorten
from alerts.transports.dial import dial, reason
from alerts.transports.mail import Mail, compose
from alerts.transports.tls import client_context
from domain.alerts import Alert, Channel, Delivery, EmailChannel, Receipt, TlsMode
from domain.errors import AddressRefused, DeliveryError, FetchError, UsageError
from domain.hosts import literal_address
from domain.net import AddressPolicy

#: Seconds for a polite QUIT once the mail is accepted.
_QUIT_S = 3.0
_LONGEST_ANSWER = 200


class EmailTransport:
    """Speaks SMTP; a connection lasts for one mail.

    Args:
        policy: which mail servers may be connected to.
        ca_file: PEM file of authorities to trust beside the system's, for every channel.
    """

    def __init__(self, *, policy: AddressPolicy, ca_file: str | None = None) -> None:
        self._policy = policy
        self._ca_file = ca_file

    async def send(self, channel: Channel, delivery: Delivery, alert: Alert) -> Receipt:
        """Hand one mail to the server.

        Raises:
            DeliveryError: the server did not say 250 to the whole mail.
        """
        assert isinstance(channel, EmailChannel)
        mail = compose(channel, delivery, alert)
        try:
            return await self._converse(channel, mail)
        except AddressRefused as error:
            raise DeliveryError(str(error), permanent=literal_address(channel.host) is not None) from error
        except SMTPResponseException as error:
            raise _answered(error) from error
        except TimeoutError as error:
            raise DeliveryError(f"{channel.host} did not finish within {channel.timeout_s:g} s") from error
        except (SMTPException, OSError) as error:
            raise DeliveryError(f"{channel.host}: {_told(reason(error))}") from error
        except (FetchError, UsageError) as error:
            raise DeliveryError(str(error)) from error

    async def close(self) -> None:
        """Nothing stays open between two calls."""

    async def _converse(self, channel: EmailChannel, mail: Mail) -> Receipt:
        client: SMTP | None = None
        try:
            async with asyncio.timeout(channel.timeout_s):
                client = await self._open(channel)
                await _log_in(client, channel)
                receipt = await _submit(client, mail)
            await _part(client)
        finally:
            if client is not None:
                client.close()
        return receipt

    async def _open(self, channel: EmailChannel) -> SMTP:
        """A client that is connected and, if the channel demands it, under TLS."""
        if channel.tls is TlsMode.NONE and channel.username is not None:
            raise UsageError(f"the channel {channel.name} has a user name but no TLS: a password is not sent in clear")
        context = await asyncio.to_thread(client_context, self._ca_file, channel.ca_file)
        connection = await dial(channel.host, channel.port, self._policy)
        client = SMTP(
            hostname=channel.host,
            sock=connection,
            local_hostname=_own_name(connection),
            timeout=None,  # ours is for the whole conversation
            use_tls=channel.tls is TlsMode.TLS,
            start_tls=channel.tls is TlsMode.STARTTLS,
            tls_context=context,
        )
        await client.connect()
        return client


async def _log_in(client: SMTP, channel: EmailChannel) -> None:
    if channel.username is None:
        return
    if channel.password is None:
        raise UsageError(f"the channel {channel.name} has a user name but no password")
    await client.login(channel.username, channel.password.reveal())


async def _submit(client: SMTP, mail: Mail) -> Receipt:
    """The mail's transaction; step by step, so that each refusal is told from the others."""
    if mail.utf8 and client.is_ehlo_or_helo_needed:
        await client.ehlo()
    if mail.utf8 and not client.supports_extension("smtputf8"):
        raise DeliveryError("the mail server takes no addresses with letters outside ASCII", permanent=True)
    options, encoding = (["SMTPUTF8"], "utf-8") if mail.utf8 else ([], "ascii")
    await client.mail(mail.sender, options=options, encoding=encoding)
    await client.rcpt(mail.recipient, encoding=encoding)
    answer = await client.data(mail.data)
    return Receipt(status=answer.code, note=_told(answer.message))


async def _part(client: SMTP) -> None:
    """Say QUIT; the mail is accepted already, so nothing that happens now counts."""
    with contextlib.suppress(SMTPException, OSError):
        async with asyncio.timeout(_QUIT_S):
            await client.quit()


def _answered(error: SMTPResponseException) -> DeliveryError:
    """The error for an answer that was a refusal."""
    if isinstance(error, SMTPAuthenticationError):
        # Without the server's own words, which may repeat what it was sent.
        return DeliveryError(f"the mail server refused user name or password ({error.code})", status=error.code)
    about_mail = isinstance(error, SMTPSenderRefused | SMTPRecipientRefused | SMTPDataError)
    return DeliveryError(
        f"the mail server answered {error.code} {_told(error.message)}".rstrip(),
        permanent=about_mail and 500 <= error.code < 600,
        status=error.code if error.code > 0 else None,
    )


def _told(message: str) -> str:
    return shorten(clean(message), _LONGEST_ANSWER)


def _own_name(connection: socket.socket) -> str:
    """How we introduce ourselves: our address as a literal (RFC 5321 section 4.1.4), for a look-up can take long."""
    address = str(connection.getsockname()[0]).split("%", 1)[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
