"""A small web server on loopback for benchmarks: feeds with validators, article pages, and a webhook receiver.

``python -m benchmarks.children.httpd '{"hosts": 8, "articles": 10}'`` prints its port and serves until its
standard input ends. Each host, 127.0.0.1 and upwards, is a site of its own with one feed of its articles.
Connections are kept open, as real servers do.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import sys
from dataclasses import dataclass

from aiohttp import web

from benchmarks import texts
from benchmarks.pages import LAYOUTS, feed, page
from claimwatch.demo.feeds import FeedKind


@dataclass(frozen=True, kw_only=True)
class _Resource:
    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


class _Sites:
    """What stands at each path of each host."""

    def __init__(self, hosts: list[str], articles: int, port: int) -> None:
        robots = _Resource(body=b"User-agent: *\nDisallow: /private/\n", content_type="text/plain")
        self._resources = {(host, "/robots.txt"): robots for host in hosts}
        self._etags: dict[tuple[str, str], str] = {}
        layouts = [name for name in LAYOUTS if name != "nested"]
        for number, host in enumerate(hosts):
            base = f"http://{host}:{port}"
            own = [texts.text(number * articles + n) for n in range(articles)]
            self._put(host, "/feed.xml", _Resource(body=feed(own, FeedKind.RSS, base=base), content_type="text/xml"))
            for n, one in enumerate(own):
                made = page(one, layouts[n % len(layouts)], others=own[:8], base=base)
                self._put(host, one.path, _Resource(body=made.body, content_type="text/html"))

    def _put(self, host: str, path: str, resource: _Resource) -> None:
        self._resources[host, path] = resource
        self._etags[host, path] = resource.etag

    async def get(self, request: web.Request) -> web.Response:
        place = (request.host.partition(":")[0], request.path)
        resource = self._resources.get(place)
        if resource is None:
            return web.Response(status=404)
        headers = {"ETag": self._etags[place]} if place in self._etags else {}
        if request.headers.get("If-None-Match") in headers.values():
            return web.Response(status=304, headers=headers)
        return web.Response(body=resource.body, content_type=resource.content_type, charset="utf-8", headers=headers)

    async def post(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)


async def _serve(hosts: int, articles: int) -> None:
    names = [f"127.0.0.{number + 1}" for number in range(hosts)]
    listening = [socket.create_server((names[0], 0))]
    port = int(listening[0].getsockname()[1])
    listening += [socket.create_server((name, port)) for name in names[1:]]
    sites = _Sites(names, articles, port)
    app = web.Application()
    app.router.add_get("/{path:.*}", sites.get)
    app.router.add_post("/{path:.*}", sites.post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for one in listening:
        await web.SockSite(runner, one).start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(**json.loads(sys.argv[1])))
