"""Looking at a finished file: all packets are those that were to be in it, and all pictures are right."""

import tempfile
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import dropwhile
from pathlib import Path
from typing import Final

import av

from vs_lipsync.errors import SmartRenderError, one_line
from vs_lipsync.media.smart.decoding import decoded, watched
from vs_lipsync.media.smart.excerpts import compared_runs, write_excerpts
from vs_lipsync.media.smart.join import EncodedPart, digest, parts_of
from vs_lipsync.media.smart.packets import Packets
from vs_lipsync.media.smart.runs import Run
from vs_lipsync.media.smart.sections import sections_of
from vs_lipsync.timing.timeline import PartOf, Timeline
from vs_lipsync.workers import processors

__all__ = ["check_packets", "check_pictures"]

type _Found = tuple[dict[int, bytes], list[str]]
"""The digests of the frames that are compared, by their numbers, and what FFmpeg says."""

_ROUNDING: Final = Fraction(51, 100_000)
"""Seconds by which a container may show a frame early or late: Matroska counts in milliseconds."""


def check_packets(path: Path, digests: Sequence[bytes]) -> None:
    """Make sure that a file's pictures are in certain packets.

    Args:
        path: the file.
        digests: of the packets in the order in which they are decoded.

    Raises:
        SmartRenderError: they are not.
    """
    try:
        with av.open(str(path)) as container:
            found = [digest(bytes(packet)) for packet in container.demux(video=0) if packet.size]
    except (av.FFmpegError, OSError) as error:
        raise SmartRenderError(f"the joined file cannot be read: {one_line(error)}") from error
    if len(found) != len(digests):
        raise SmartRenderError(f"the joined file has {len(found)} pictures instead of {len(digests)}")
    other = next((n for n, (a, b) in enumerate(zip(found, digests, strict=True)) if a != b), None)
    if other is not None:
        raise SmartRenderError(f"packet {other} of the joined file is not the one that was put there")


def check_pictures(
    path: Path,
    lead: Fraction,
    source: tuple[Path, int],
    packets: Packets,
    runs: Sequence[Run],
    parts: Sequence[EncodedPart],
    timeline: Timeline,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Decode a whole file: each frame has to be that of the source, or of what was encoded, at its time.

    Sections of it are decoded side by side.

    Of copied frames, those about the joins are compared with the source's. Behind them the decoder is given what it is
    given of the source, as `check_packets` makes sure: from a packet on that needs none before it, the same packets,
    and parameter sets whose numbers no encoded picture uses.

    Args:
        path: the file.
        lead: second in it at which its first frame is shown.
        source: the source and the number of its stream.
        packets: those of the source.
        runs: what was copied, and what was encoded.
        parts: what was encoded.
        timeline: when the frames of the clip are shown; that of the first run's first one is at `lead`.
        done: called after each frame.

    Raises:
        SmartRenderError: a frame is another one, is shown at another time, or FFmpeg has something to say that it does
            not say of the source.
    """
    half = _tick(path) / 2 + _ROUNDING
    chosen = [part for run in runs if run.packets is not None for part in compared_runs(packets, run)]
    pieces = [part for run in runs if run.packets is None for part in parts_of(run, parts)]
    spans: list[Run | EncodedPart] = [*chosen, *pieces]
    numbers = sorted({number for span in spans for number in range(span.first, span.stop)})
    look = _Look(path, lead, PartOf(timeline, runs[0].first), runs[0].first, numbers, half, done)
    sections = sections_of(packets, runs, 2 * processors())
    found: list[_Found] = []
    with ThreadPoolExecutor(processors(), "check") as workers:
        try:
            of_source = workers.submit(_of_source, source, packets, chosen)
            of_parts = [workers.submit(_of_part, part) for part in pieces]
            seen = [workers.submit(look.section, *section, last=section is sections[-1]) for section in sections]
            expected, known = of_source.result()
            expected = expected | {n: digest for part in of_parts for n, digest in part.result().items()}
            try:
                found = [section.result() for section in seen]
            except SmartRenderError:
                if len(sections) == 1:
                    raise
        finally:
            look.is_over = True

    def fault() -> str | None:
        differing = next((n for digests, _ in found for n in digests if digests[n] != expected[n]), None)
        if differing is not None:
            return f"frame {differing} of the joined file is another picture than it has to be"
        new = [text for _, said in found for text in said if text not in known]
        if new and (new := [text for text in new if text not in _messages(source)]):
            return f"FFmpeg says of the joined file: {new[0]}"
        return None

    wrong = fault()
    if not found or (wrong is not None and len(sections) > 1):
        # What is wrong, if anything is, tells the file as it is played: from its beginning.
        look.is_over = False
        found = [look.section(runs[0].first, runs[-1].stop, last=True)]
        wrong = fault()
    if wrong is not None:
        raise SmartRenderError(wrong)


@dataclass(slots=True)
class _Look:
    """What is looked at in a finished file.

    Attributes:
        path: the file.
        lead: second in it at which its first frame is shown.
        timeline: when its frames are shown, after the first one.
        first: number of that one in the clip.
        numbers: of the frames that are compared, rising.
        half: seconds by which a frame may be shown early or late.
        done: called after each frame.
        is_over: whether nobody wants to know any more.
    """

    path: Path
    lead: Fraction
    timeline: PartOf
    first: int
    numbers: Sequence[int]
    half: Fraction
    done: Callable[[], None]
    is_over: bool = False

    def section(self, first: int, stop: int, *, last: bool) -> _Found:
        """Decode frames first..stop - 1 of the clip, which are all that are left of the file if they are the last.

        Returns:
            The digests of those that are compared, by their numbers, and what FFmpeg says.

        Raises:
            SmartRenderError: frames are missing, too many, or shown at other times.
        """
        numbers = self.numbers[bisect_left(self.numbers, first) : bisect_left(self.numbers, stop)]
        begin = None if first == self.first else self._shown(first)
        end = None if last else (self._shown(stop - 1) + self._shown(stop)) / 2
        with watched(self.path, "0:v:0", _spans(numbers, self.first, self._shown), begin, end) as said:
            own = said.times()
            if begin is not None:
                own = dropwhile(lambda time: time < begin - self.half, own)
            number = first - 1
            # The frames come last: one that is too many is still there behind the loop.
            for number, time in zip(range(first, stop), own, strict=False):
                late = time - self._shown(number)
                if abs(late) > self.half:
                    raise SmartRenderError(f"frame {number} of the joined file is shown {float(late):+.4f} s late")
                if self.is_over:
                    break
                self.done()
            if number + 1 != stop or next(own, None) is not None:
                raise SmartRenderError(f"the joined file does not show {stop - self.first} frames")
            found = [frame.digest for frame in said.chosen()]
            if len(found) != len(numbers):
                raise SmartRenderError(
                    f"of {len(numbers)} frames of the joined file that are looked at {len(found)} are shown"
                )
            return dict(zip(numbers, found, strict=True)), said.messages()

    def _shown(self, number: int) -> Fraction:
        """Return when a frame of the clip is shown in the file."""
        return self.lead + self.timeline.start(number - self.first)


def _tick(path: Path) -> Fraction:
    """Return the seconds of a tick of a file's pictures."""
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
        return Fraction(base.numerator, base.denominator) if base else Fraction(0)


def _spans(numbers: Sequence[int], first: int, start: Callable[[int], Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Return between which seconds frames are shown, those of each run of them and no other ones.

    Args:
        numbers: of the frames, rising.
        first: number of the file's first frame.
        start: when a frame is shown; for the one behind the last, when that ends.
    """
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return [
        (
            (start(begin - 1) + start(begin)) / 2 if begin > first else start(begin) - 1,
            (start(end) + start(end + 1)) / 2,
        )
        for begin, end in runs
    ]


def _of_part(part: EncodedPart) -> dict[int, bytes]:
    """Return the digests of frames that were encoded, by their numbers."""
    with decoded(part.path, "0:v:0") as encoded:
        return dict(enumerate((frame.digest for frame in encoded.frames()), part.first))


def _of_source(
    source: tuple[Path, int], packets: Packets, chosen: Sequence[Run]
) -> tuple[dict[int, bytes], frozenset[str]]:
    """Return the digests of copied frames that are compared, by their numbers, and what FFmpeg says of them."""
    with suppress(SmartRenderError), tempfile.TemporaryDirectory() as folder:
        digests: dict[int, bytes] = {}
        messages: set[str] = set()
        for part, path in zip(chosen, write_excerpts(source, packets, chosen, Path(folder)), strict=True):
            with decoded(path, "0:v:0") as excerpt:
                found = [frame.digest for frame in excerpt.frames()]
                messages.update(excerpt.messages())
            if len(found) != len(part):
                raise SmartRenderError("FFmpeg shows fewer frames than there are packets")
            digests |= dict(enumerate(found, part.first))
        return digests, frozenset(messages)
    # Decoding cannot begin in the middle of this source: it is decoded from its beginning.
    wanted = {n for part in chosen for n in range(part.first, part.stop)}
    with decoded(source[0], f"0:{source[1]}") as whole:
        digests = {n: frame.digest for n, frame in enumerate(whole.frames()) if n in wanted}
        if len(digests) != len(wanted):
            raise SmartRenderError("FFmpeg shows fewer frames of the source than are copied")
        return digests, frozenset(whole.messages())


def _messages(source: tuple[Path, int]) -> frozenset[str]:
    """Return what FFmpeg says when it decodes all of a source."""
    with decoded(source[0], f"0:{source[1]}") as whole:
        for _ in whole.frames():
            pass
        return frozenset(whole.messages())
