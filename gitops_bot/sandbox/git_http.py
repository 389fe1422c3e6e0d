"""The repository over git's own HTTP protocol, so that a push meets the rules of its token.

https://git-scm.com/docs/git-http-backend
"""

from __future__ import annotations

import base64
import binascii
import os
import subprocess
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gitops_bot.sandbox.hub import WORKFLOWS, Hub
from gitops_bot.sandbox.records import Actor

_NO_WORKFLOWS = "SANDBOX_TOKEN_WITHOUT_WORKFLOWS"
# As `Hub.may_bring`; only here are the commits that are coming in to be seen.
_UPDATE_HOOK = f"""#!/bin/sh
test -n "${_NO_WORKFLOWS}" || exit 0
wanted=$(git rev-parse --verify --quiet "$3:{WORKFLOWS}") || exit 0
for tip in $(git for-each-ref --format="%(objectname)" refs/heads); do
    test "$(git rev-parse --verify --quiet "$tip:{WORKFLOWS}")" = "$wanted" && exit 0
done
echo "refusing to allow a GitHub App to create or update workflow \\`{WORKFLOWS}\\` without" \\
    "\\`workflows\\` permission" >&2
exit 1
"""


def routes(hub: Hub) -> list[Route]:
    """What git asks for below `/OWNER/REPO.git`."""
    hook = hub.store.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_UPDATE_HOOK)
    hook.chmod(0o755)

    async def serve(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_serve, hub, request, body)

    root = f"/{hub.site.repository}.git"
    return [
        Route(f"{root}/info/refs", serve),
        Route(f"{root}/git-upload-pack", serve, methods=["POST"]),
        Route(f"{root}/git-receive-pack", serve, methods=["POST"]),
    ]


def _serve(hub: Hub, request: Request, body: bytes) -> Response:
    service = request.query_params.get("service") or request.url.path.rpartition("/")[2]
    with hub.lock:
        actor = _actor(hub, request)
        if actor is None:
            return Response(
                "Bad credentials", 401, {"WWW-Authenticate": 'Basic realm="GitHub"'}, "text/plain"
            )
        if not actor.may("contents", "write" if service == "git-receive-pack" else "read"):
            words = f"Permission to {hub.site.repository}.git denied to {actor.login}."
            return Response(words, 403, media_type="text/plain")
        answer = _backend(hub.store.path, request, body, actor)
        hub.refresh(actor)
    return answer


def _actor(hub: Hub, request: Request) -> Actor | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        token = base64.b64decode(given).decode().partition(":")[2] if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        token = ""
    return hub.tokens.get(token)


def _backend(store: Path, request: Request, body: bytes, actor: Actor) -> Response:
    """Git's own program, which speaks CGI."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ = kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(store.parent),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "PATH_INFO": f"/{store.name}{request.url.path.partition('.git')[2]}",
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "REMOTE_USER": actor.login,
    }
    if actor.is_app and not actor.may("workflows", "write"):
        environ[_NO_WORKFLOWS] = "1"
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environ, check=False)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = headers.pop("Status", "200 OK")
    return Response(content, int(status.split(" ")[0]), headers)
