"""Where the samples of a sound track lie whose packets follow each other without a gap."""

from dataclasses import dataclass
from fractions import Fraction

import av

from vs_lipsync.speech.placing import ROUNDING
from vs_lipsync.speech.sound_stream import layout_name

__all__ = ["Grid", "StreamKind", "frame_kind"]


@dataclass(frozen=True, slots=True)
class StreamKind:
    """What the samples of a frame are: FFmpeg's name of their format and of the channels, and the rate."""

    form: str
    layout: str
    rate: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the samples of a track lie, sample 0 being the first one that is heard.

    Attributes:
        kind: what they are at the start.
        ticks: samples per unit of the packets' times.
        time: of a packet, in such units ...
        sample: ... and the number of its first sample.
        unit: samples of each packet; 1 if times tell each sample.
        start: second of the timeline at which sample 0 is heard.
        last: time of the last packet.
    """

    kind: StreamKind
    ticks: Fraction
    time: int
    sample: int
    unit: int
    start: Fraction
    last: int

    def sample_at(self, time: int) -> int:
        """Return the number of the first sample of a packet that has a time."""
        exact = (time - self.time) * self.ticks
        whole = round(exact / self.unit) * self.unit
        tells = abs(exact - whole) <= ROUNDING * self.kind.rate
        return self.sample + (whole if tells else round(exact))

    def holds(self, time: int) -> bool:
        """Tell whether packets without gaps may have one at a time."""
        exact = (time - self.time) * self.ticks
        return abs(exact - round(exact / self.unit) * self.unit) <= ROUNDING * self.kind.rate

    def time_of(self, sample: int) -> int:
        """Return a time of packets, not later than that of a sample."""
        return int(self.time + (sample - self.sample) // self.ticks)


def frame_kind(frame: av.AudioFrame) -> StreamKind:
    """Return what the samples of a frame are."""
    return StreamKind(frame.format.name, layout_name(frame.layout), frame.sample_rate)
