"""Whole jobs for tests, but for the faces: what is written is the source's own frames."""

import hashlib
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.pictures import Pictures
from vs_lipsync.cli.jobs.rendering.render import RenderJob
from vs_lipsync.cli.jobs.rendering.writers import Writers
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.mux import DubTrack, InputStreams
from vs_lipsync.media.sign import Signature
from vs_lipsync.media.source import SourceClip
from vs_lipsync.media.streams import Contents, contents_of

__all__ = ["RATE", "digest", "make", "packets", "sound_of", "timed_packets"]

FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")
RATE = 48_000


@dataclass(frozen=True)
class Labelled:
    """Frames of a file, each of which takes `pause` seconds, for any process to open."""

    source: Path
    first: int
    stop: int
    pause: float

    def __call__(self) -> Pictures:
        clip, first = SourceClip.open(self.source).clip, self.first

        def label(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
            time.sleep(self.pause)
            frame = f.copy()
            dubbed = n >= 30 or (10 <= n < 20 and n % 2 == 0)
            frame.props["LipSyncAction"] = "dub" if dubbed else "pass"
            frame.props["LipSyncReason"] = "a test"
            return frame

        shots = Analysis.of(clip)
        labelled = clip.std.ModifyFrame([clip], label)[first : self.stop]
        return Pictures(labelled, clip[first : self.stop], lambda n: shots.begins_shot(first + n))


def make(
    source: Path,
    dub: Path,
    output: Path,
    *,
    first: int = 0,
    stop: int | None = None,
    options: tuple[str, ...] = FAST,
    language: str = "",
    replace_audio: bool = False,
    model: str | None = "warp",
    piece: float = 30.0,
    overwrite: bool = False,
    pause: float = 0.0,
    signature: Signature | None = None,
    workers: int = 1,
    cluster: ModuleType | None = None,
) -> Contents:
    """Write frames of a file to another one, with a dub that starts with the file.

    Every other frame from the tenth to the twentieth counts as dubbed, and all from the thirtieth on. Each takes
    `pause` seconds to make. Pieces are written in so many `workers`, or by
    a `cluster`, Ray's module.
    """
    footage = SourceClip.open(source)
    clip = footage.clip
    stop = clip.num_frames if stop is None else stop
    pictures = Labelled(source, first, stop, pause)
    opened = pictures()
    contents = contents_of(source, output.suffix.lower(), replace_audio=replace_audio)
    is_range = (first, stop) != (0, clip.num_frames)
    streams = InputStreams(contents, footage.start + first / clip.fps, is_range, footage.shifts)
    sound = DubTrack(dub, Fraction(-first / clip.fps), language)
    job = RenderJob(
        clip=opened.clip,
        begins_shot=opened.begins_shot,
        file=MuxedFile(sound, streams, EncoderOptions.parse(options), model, signature=signature),
        piece=piece,
        elsewhere=lambda: pictures,
        writers=Writers(workers, cluster),
    )
    job.write(output, {"input": str(source)}, overwrite=overwrite)
    return contents


def packets(path: Path, kind: str, number: int) -> list[bytes]:
    """Return what the packets of the number-th stream of a kind hold."""
    with av.open(str(path)) as container:
        stream = [s for s in container.streams if s.type == kind][number]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def timed_packets(path: Path, kind: str, number: int) -> list[tuple[float, bytes]]:
    """Return when the packets of a stream start, to the hundredth of a second, and what they hold."""
    with av.open(str(path)) as container:
        stream = [s for s in container.streams if s.type == kind][number]
        return [
            (round(float(packet.pts * packet.time_base), 2), bytes(packet))
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None and packet.time_base is not None
        ]


def digest(path: Path) -> str:
    """Return a checksum of the decoded pictures of a file with their times."""
    words = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            words.update(f"{frame.pts} {frame.format.name}".encode())
            words.update(np.ascontiguousarray(frame.to_ndarray()).tobytes())
    return words.hexdigest()


def sound_of(path: Path, number: int = 0) -> tuple[NDArray[np.float32], float]:
    """Return the first channel of a sound track at 48 kHz, and the second at which it starts."""
    parts, start = [], None
    with av.open(str(path)) as container:
        stream = container.streams.audio[number]
        resampler = av.AudioResampler("flt", "mono", RATE)
        for frame in container.decode(stream):
            start = frame.time if start is None else start
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), start or 0.0
