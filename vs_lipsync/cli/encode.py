"""Writing a clip and its new sound to a file with FFmpeg."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import vapoursynth as vs

from vs_lipsync.cli.colour import colour_options
from vs_lipsync.cli.errors import JobError, one_line
from vs_lipsync.cli.ffmpeg import Ffmpeg
from vs_lipsync.cli.y4m import FRAME_HEADER, frame_planes, stream_header
from vs_lipsync.version import __version__

__all__ = ["Sound", "encode"]

_OPUS = (".webm", ".mkv", ".mka", ".ogg", ".ogv", ".opus")
_ISO_MEDIA = (".mp4", ".m4v", ".mov")


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of the file to write.

    Attributes:
        path: a media file, of which the first sound track is taken.
        delay: seconds in the output at which it starts; below 0, its beginning is left out.
    """

    path: Path
    delay: Fraction


def encode(
    clip: vs.VideoNode, sound: Sound, output: Path, encoder: Sequence[str], done: Callable[[vs.VideoFrame], None]
) -> None:
    """Encode a clip and its sound. The file appears at its place when it is whole; nothing is left of a failed try.

    Args:
        clip: frames of a format that y4m carries, at a constant rate.
        sound: what to hear.
        output: the file to write, or to replace; its extension tells the container.
        encoder: FFmpeg options for the video, or any other options of the output.
        done: called with each frame that has been sent to the encoder.

    Raises:
        JobError: a frame cannot be made, or FFmpeg fails.
    """
    with _scratch_folder(output) as scratch:
        written = scratch / f"output{output.suffix}"
        first = _frame(clip)
        with Ffmpeg(_arguments(clip, first, sound, written, encoder)) as ffmpeg:
            ffmpeg.write(stream_header(clip, first))
            try:
                for frame in clip.frames(close=True):  # keeps as many requests in flight as the core has threads
                    ffmpeg.write(FRAME_HEADER)
                    for plane in frame_planes(frame):
                        ffmpeg.write(plane.data)
                    done(frame)
            except vs.Error as error:
                raise JobError(one_line(error)) from error
            ffmpeg.finish()
        written.replace(output)


@contextmanager
def _scratch_folder(output: Path) -> Iterator[Path]:
    """Make a folder beside a file's place, since a file can be moved at once only within one file system."""
    folder = output.parent / f".{output.name[:40]}-{uuid4().hex[:8]}"
    try:
        folder.mkdir()  # inside the try, so that Ctrl-C leaves nothing behind whenever it comes
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _frame(clip: vs.VideoNode) -> vs.VideoFrame:
    try:
        return clip.get_frame(0)
    except vs.Error as error:
        raise JobError(one_line(error)) from error


def _arguments(
    clip: vs.VideoNode, first: vs.VideoFrame, sound: Sound, output: Path, encoder: Sequence[str]
) -> list[str]:
    suffix = output.suffix.lower()
    video = ["-f", "yuv4mpegpipe", *colour_options(first), "-i", "pipe:0"]
    length = clip.num_frames / clip.fps
    # Paths are absolute and have the protocol in front, so that no name can pass for an option or another protocol.
    dub = ["-i", f"file:{sound.path.absolute()}", "-filter_complex", f"[1:a:0]{_placed(sound.delay, length)}[dub]"]
    streams = ["-map", "0:v:0", "-map", "[dub]"]
    options = ["-c:a", "libopus" if suffix in _OPUS else "aac", "-b:a", "192k", "-fps_mode", "passthrough"]
    if suffix in _ISO_MEDIA:
        options += ["-movflags", "+faststart"]
    options += ["-metadata", f"comment=Re-voiced with vs-lipsync {__version__}"]
    return [*video, *dub, *streams, *options, *encoder, "-y", f"file:{output.absolute()}"]


def _placed(delay: Fraction, length: Fraction) -> str:
    """Return the filter that puts the dub at its time and cuts it at the end of the picture."""
    # Sound that starts later than its file keeps its place: the gap is filled before anything is counted.
    steps = ["aresample=async=1:first_pts=0"]
    if delay < 0:
        steps += [f"atrim=start={float(-delay):.6f}", "asetpts=PTS-STARTPTS"]
    elif delay > 0:
        steps += [f"adelay=delays={float(delay * 1000):.3f}:all=1"]
    return ",".join([*steps, f"atrim=end={float(length):.6f}"])
