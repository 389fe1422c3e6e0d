"""A small HTTP server that Terraform reads from, and that can keep it waiting."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_STATE = {"version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": "gate", "resources": []}
"""What a `terraform_remote_state` of the backend `http` is answered."""
_LONGEST = 60.0


class Gate:
    """Answers every GET with an empty Terraform state; one of them can be held.

    That one operation of Terraform then stays in flight, as long as the test wants it to.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set when the held request is there."""
        self._open = threading.Event()
        self._lock = threading.Lock()
        self._held, self._skip = "", 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="gate")

    @property
    def address(self) -> str:
        """Where it is; any path will do."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hold(self, path: str, skip: int = 0) -> None:
        """Let `skip` requests for this path pass and keep the next one waiting."""
        with self._lock:
            self.reached.clear()
            self._open.clear()
            self._held, self._skip = path, skip

    def release(self) -> None:
        """Nothing waits any longer."""
        with self._lock:
            self._held = ""
            self._open.set()

    def _waits(self, path: str) -> bool:
        with self._lock:
            if path != self._held:
                return False
            if self._skip:
                self._skip -= 1
                return False
            self._held = ""
            return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if gate._waits(self.path):
                    gate.reached.set()
                    gate._open.wait(_LONGEST)
                body = json.dumps(_STATE).encode()
                with suppress(OSError):  # whoever asked may be dead by now
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Let everyone go and stop serving."""
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def gate() -> Iterator[Gate]:
    """A gate that is open."""
    made = Gate()
    made.start()
    try:
        yield made
    finally:
        made.stop()
