"""A studio on a short film with two people, and the browser."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.report.browser import Browser
from tests.report.conftest import chromium
from vs_lipsync.cli.commands.studio import Program
from vs_lipsync.media.source import SourceClip
from vs_lipsync.planes.frames import planes_of
from vs_lipsync.studio.project_text import new_text
from vs_lipsync.studio.serve import listen, server_of
from vs_lipsync.studio.session import Session

__all__ = ["Page", "chromium", "held", "opened", "write_film"]

TOKEN = "a-token"  # noqa: S105 - of a server of this test
FRAMES = 30
CUT = 16


@dataclass
class Studio:
    """A server, and its project."""

    session: Session
    port: int
    headers: dict[str, str] = field(default_factory=lambda: {"X-Studio-Token": TOKEN, "X-Studio": "1"})

    @property
    def path(self) -> Path:
        return self.session.project.path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={TOKEN}"

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request with the token, or with other headers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection.request(method, path, data, self.headers if headers is None else headers)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def state(self) -> dict[str, Any]:
        status, _, data = self.ask("GET", "/api/state")
        assert status == 200
        return dict(json.loads(data))

    def change(self, *changes: dict[str, Any]) -> str:
        """Change the project; returns what is wrong, or nothing."""
        status, _, data = self.ask("POST", "/api/change", {"changes": changes})
        return "" if status == 200 else str(json.loads(data)["error"])

    def wait(self, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + 300
        while not done(state := self.state()):
            assert time.monotonic() < end, state
            time.sleep(0.05)
        return state


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of two people, one after the other, and a sound."""
    folder = tmp_path_factory.mktemp("studio")
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    write_film(folder / "film.mkv", source[60 : 60 + CUT] + source[200 : 200 + FRAMES - CUT])
    shutil.copy(DEMO_DUB, folder / "anna.ogg")
    (folder / "film.toml").write_text(new_text("film.mkv"), encoding="utf-8")
    return folder


def write_film(path: Path, clip: vs.VideoNode, sound: NDArray[np.float32] | None = None) -> None:
    """Write frames of the demo without loss, and samples at 16 kHz, if there are any."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = clip.width, clip.height, "yuv420p"
        audio = None if sound is None else container.add_stream("pcm_f32le", rate=16000, layout="mono")
        for n, frame in enumerate(clip.frames()):
            picture = av.VideoFrame(clip.width, clip.height, "yuv420p")
            for plane, rows in zip(picture.planes, planes_of(frame), strict=True):
                target = np.frombuffer(plane, np.uint8).reshape(len(rows), -1)
                target[:, : rows.shape[1]] = rows
            picture.pts = n
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            block = av.AudioFrame.from_ndarray(sound[None], "flt", "mono")
            block.sample_rate, block.pts = 16000, 0
            container.mux(audio.encode(block))
            container.mux(audio.encode(None))


@contextmanager
def held(footage: SourceClip, at: int) -> Iterator[tuple[SourceClip, threading.Event]]:
    """Give the footage with frames that are not there, from one on, before an event."""
    gate = threading.Event()

    def wait(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n >= at:
            gate.wait(120)
        return f

    try:
        yield replace(footage, clip=footage.clip.std.ModifyFrame(footage.clip, wait)), gate
    finally:
        gate.set()


@pytest.fixture(scope="module")
def studio(film: Path, home: Path) -> Iterator[Studio]:
    """A server of a project of that film, analysed."""
    with opened(film / "film.toml") as made:
        yield made


@contextmanager
def opened(project: Path) -> Iterator[Studio]:
    """Open a project, and wait until its film is analysed."""
    session = Session(project, Program(), [])
    with listen("127.0.0.1", 0) as bound:
        server = server_of(session, bound, "127.0.0.1", TOKEN)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        session.start()
        made = Studio(session, bound.getsockname()[1])
        try:
            made.wait(lambda state: state["analysis"]["stage"] == "ready")
            yield made
        finally:
            server.should_exit = True
            thread.join()
            session.close()


@dataclass
class Page:
    """The studio's page in a browser."""

    browser: Browser

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + 300
        while not self.browser.value(expression):
            assert time.monotonic() < end, (expression, self.browser.value("document.body.innerText"))
            time.sleep(0.2)

    def click(self, selector: str) -> None:
        """Press a button that is there and can be pressed."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.until(f"{found} && {found}.ariaDisabled !== 'true' && !{found}.disabled && !{found}.hidden")
        self.browser.value(f"({found}.focus(), {found}.click(), null)")

    def pick(self, selector: str, value: str) -> None:
        """Choose a value."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.until(f"[...{found}?.options ?? []].some((option) => option.value === {json.dumps(value)})")
        changed = f"{found}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        self.browser.value(f"({found}.value = {json.dumps(value)}, {changed}, null)")

    def go_to(self, frame: int) -> None:
        """Make a frame the current one."""
        self.browser.value("document.getElementById('timeline').focus()")
        self.browser.value(f"import('/page/script/view.js').then(({{goTo}}) => goTo({frame}))")
        self.until(f"document.getElementById('timeline').ariaValueNow === '{frame}'")
