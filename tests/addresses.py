"""The table of addresses that must not be reached, one list for everything that connects.

``127.0.0.1`` and ``[::1]`` play the inside, where a canary listens; ``127.0.0.2`` plays a public host.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from typing import Self

#: Hosts as they stand in an address, that mean a place inside; each with the address that refusals name.
INSIDE_HOSTS = {
    # loopback, plain and in the old notations
    "127.0.0.1": "127.0.0.1",
    "127.255.255.254": "127.255.255.254",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0X7F.1": "127.0.0.1",
    "0x7f.0x0.0x0.0x1": "127.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0": "0.0.0.0",
    "0.0.0.0": "0.0.0.0",
    "127.0.0.1.": "127.0.0.1",
    "127.1.": "127.0.0.1",
    # letters that IDNA takes for digits and dots
    "\uff11\uff12\uff17.0.0.1": "127.0.0.1",
    "127\u30020\u30020\u30021": "127.0.0.1",
    "127\uff0e1": "127.0.0.1",
    "\u2460\u2461\u2466.0.0.1": "127.0.0.1",
    # IPv6, and IPv4 hidden in it
    "[::1]": "::1",
    "[0:0:0:0:0:0:0:1]": "::1",
    "[::]": "::",
    "[::ffff:127.0.0.1]": "::ffff:",
    "[::FFFF:7F00:1]": "::ffff:",
    "[::ffff:169.254.169.254]": "::ffff:",
    "[::127.0.0.1]": "::7f00:1",
    "[::ffff:0:127.0.0.1]": "::ffff:0:7f00:1",
    "[64:ff9b::127.0.0.1]": "64:ff9b::7f00:1",
    "[64:ff9b:1::127.0.0.1]": "64:ff9b:1::7f00:1",
    "[64:ff9b:1:7f00:0:100:808:808]": "64:ff9b:1:7f00:0:100:808:808",
    "[2002:7f00:1::]": "2002:7f00:1::",
    "[2001:0:7f00:1::]": "2001:0:7f00:1::",
    "[2001:0:808:808:0:0:80ff:fffe]": "2001:0:808:808::80ff:fffe",
    "[fe80::1]": "fe80::1",
    "[fe80::1%25lo]": "fe80::1",
    "[fc00::1]": "fc00::1",
    "[fd00:ec2::254]": "fd00:ec2::254",
    "[fec0::1]": "fec0::1",
    "[ff02::1]": "ff02::1",
    "[2001:db8::1]": "2001:db8::1",
    "[3fff::1]": "3fff::1",
    "[5f00::1]": "5f00::1",
    # other ranges that are not public
    "10.0.0.1": "10.0.0.1",
    "172.16.0.1": "172.16.0.1",
    "172.31.255.254": "172.31.255.254",
    "192.168.0.1": "192.168.0.1",
    "169.254.169.254": "169.254.169.254",
    "0xa9fea9fe": "169.254.169.254",
    "2852039166": "169.254.169.254",
    "100.64.0.1": "100.64.0.1",
    "100.100.100.200": "100.100.100.200",
    "192.0.0.1": "192.0.0.1",
    "192.0.2.1": "192.0.2.1",
    "198.18.0.1": "198.18.0.1",
    "224.0.0.1": "224.0.0.1",
    "239.255.255.250": "239.255.255.250",
    "240.0.0.1": "240.0.0.1",
    "255.255.255.255": "255.255.255.255",
    # numbers that are no address
    "256.1.1.1": "256.1.1.1",
    "1.2.3.4.5": "1.2.3.4.5",
    "08.1.1.1": "08.1.1.1",
    "4294967296": "4294967296",
}

#: Addresses that are none, or not of the web, and a word of the sentence that says so; ``PORT`` is the canary's.
NO_ADDRESSES = {
    "http://news.example@127.0.0.1:PORT/": "user name or password",
    "http://news.example:80@127.0.0.1:PORT/": "user name or password",
    "http://@127.0.0.1:PORT/": "user name or password",
    "http://127.0.0.1:PORT\\@news.example/": "user name or password",
    "http://127.0.0.1\\.news.example:PORT/": "a host that cannot be one",
    "http:\\\\127.0.0.1:PORT\\": "names no host",
    "http:///127.0.0.1:PORT/": "names no host",
    "http:127.0.0.1:PORT": "names no host",
    "http://": "names no host",
    "http://:PORT/": "names no host",
    "http://./": "a host that cannot be one",
    "http://%31%32%37.0.0.1:PORT/": "a host that cannot be one",
    "http://127%2e0.0.1:PORT/": "a host that cannot be one",
    "http://127.0.0.1%00.news.example:PORT/": "a host that cannot be one",
    "http://127.0.0.1 .news.example:PORT/": "a host that cannot be one",
    "http://news.example:0/": "no port 0",
    "http://news.example:99999/": "not an address",
    "http://news.example:-1/": "not an address",
    "http://[::1/": "not an address",
    "http://[::1]x:PORT/": "not an address",
    "//127.0.0.1:PORT/": "only http and https",
    "127.0.0.1:PORT": "only http and https",
    "": "only http and https",
    "file:///etc/hostname": "only http and https",
    "ftp://127.0.0.1:PORT/": "only http and https",
    "gopher://127.0.0.1:PORT/_GET": "only http and https",
    "data:text/plain,hello": "only http and https",
    "javascript:alert(1)": "only http and https",
    "unix:///run/x.sock": "only http and https",
    "s3://bucket/key": "only http and https",
    "ws://127.0.0.1:PORT/": "only http and https",
    "feed://127.0.0.1:PORT/": "only http and https",
    "view-source:http://127.0.0.1:PORT/": "only http and https",
}

#: What a name resolves to, none of it public.
INSIDE_ANSWERS = (
    ("127.0.0.1",),
    ("::1",),
    ("::ffff:127.0.0.1",),
    ("10.0.0.1", "127.0.0.1"),
    ("169.254.169.254", "fd00:ec2::254"),
    ("64:ff9b::7f00:1",),
)

#: Retry-After as sent, and the seconds that it means; None where it means nothing.
WAITS = {
    "7": 7.0,
    "0": 0.0,
    "86401": 86_400.0,
    "99999999999999999999": 86_400.0,
    "9" * 4000: 86_400.0,
    "-1": None,
    "-99999999999999999999": None,
    "1e9": None,
    "Infinity": None,
    "Thu, 31 Dec 2099 23:59:59 GMT": 86_400.0,
    "Thu, 01 Jan 1970 00:00:00 GMT": 0.0,
    "Thu, 32 Dec 2099 99:99:99 GMT": None,
    "tomorrow": None,
}


class Canary:
    """Listens inside and is never to be connected to; a context manager, one port on both loopback addresses."""

    def __init__(self, port: int = 0) -> None:
        """Args:
        port: 0 lets the system choose.
        """
        self._stack = ExitStack()
        self.port = port

    def __enter__(self) -> Self:
        first = self._listen(socket.AF_INET, "127.0.0.1")
        self.port = first.getsockname()[1]
        self._sockets = [first]
        with suppress(OSError):  # a machine without IPv6, or a port that is taken there
            self._sockets.append(self._listen(socket.AF_INET6, "::1"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def was_connected(self) -> bool:
        """Did anybody connect, be it only for a moment? The system keeps who did until we ask."""
        return any(self._accepts(one) for one in self._sockets)

    def _listen(self, family: socket.AddressFamily, host: str) -> socket.socket:
        made = self._stack.enter_context(socket.socket(family))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, self.port))
        made.listen(64)
        made.setblocking(False)
        return made

    @staticmethod
    def _accepts(listener: socket.socket) -> bool:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True
