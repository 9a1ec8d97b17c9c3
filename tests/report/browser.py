"""Chromium without a window, driven by the DevTools protocol over a pair of pipes."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["Browser"]

VIEW = {"width": 1300, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
TROUBLE = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


class Browser:
    """A page in a browser."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO, process: "subprocess.Popen[bytes]") -> None:
        self.kill = process.kill
        self._commands = commands
        self._answers = answers
        self._number = 0
        self._session: str | None = None
        self.troubles: list[str] = []
        """What the console said, and errors that nothing caught."""

    @classmethod
    @contextmanager
    def opened(cls, program: str, page: Path | str, profile: Path) -> Iterator["Browser"]:
        """Open a page from a file, or from an address."""
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--no-first-run"]
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()

        def connect() -> None:  # Chromium reads commands from descriptor 3 and answers on 4
            spare_in, spare_out = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(spare_in, 3)
            os.dup2(spare_out, 4)

        process = subprocess.Popen(
            [program, *options, "--remote-debugging-pipe", "about:blank"],
            preexec_fn=connect,  # noqa: PLW1509 - nothing else hands on a descriptor under a number of its own
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            with os.fdopen(ours_out, "wb", buffering=0) as commands, os.fdopen(ours_in, "rb") as answers:
                browser = cls(commands, answers, process)
                browser._open(page)
                yield browser
                browser._session = None
                browser("Browser.close")
        finally:
            process.kill()
            process.wait()

    def __call__(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        self._commands.write(json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])

    def value(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Evaluate an expression in the page, once what is drawn is drawn."""
        drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        found = self(
            "Runtime.evaluate", expression=f"{drawn}.then(() => {expression})", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self.value(f"document.querySelector({json.dumps(selector)}).textContent"))

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key."""
        text: dict[str, object] = {"text": key} if len(key) == 1 else {}
        if key == "Escape":
            text = {"windowsVirtualKeyCode": 27}  # without which no dialog is closed
        for kind in ("keyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 * shift, **text)

    def point(self, x: float, y: float) -> None:
        """Move the mouse to a place of the window."""
        self("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at a place of the window, move it to another one, and let it go there."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.point(*start)
        for kind, (x, y) in (
            ("mousePressed", start),
            ("mouseMoved", middle),
            ("mouseMoved", end),
            ("mouseReleased", end),
        ):
            self("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def show_dark(self, dark: bool) -> None:
        """Prefer dark colours, or light ones."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])

    def _open(self, page: Path | str) -> None:
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self(f"{domain}.enable")
        self("Emulation.setDeviceMetricsOverride", **VIEW)
        self.show_dark(False)
        self("Page.navigate", url=page.as_uri() if isinstance(page, Path) else page)
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def _next(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser has ended"
            message += byte
        read: dict[str, Any] = json.loads(message)
        if read.get("method") in TROUBLE:
            self.troubles.append(json.dumps(read["params"]))
        return read
