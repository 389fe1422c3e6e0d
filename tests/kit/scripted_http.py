"""A server on loopback that answers from a list, or drops the connection, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer. A `dropped` one closes the connection in its place."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False


DROP = Reply(dropped=True)


def _read(body: bytes) -> Any:
    """What a request's body says: JSON, else its text; None for an empty one."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode()


class ScriptedServer:
    """Answers requests in order; after the last reply with status 599. Use it as a context manager.

    `asked`, `bodies` and `headers` (names in lower case) hold what came, request by request."""

    def __init__(self, replies: Sequence[Reply], prefix: str = "") -> None:
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        script = iter(replies)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                text = self.rfile.read(length)
                owner.asked.append(f"{self.command} {self.path}")
                owner.bodies.append(_read(text))
                owner.headers.append({name.lower(): value for name, value in self.headers.items()})
                reply = next(script, Reply(599, {"message": "the script is over"}))
                if reply.dropped:
                    self.close_connection = True
                    return
                data = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.api_url = f"http://127.0.0.1:{self._server.server_address[1]}{prefix}"

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
