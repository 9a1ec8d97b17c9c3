"""A clip whose frames come through a pipe, once and in order, of which some are kept."""

import threading
from io import RawIOBase
from typing import Final

import vapoursynth as vs

from vs_lipsync.errors import JobError, LipsyncError
from vs_lipsync.media.y4m import Y4mFrame, Y4mHeader, read_frame

__all__ = ["PipeClip"]


class PipeClip:
    """Frames from a pipe, read by a thread of its own, as far as it is told to, and no further.

    The thread asks VapourSynth for nothing: it may still wait for the pipe when the program ends. Nodes that are made
    of the frames never wait for the pipe: ask only for what depends on frames that are there.
    """

    def __init__(self, stream: RawIOBase, header: Y4mHeader) -> None:
        """Read frames of a y4m stream whose header has been read."""
        self.header: Final = header
        self._stream = stream
        self._frames: dict[int, Y4mFrame] = {}
        self._first = self._read = self._wanted = 0
        self._ended = False
        self._error: LipsyncError | OSError | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="lipsync-pipe", daemon=True).start()

    def node(self, length: int) -> vs.VideoNode:
        """Return a clip of these frames, as if there were `length` of them."""
        header = self.header
        blank = vs.core.std.BlankClip(
            width=header.width,
            height=header.height,
            format=header.format.id,
            length=length,
            fpsnum=header.rate.numerator,
            fpsden=header.rate.denominator,
            keep=True,
        )

        def frame(n: int, f: vs.VideoFrame) -> vs.VideoFrame:  # noqa: ARG001 - VapourSynth passes it by name
            return self.at(n).made(header)

        return blank.std.ModifyFrame([blank], frame)

    def at(self, number: int) -> Y4mFrame:
        """Return a frame that has been read; vs.Error if it has not, or is no longer kept."""
        with self._changed:
            found = self._frames.get(number)
        if found is None:
            raise vs.Error(f"lipsync: frame {number} of the pipe is not at hand")
        return found

    def want(self, count: int) -> None:
        """Have so many frames read, from the first one on, as they come."""
        with self._changed:
            self._wanted = max(self._wanted, count)
            self._changed.notify_all()

    def has(self, count: int) -> bool:
        """Tell whether so many frames have been read, or all that there are."""
        with self._changed:
            return self._read >= count or self._ended

    def wait(self, count: int) -> int | None:
        """Wait for so many frames; returns how many there are in all if they are fewer, or just as many and no more.

        None means that there are so many at least.
        """
        self.want(count)
        with self._changed:
            self._changed.wait_for(lambda: self._read >= count or self._ended)
            return self._read if self._read < count else None

    def forget(self, count: int) -> None:
        """Keep the first `count` frames no longer."""
        with self._changed:
            for number in range(self._first, min(count, self._read)):
                del self._frames[number]
            self._first = max(self._first, min(count, self._read))

    def check(self) -> None:
        """Say what was wrong with the stream's end.

        Raises:
            JobError: it ended in the middle of a frame, or could not be read on.
        """
        if self._error is not None:
            raise JobError(f"standard input is damaged behind frame {self._read}: {self._error}") from self._error

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._read < self._wanted)
            try:
                frame = read_frame(self._stream, self.header)
            except (LipsyncError, OSError) as error:
                frame, self._error = None, error
            with self._changed:
                if frame is None:
                    self._ended = True
                else:
                    self._frames[self._read] = frame
                    self._read += 1
                self._changed.notify_all()
                if frame is None:
                    return
