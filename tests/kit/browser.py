"""A headless Chromium, spoken to over its debugging pipe: what a page does in a real browser.

Source: https://chromedevtools.github.io/devtools-protocol/ (messages end in a zero byte; file descriptor 3
is read by the browser, 4 is written).
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60
"""Seconds in which a browser says something."""


def browser_program() -> str | None:
    """The path of a browser on this machine."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Browser:
    """One tab. `said` are the browser's complaints, `requests` the addresses it asked for."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to = os.fdopen(to_browser, "wb", buffering=0)
        self._from = os.fdopen(from_browser, "rb", buffering=0)
        self._rest = b""
        self._last = 0
        self._session = ""
        self._events: list[dict[str, Any]] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self._ask(f"{domain}.enable")

    def close(self) -> None:
        """Nothing more will be asked."""
        self._to.close()
        self._from.close()

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            more = os.read(self._from.fileno(), 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("the browser has ended" if ready else "the browser does not answer")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def _ask(self, method: str, **params: object) -> dict[str, Any]:
        self._last += 1
        message: dict[str, object] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while (answer := self._message()).get("id") != self._last:
            self._events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def look_like(
        self, width: int, height: int, scheme: str = "light", scale: float = 1, media: str = "screen"
    ) -> None:
        """The size of the window in CSS pixels, and `light` or `dark`; a narrow one is a phone's."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
        )  # fmt: skip
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._ask("Emulation.setEmulatedMedia", media=media, features=[feature])

    def scripts(self, enabled: bool) -> None:
        """Whether pages may run scripts."""
        self._ask("Emulation.setScriptExecutionDisabled", value=not enabled)

    def open(self, page: Path) -> float:
        """Load a page, and wait until it is drawn. Returns the seconds that took."""
        self._events.clear()
        start = time.monotonic()
        self._ask("Page.navigate", url=page.resolve().as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self._events):
            self._events.append(self._message())
        self.picture(None)
        return time.monotonic() - start

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, text: str) -> None:
        """Type a text where the focus is, key by key."""
        for character in text:
            self._ask("Input.dispatchKeyEvent", type="keyDown", key=character, text=character)
            self._ask("Input.dispatchKeyEvent", type="keyUp", key=character)

    def picture(self, path: Path | None) -> None:
        """The window as a PNG; without a path only until it is drawn."""
        drawn = base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])
        if path is not None:
            path.write_bytes(drawn)

    @property
    def requests(self) -> list[str]:
        """What the page asked for since it was opened, itself included."""
        return [
            e["params"]["request"]["url"] for e in self._events if e["method"] == "Network.requestWillBeSent"
        ]

    @property
    def said(self) -> list[str]:
        """Errors and warnings of the page since it was opened."""
        names = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [json.dumps(e["params"]) for e in self._events if e["method"] in names]

    def measures(self) -> dict[str, float]:
        """The browser's own counts: Nodes, JSHeapUsedSize (bytes), LayoutDuration (seconds) and others."""
        return {m["name"]: m["value"] for m in self._ask("Performance.getMetrics")["metrics"]}


@contextmanager
def browser(program: str, folder: Path) -> Iterator[Browser]:
    """A browser with an empty profile in `folder`."""
    read_end, to_browser = os.pipe()
    from_browser, write_end = os.pipe()

    command = [
        "bash", "-c", f'exec "$0" "$@" 3<&{read_end} 4>&{write_end}',
        program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank",
    ]  # fmt: skip
    with subprocess.Popen(
        command, pass_fds=(read_end, write_end), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(read_end)
        os.close(write_end)
        try:
            with closing(Browser(to_browser, from_browser)) as found:
                yield found
        finally:
            process.terminate()
