"""The background of the studio: it analyses the clip once, and works out the project again whenever it has changed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vapoursynth as vs

from vs_lipsync.errors import LipsyncError, one_line
from vs_lipsync.graph.clip import facts_of
from vs_lipsync.graph.plan_writer import write_plan
from vs_lipsync.media.source import SourceClip
from vs_lipsync.plan.file.stored import StoredPlan
from vs_lipsync.report.people import Known
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.footage import Footage
from vs_lipsync.studio.parts import PartReader
from vs_lipsync.studio.pulse import Pulse

__all__ = ["Analyst", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the background is.

    Attributes:
        stage: "analysing", "people", "planning", "ready" or "failed".
        done: frames that are done of the stage.
        total: frames of the stage.
        message: what is wrong, in one line.
    """

    stage: str
    done: int = 0
    total: int = 0
    message: str = ""


class _StoppedError(Exception):
    """The studio closes, or the project has changed meanwhile."""


class Analyst:
    """A thread that makes what the timeline shows."""

    def __init__(self, source: SourceClip, plan: Path, pulse: Pulse, planned: Callable[[Path], None]) -> None:
        """Prepare the thread.

        Args:
            source: the clip.
            plan: its plan file, which is made if it is not there.
            pulse: is beaten when something has changed.
            planned: called when the plan is there.
        """
        self._source = source
        self._plan = plan
        self._pulse = pulse
        self._planned = planned
        self._changed = threading.Condition()
        self._call: Call | None = None
        self._wanted = 0
        self._closed = False
        self.looked = 0
        """How often the cuts have changed."""
        self.progress = Progress("analysing", 0, source.clip.num_frames)
        self.known: Footage | None = None
        """What was found; None until then."""
        self.footage: dict[str, Any] | None = None
        self.footage_count = 0
        self.parts: dict[str, Any] | None = None
        self.parts_count = 0
        self.people: list[tuple[tuple[int, int, int], int]] = []
        """Place in the clip, and number of frames, of each person that was found."""
        self._thread = threading.Thread(target=self._work, name="analysis", daemon=True)

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def show(self, call: Call) -> None:
        """Work out this project next; what is being worked out now is given up."""
        with self._changed:
            self._call = call
            self._wanted += 1
            self._changed.notify()

    def look_again(self) -> None:
        """Take the plan's cuts as they are now; `show` is to follow."""
        with self._changed:
            self.looked += 1

    def close(self) -> None:
        """End the thread soon; an analysis that is not finished goes on from there the next time."""
        with self._changed:
            self._closed = True
            self._wanted += 1
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(10)

    def _work(self) -> None:
        try:
            self._make_plan()
            self._planned(self._plan)
            seen: Known = {}
            while not self._closed:
                looked = self.looked
                self._say(Progress("people"))
                self._look(seen)
                assert self.known is not None
                self._follow(PartReader(self._source.clip, self.known), looked)
        except _StoppedError:
            pass
        except Exception as error:
            self._say(Progress("failed", message=one_line(error)))
            if not isinstance(error, LipsyncError | OSError | vs.Error):
                raise

    def _look(self, seen: Known) -> None:
        source = self._source
        self.known = footage = Footage.of(source.clip, source.path, self._plan, source.timeline, seen, self.known)
        self.footage = footage.told()
        self.people = [
            (lane.place, sum(span.stop - span.first for span in lane.spans))
            for lane in footage.named
            if lane.place is not None
        ]
        self.footage_count += 1
        self._pulse.beat()

    def _make_plan(self) -> None:
        clip = self._source.clip
        if self._plan.exists():
            StoredPlan.open(self._plan).check(facts_of(clip))
            return

        def done(frames: int) -> None:
            if self._closed:
                raise _StoppedError
            self._say(Progress("analysing", frames, clip.num_frames))

        write_plan(clip, self._plan, done=done)

    def _follow(self, reader: PartReader, looked: int) -> None:
        """Work out one project after the other, until the cuts have changed."""
        shown = 0
        while True:
            with self._changed:
                while self._wanted == shown and not self._closed:
                    self._changed.wait()
                if self._closed or self.looked != looked:
                    return
                call, shown = self._call, self._wanted
            assert call is not None

            def done(frames: int, total: int, shown: int = shown) -> None:
                if self._wanted != shown:
                    raise _StoppedError
                self._say(Progress("planning", frames, total))

            try:
                if call.speaks:
                    self._say(Progress("planning"))
                    self.parts = reader.told(call.with_plan(self._plan), done)
                else:
                    self.parts = {"parts": [], "top": 1, "excluded": [], "reasons": []}
                self.parts_count += 1
                self._say(Progress("ready"))
            except _StoppedError:
                continue
            except (LipsyncError, vs.Error) as error:
                self._say(Progress("ready", message=one_line(error)))

    def _say(self, progress: Progress) -> None:
        self.progress = progress
        self._pulse.beat()
