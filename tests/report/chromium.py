"""A headless Chromium, asked over its own DevTools protocol: one start for many looks."""

import json
import shutil
import struct
import subprocess
import zlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
)
_TOLD = "DevTools listening on "
_PATIENCE = 60.0


class Tab:
    """A tab, and what its page complained of and asked for."""

    def __init__(self, link: ClientConnection) -> None:
        self._link = link
        self._numbers = count(1)
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._link.send(json.dumps(message))
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, f"{method}: {told['error']}"
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._link.recv(timeout=_PATIENCE))
        method, about = told.get("method"), told.get("params", {})
        if method == "Log.entryAdded":
            self.complaints.append(about["entry"]["text"])
        elif method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(about))
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        return told

    def look(self, url: str, *, width: int, scheme: str, media: str = "screen") -> None:
        """Open a page as wide as that, for who prefers light or dark."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[feature])
        self.complaints.clear()
        self.requests.clear()
        self.ask("Page.navigate", url=url)
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        """What an expression is in the page."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"]["value"]

    def pixel(self, x: float, y: float) -> tuple[int, int, int]:
        """The colour of a point of the page."""
        clip = {"x": x, "y": y, "width": 1, "height": 1, "scale": 1}
        taken = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return _only_pixel(b64decode(taken["data"]))


def _only_pixel(png: bytes) -> tuple[int, int, int]:
    """The colour of a picture of one pixel: whatever its line is filtered by, it is as it was."""
    data, place = b"", 8
    while place < len(png):
        [size] = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + size]
        place += size + 12
    red, green, blue = zlib.decompress(data)[1:4]
    return red, green, blue


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A tab of a Chromium of its own, which keeps its things in ``folder``."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: apt-get install chromium, as .ci/foreign does"
    args = [program, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(args, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(line for line in process.stderr if line.startswith(_TOLD))
            url = address.removeprefix(_TOLD).strip()
            with connect(url, max_size=None, compression=None) as link:
                tab = Tab(link)
                yield tab
                tab.ask("Page.close")
        finally:
            process.kill()
