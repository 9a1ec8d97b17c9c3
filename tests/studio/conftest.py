"""A studio on a short film with two people, and the browser."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.report.conftest import chromium
from vs_lipsync.cli.commands.studio import Program
from vs_lipsync.planes.frames import planes_of
from vs_lipsync.studio.project_text import new_text
from vs_lipsync.studio.serve import listen, server_of
from vs_lipsync.studio.session import Session

__all__ = ["chromium"]

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
        end = time.monotonic() + 120
        while not done(state := self.state()):
            assert time.monotonic() < end, state
            time.sleep(0.05)
        return state


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of two people, one after the other, and a sound."""
    folder = tmp_path_factory.mktemp("studio")
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    clip = source[60 : 60 + CUT] + source[200 : 200 + FRAMES - CUT]
    with av.open(str(folder / "film.mkv"), "w") as container:
        video = container.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = clip.width, clip.height, "yuv420p"
        for n, frame in enumerate(clip.frames()):
            picture = av.VideoFrame(clip.width, clip.height, "yuv420p")
            for plane, rows in zip(picture.planes, planes_of(frame), strict=True):
                target = np.frombuffer(plane, np.uint8).reshape(len(rows), -1)
                target[:, : rows.shape[1]] = rows
            picture.pts = n
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
    shutil.copy(DEMO_DUB, folder / "anna.ogg")
    (folder / "film.toml").write_text(new_text("film.mkv"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def studio(film: Path, home: Path) -> Iterator[Studio]:
    """A server of a project of that film, analysed."""
    session = Session(film / "film.toml", Program(), [])
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
