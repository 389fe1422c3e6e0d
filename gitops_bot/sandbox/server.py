"""Starts and stops the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from gitops_bot.sandbox import git_http
from gitops_bot.sandbox.faults import Faults
from gitops_bot.sandbox.git_store import GitStore
from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.oidc import Issuer
from gitops_bot.sandbox.records import ACTIONS_LOGIN, Site, TokenKind
from gitops_bot.sandbox.routes import RecordedRequest, build_app

_START_TIMEOUT = 10.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _listener() -> socket.socket:
    """A socket on a free port of 127.0.0.1 that answers at once.

    asyncio sets TCP_NODELAY only where a socket names its protocol. `socket.create_server` makes one that
    does not, and then an answer in two parts waits 40 ms for the client's delayed acknowledgement.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


class _Protocol(H11Protocol):
    """HTTP/1.1 that shows requests their connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection where requests find it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A server that says when it is up, and leaves at once: uvicorn looks ten times a second whether to."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app, http=_Protocol, ws="none", lifespan="off", log_level="critical", access_log=False,
                timeout_graceful_shutdown=5,
            )
        )  # fmt: skip
        self.up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.up.set()

    def leave(self) -> None:
        """Stop serving. Works in any thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._leaving.set)

    async def main_loop(self) -> None:
        """What is to be done ten times a second, until it leaves."""
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is open; only where somebody is being answered there is something to wait for."""
        if self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


class Sandbox:
    """A running GitHub with one repository. `hub` is the repository's inside, `faults` orders
    failures, `requests` lists what was asked over HTTP, `issuer` signs OIDC tokens.
    Close it, or use it as a context manager."""

    def __init__(self, hub: Hub, listener: socket.socket) -> None:
        self.hub = hub
        self.faults = Faults()
        self.requests: list[RecordedRequest] = []
        self._listener = listener
        self.issuer = Issuer(hub.site)
        more = [*self.issuer.routes(), *git_http.routes(hub)]
        self._server = _Server(build_app(hub, self.faults, self.requests, more))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="sandbox")

    @classmethod
    def start(
        cls,
        folder: Path,
        repository: str = "acme/infra",
        default_branch: str = "devops",
        *,
        clock: Callable[[], datetime] = _utc_now,
    ) -> Sandbox:
        """Make an empty repository inside `folder` and serve it on a free port of 127.0.0.1."""
        store = GitStore.create(folder.resolve() / f"{repository}.git", default_branch)
        listener = _listener()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        hub = Hub(Site(repository, default_branch, address, str(store.path), clock), store)
        sandbox = cls(hub, listener)
        sandbox._thread.start()
        if not sandbox._server.up.wait(_START_TIMEOUT):
            sandbox.stop()
            raise RuntimeError("the sandbox's server did not start")
        return sandbox

    def stop(self) -> None:
        """Stop serving; the repository's folder stays."""
        self.faults.stopped.set()
        self._server.leave()
        self._thread.join()
        self._listener.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def repository(self) -> str:
        """`owner/name`."""
        return self.hub.site.repository

    @property
    def api_url(self) -> str:
        """Where the REST API is (GITHUB_API_URL)."""
        return self.hub.site.api_url

    @property
    def server_url(self) -> str:
        """Where the pages for people would be (GITHUB_SERVER_URL)."""
        return self.hub.site.api_url

    @property
    def clone_url(self) -> str:
        """What `git clone` takes: the bare repository's folder."""
        return self.hub.site.clone_url

    @property
    def git_url(self) -> str:
        """The repository over HTTP, where a push meets the rules of its token."""
        return f"{self.server_url}/{self.repository}.git"

    def issue_token(
        self,
        login: str = ACTIONS_LOGIN,
        kind: TokenKind = "app",
        permissions: Mapping[str, str] | None = None,
        scopes: tuple[str, ...] | None = None,
    ) -> str:
        """A token for the API; see `Hub.issue_token`."""
        return self.hub.issue_token(login, kind, permissions, scopes)
