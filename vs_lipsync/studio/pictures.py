"""Frames as JPEG: of the footage, and of what the filter makes of it."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import vapoursynth as vs

from vs_lipsync.errors import JobError, LipsyncError, one_line
from vs_lipsync.graph.clip import frame_bytes
from vs_lipsync.graph.dubbing import composed
from vs_lipsync.graph.findings import Findings
from vs_lipsync.graph.prepare import Prepared, prepare
from vs_lipsync.graph.properties import ACTION, REASON
from vs_lipsync.graph.proxy import proxy_of
from vs_lipsync.media.source import SourceClip
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.newest import Newest

__all__ = ["SIDES", "VERSIONS", "Dubbed", "Pictures", "Shown", "Version"]

SIDES: Final = (640, 1280, 1920)
"""Longer sides in pixels that pictures may have; they are never larger than the clip."""

QUALITY: Final = 88
"""Of the JPEGs, 0 to 100."""

_REST: Final = 0.4
"""Seconds after a jump for which nobody asks for a frame, before what lies ahead is made."""

type Version = Literal["before", "after", "result"]

VERSIONS: Final = ("before", "after", "result")


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it is shown.

    Attributes:
        jpeg: the picture.
        action: what happened to it; empty for a frame of a file.
        reason: why.
    """

    jpeg: bytes
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Dubbed:
    """A call that was opened.

    Attributes:
        call: the call.
        prepared: the same, ready for its graph.
        clip: its frames.
    """

    call: Call
    prepared: Prepared
    clip: vs.VideoNode


class Pictures:
    """The frames of a clip, before and after, and those of the file that was written of it.

    The nodes stay open, so that what they have found and made is still there when a frame near by is asked for. Of each
    version one frame is made at a time, and one waits: whoever drags along a timeline wants the last one.
    """

    def __init__(self, clip: vs.VideoNode) -> None:
        """Show a clip."""
        self._clip = clip
        self._lock = threading.Lock()
        self._nodes: dict[str, vs.VideoNode] = {"before": clip}
        self._sized: dict[tuple[str, int], vs.VideoNode] = {}
        self._findings = Findings()
        self._call: Call | None = None
        self._dubbed: Dubbed | None = None
        self._block = Grid.for_frames_of(frame_bytes(clip)).block
        self._last = 0
        self._ahead: threading.Timer | None = None
        self._queues: dict[str, Newest[Shown]] = {name: Newest(name) for name in VERSIONS}

    def use(self, call: Call | None) -> None:
        """Show a call from now on; None where nobody speaks. It is opened when a frame of it is asked for."""
        with self._lock:
            self._call = call
            self._forget("after")

    def open_result(self, result: SourceClip | None) -> None:
        """Show a file that was written."""
        with self._lock:
            self._forget("result")
            if result is not None:
                self._nodes["result"] = result.clip

    def dubbed(self) -> Dubbed:
        """Return what the call comes to, of which frames are shown.

        Raises:
            LipsyncError: nobody speaks anything, or it cannot be dubbed.
        """
        with self._lock:
            call, known = self._call, self._dubbed
        if known is not None:
            return known
        if call is None:
            raise JobError("nobody speaks anything yet")
        try:
            prepared = prepare(self._clip, call.voice, call.settings, findings=self._findings)
            made = Dubbed(call, prepared, composed(prepared))
        except vs.Error as error:
            raise JobError(one_line(error)) from error
        with self._lock:
            if self._call is call:  # it has not been changed meanwhile
                self._dubbed = self._dubbed or made
                return self._dubbed
        return made

    def frame(self, version: Version, n: int, side: int) -> "Future[Shown]":
        """Return a frame; it is cancelled if another one of the same version is asked for before its turn.

        Args:
            version: which.
            n: its number; beyond the clip's end, the last one.
            side: longer side of the picture in pixels, one of SIDES.
        """
        if version == "after":
            self._stay()
        return self._queues[version].submit(lambda: self._made(version, n, side))

    def close(self) -> None:
        """Let all go."""
        self._stay()
        for queue in self._queues.values():
            queue.close()
        with self._lock:
            self._nodes.clear()
            self._sized.clear()
            self._dubbed = None

    def _made(self, version: Version, n: int, side: int) -> Shown:
        try:
            node = self._node(version, side)
            with node.get_frame(min(max(n, 0), node.num_frames - 1)) as frame:
                ok, data = cv2.imencode(
                    ".jpg", cv2.cvtColor(rgb_of(frame), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
                )
                if not ok:
                    raise RuntimeError("OpenCV cannot write a JPEG")
                if version == "after":
                    self._look_ahead(node, n)
                return Shown(data.tobytes(), str(frame.props.get(ACTION, "")), str(frame.props.get(REASON, "")))
        except (LipsyncError, vs.Error) as error:
            raise JobError(one_line(error)) from error

    def _look_ahead(self, node: vs.VideoNode, n: int) -> None:
        """Let the next block be made already, in the direction in which somebody moves, once its border is near.

        After a jump that waits: whoever jumps again wants the decoder.
        """
        ahead = n + (self._block // 2 if n >= self._last else -(self._block // 2))
        has_jumped = abs(n - self._last) > self._block
        self._last = n
        if not (0 <= ahead < node.num_frames and ahead // self._block != n // self._block):
            return

        def make() -> None:
            node.get_frame_async(ahead).add_done_callback(_let_go)

        if not has_jumped:
            make()
            return
        with self._lock:
            self._ahead = threading.Timer(_REST, make)
            self._ahead.daemon = True
            self._ahead.start()

    def _stay(self) -> None:
        """Do not make what lies ahead, if that has not begun."""
        with self._lock:
            if self._ahead is not None:
                self._ahead.cancel()
                self._ahead = None

    def _node(self, version: Version, side: int) -> vs.VideoNode:
        with self._lock:
            known = self._sized.get((version, side))
            if known is not None:
                return known
            node = self._nodes.get(version)
        dubbed = self.dubbed() if version == "after" else None
        if dubbed is not None:
            node = dubbed.clip
        if node is None:
            raise JobError("nothing has been rendered yet")
        sized = proxy_of(node, side)
        with self._lock:
            if dubbed is self._dubbed or version != "after":  # it has not been changed meanwhile
                self._sized[version, side] = sized
        return sized

    def _forget(self, version: str) -> None:
        if version == "after":
            self._dubbed = None
        self._nodes.pop(version, None)
        self._sized = {key: node for key, node in self._sized.items() if key[0] != version}


def _let_go(future: "Future[vs.VideoFrame]") -> None:
    """Close a frame that was made for what it leaves in the caches."""
    if future.exception() is None:
        future.result().close()
