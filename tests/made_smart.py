"""Smart renders for tests, but for the faces: frames that count as dubbed are the source's, upside down."""

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import vapoursynth as vs

from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.render import RenderJob
from vs_lipsync.cli.jobs.rendering.smart import SmartRender, SmartSource
from vs_lipsync.media.encoding.encoder_options import DEFAULT, EncoderOptions
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.mux import DubTrack, InputStreams
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.media.streams import contents_of
from vs_lipsync.plan.outcomes import Outcome

__all__ = ["FOOTAGE", "complaints", "dubbed_clip", "footage", "make"]

FOOTAGE = Path(__file__).parent.parent / "demo" / "footage.mp4"


def footage(path: Path, *options: str, frames: int = 96, size: str = "192:108", source: Path = FOOTAGE) -> Path:
    """Encode the beginning of the demo's footage, small."""
    command = [ffmpeg_program(), "-v", "error", "-i", str(source), "-frames:v", str(frames), "-map", "0:v:0"]
    command += ["-vf", f"scale={size}", *options, "-y", str(path)]
    subprocess.run(command, check=True)
    return path


def dubbed_clip(clip: vs.VideoNode, changed: Sequence[tuple[int, int]]) -> tuple[vs.VideoNode, list[Outcome]]:
    """Turn frames from one to before another of each pair upside down, and say what happens to all."""
    flipped = clip.std.FlipVertical().std.SetFrameProps(LipSyncAction="dub", LipSyncReason="a test")
    passed = clip.std.SetFrameProps(LipSyncAction="pass", LipSyncReason="outside the dub")
    is_changed = [any(first <= n < stop for first, stop in changed) for n in range(clip.num_frames)]
    made = clip.std.FrameEval(lambda n: flipped if is_changed[n] else passed, clip_src=[flipped, passed])
    outcomes = [Outcome("dub", "a test") if one else Outcome("pass", "outside the dub") for one in is_changed]
    return made, outcomes


def _failing(clip: vs.VideoNode, first: int) -> vs.VideoNode:
    def frame(n: int) -> vs.VideoNode:
        if n >= first:
            raise ValueError("a frame that cannot be made")
        return clip

    return clip.std.FrameEval(frame, clip_src=clip)


def make(
    source: Path,
    dub: Path,
    output: Path,
    changed: Sequence[tuple[int, int]],
    *,
    first: int = 0,
    stop: int | None = None,
    options: str = DEFAULT,
    piece: float = 30.0,
    fails_at: int | None = None,
) -> SmartRender:
    """Write a smart render of a source; its frames of the pairs in `changed` are upside down.

    Frames from `fails_at` on cannot be made.

    Raises:
        SmartRenderError: it cannot be done.
    """
    opened = SourceClip.open(source)
    clip, outcomes = dubbed_clip(opened.clip, changed)
    stop = clip.num_frames if stop is None else stop
    if fails_at is not None:
        clip = _failing(clip, fails_at)
    encoder = EncoderOptions.parse(options.split())
    copyable = SmartSource.of(opened, SourceOptions(), encoder, output.suffix)
    smart = SmartRender.of(copyable, outcomes[first:stop], (first, stop), opened.timeline)
    smart.announce()
    contents = contents_of(source, output.suffix.lower(), video=opened.stream)
    is_range = (first, stop) != (0, clip.num_frames)
    job = RenderJob(
        clip=clip[first:stop],
        begins_shot=lambda n: False,
        file=MuxedFile(
            sound=DubTrack(dub, Fraction(-first / clip.fps)),
            streams=InputStreams(contents, opened.start + first / clip.fps, is_range, opened.shifts),
            encoder=smart.encoder,
        ),
        piece=piece,
        smart=smart,
    )
    job.write(output, {"encoder": str(smart.encoder), "smart render": smart.described}, overwrite=True)
    return smart


def complaints(path: Path) -> str:
    """Return what FFmpeg says while it decodes a file's pictures."""
    command = [ffmpeg_program(), "-v", "warning", "-i", str(path), "-map", "0:v:0", "-f", "null", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr
