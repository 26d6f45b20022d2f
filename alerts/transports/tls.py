"""Whom we trust when we call out: the system's authorities, and the files that the user names beside them."""

from __future__ import annotations

import ssl

from domain.errors import UsageError


def client_context(*ca_files: str | None) -> ssl.SSLContext:
    """A context that checks certificates and host names; reads files, so call it off the event loop.

    Args:
        ca_files: PEM files of authorities to trust beside the system's; None ones are left out.

    Raises:
        UsageError: a file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    for path in filter(None, ca_files):
        try:
            context.load_verify_locations(cafile=path)
        except OSError as error:
            raise UsageError(f"the ca_file {path} cannot be read: {error.strerror or error}") from error
    return context
