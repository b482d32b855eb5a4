"""A server that lists its models, in a thread of this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listing:
    """A server.

    Attributes:
        path: where it lists models; elsewhere it answers 404.
        status: what it answers there.
        body: what it says there: bytes, or JSON data.
        echoes: whether it lists the key that it is shown as a model.
        url: its address, without a path.
        shown: the keys that it was shown.
    """

    path: str = "/v1/models"
    status: int = 200
    body: Any = field(default_factory=lambda: {"data": [{"id": "tiny"}]})
    echoes: bool = False
    url: str = ""
    shown: list[str | None] = field(default_factory=list)

    def answer(self, path: str, key: str | None) -> tuple[int, bytes]:
        self.shown.append(key)
        if path != self.path:
            return 404, b"{}"
        body = {"data": [{"id": key}]} if self.echoes else self.body
        return self.status, body if isinstance(body, bytes) else json.dumps(body).encode()


@contextmanager
def listing(**settings: Any) -> Iterator[Listing]:
    """Such a server on a free port."""
    listed = Listing(**settings)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = listed.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listed.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield listed
        finally:
            server.shutdown()
            thread.join()
