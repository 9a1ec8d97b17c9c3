"""What encoders make of what is sent to them. `docs/encoders.md` is made from this."""

import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import vapoursynth as vs

from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.render import RenderJob
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.raw_video import ALPHA
from vs_lipsync.media.mux import DubTrack

__all__ = ["CASES", "EncoderCase", "outcome", "page", "row"]

_ENCODERS = (
    ("libx264", "-crf 16", ".mp4"),
    ("libx265", "-crf 16 -x265-params log-level=0", ".mp4"),
    ("libsvtav1", "-crf 20", ".mkv"),
    ("libvpx-vp9", "-crf 16 -b:v 0 -cpu-used 8", ".webm"),
    ("ffv1", "", ".mkv"),
    ("ffvhuff", "", ".mkv"),
    ("mpeg4", "-q:v 2", ".mp4"),
    ("prores_ks", "-profile:v 4", ".mov"),
    ("mjpeg", "-q:v 2", ".mkv"),
)

_CLOSE = 2.5
"""By how much, of 255, the mean of a field may be another one in RGB after an encoder that loses."""


@dataclass(frozen=True)
class EncoderCase:
    """One thing to try.

    Attributes:
        encoder: FFmpeg's name.
        options: for it.
        suffix: of the file.
        form: of the samples.
        full: whether their range is full.
        alpha: whether there is alpha.
    """

    encoder: str
    options: str
    suffix: str
    form: vs.PresetVideoFormat
    full: bool
    alpha: bool = False

    @property
    def sent(self) -> str:
        """What is sent, in words."""
        return vs.core.get_video_format(self.form).name + (" with alpha" if self.alpha else "")

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.encoder}, {self.sent}, {'full' if self.full else 'limited'}"

    def clip(self) -> vs.VideoNode:
        """Make the clip: a dark, a middle and a light field, in three frames."""
        form = vs.core.get_video_format(self.form)
        peak = (1 << form.bits_per_sample) - 1
        rest = [] if form.color_family == vs.GRAY else [(peak + 1) // 2] * 2
        fields = [
            vs.core.std.BlankClip(
                format=form.id,
                width=64,
                height=96,
                length=3,
                fpsnum=25,
                color=[round(peak * level)] * 3 if form.color_family == vs.RGB else [round(peak * level), *rest],
            )
            for level in (0.1, 0.5, 0.9)
        ]
        clip = vs.core.std.StackHorizontal(fields)
        if self.alpha:
            gray = vs.core.query_video_format(vs.GRAY, vs.INTEGER, form.bits_per_sample, 0, 0)
            alpha = [gray_field(gray, clip, round(peak * level)) for level in (0, 0.5, 1)]
            clip = clip.std.ClipToProp(vs.core.std.StackHorizontal(alpha), ALPHA)
        said = {"_Range": int(self.full), "LipSyncAction": "pass", "LipSyncReason": "a test"}
        if form.color_family != vs.RGB:
            said |= {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1}
        return clip.std.SetFrameProps(**said)


def gray_field(form: vs.VideoFormat, clip: vs.VideoNode, level: int) -> vs.VideoNode:
    """A third of a picture of alpha."""
    return vs.core.std.BlankClip(format=form.id, width=64, height=96, length=clip.num_frames, fpsnum=25, color=[level])


def _cases() -> Iterator[EncoderCase]:
    for encoder, options, suffix in _ENCODERS:
        for form in (vs.YUV420P8, vs.YUV420P10, vs.YUV444P10):
            for full in (False, True):
                yield EncoderCase(encoder, options, suffix, form, full)
        yield EncoderCase(encoder, options, suffix, vs.GRAY8, full=False)
        yield EncoderCase(encoder, options, suffix, vs.RGB24, full=True)
        yield EncoderCase(encoder, options, suffix, vs.YUV444P10, full=False, alpha=True)


CASES: Sequence[EncoderCase] = tuple(_cases())


def outcome(case: EncoderCase) -> tuple[str, str, str]:
    """Encode the clip of a case, and decode it.

    Returns:
        The format and range that the file has; whether samples are equal, or the picture looks the same; and what is
        said.

    Raises:
        AssertionError: the picture looks otherwise.
    """
    clip = case.clip()
    words = [*f"-c:v {case.encoder} {case.options}".split(), "-c:a", "libopus" if case.suffix == ".webm" else "aac"]
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        sound, output = Path(folder) / "silence.wav", Path(folder) / f"out{case.suffix}"
        soundfile.write(sound, np.zeros(4_800, np.float32), 48_000)
        job = RenderJob(
            clip, lambda n: False, MuxedFile(DubTrack(sound, Fraction(0)), None, EncoderOptions.parse(words))
        )
        with contextlib.redirect_stderr(said):
            job.write(output, {})
        made = vs.core.bs.VideoSource(str(output), cachemode=0)
        assert made.num_frames == clip.num_frames
        with clip.get_frame(1) as before, made.get_frame(1) as after:
            held = made.format.name + (" with alpha" if ALPHA in after.props else "")
            full = int(after.props.get("_Range", 0))
            equal = made.format.id == clip.format.id and _are_equal(before, after)
        if not equal:
            np.testing.assert_allclose(_look(made), _look(clip), atol=_CLOSE)
    lines = [line for line in said.getvalue().splitlines() if not line.startswith("dubbing")]
    return f"{held}, {'full' if full else 'limited'}", "equal" if equal else "looks the same", "; ".join(lines)


def _are_equal(before: vs.VideoFrame, after: vs.VideoFrame) -> bool:
    pairs = [(before[n], after[n]) for n in range(before.format.num_planes)]
    if ALPHA in before.props and ALPHA in after.props:
        pairs.append((before.props[ALPHA][0], after.props[ALPHA][0]))
    return before.props["_Range"] == after.props.get("_Range", 0) and all(
        np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs
    )


def _look(clip: vs.VideoNode) -> list[float]:
    """Return the means of the three fields in ordinary RGB, by what frames say of their colours, and their alpha's."""
    matrix = None if clip.format.color_family == vs.RGB else 1
    with clip.resize.Bicubic(format=vs.RGB24, matrix_in=matrix).get_frame(1) as frame:
        found = [float(np.asarray(frame[1])[40:56, x : x + 32].mean()) for x in (16, 80, 144)]
    with clip.get_frame(1) as frame:
        alpha = frame.props.get(ALPHA)
        if isinstance(alpha, vs.VideoFrame):
            peak = (1 << alpha.format.bits_per_sample) - 1
            plane = np.asarray(alpha[0]) / peak * 255
            assert [float(plane[40:56, x : x + 32].mean()) for x in (16, 80, 144)] == [
                pytest.approx(level, abs=_CLOSE) for level in (0, 127.5, 255)
            ]
    return found


def page(rows: Sequence[tuple[EncoderCase, tuple[str, str, str]]]) -> str:
    """Write what became of cases as a page of the documentation."""
    lines = [row(case, made) for case, made in rows]
    return "\n".join([*_HEAD, *lines, ""])


def row(case: EncoderCase, made: tuple[str, str, str]) -> str:
    """Write what became of a case as a line of the table."""
    held, same, said = made
    return f"| {case.encoder} | {case.sent}, {'full' if case.full else 'limited'} | {held} | {same} | {said} |"


_HEAD = """\
# What encoders make of it

Written by `python scripts/make_encoder_table.py`, which runs the cases of `tests/encoder_cases.py`, as the tests do:
each is encoded, decoded again, and compared.

What an encoder cannot hold is converted for it, to the format that keeps most, and a line says so: without one, FFmpeg
would convert in silence. Many encoders cannot say whether the range of samples is limited or full. Then the file says
it, where it can; where not, samples are converted, which is told too. The first frames of each piece of a job are
decoded and compared with those that were sent. If a lossless encoder has changed a sample, or another
one the brightness or the contrast, the job ends with a line. Lossless are those that know no other way, such as FFV1,
and libx264 with `-qp 0`, or in 8 bits `-crf 0`, libvpx-vp9 with `-lossless 1`, and libx265, libaom-av1 and libsvtav1
with `lossless=1` among their parameters.

*equal* means every sample; *looks the same* means that fields of 10, 50 and 90 % have the same colour in RGB, by the
tags of the file, to 1 %. ProRes is decoded to 12 bits whatever it was given. VP9 keeps alpha beside its pictures, where
only `ffmpeg -c:v libvpx-vp9 -i` finds it. A `-pix_fmt`, a `-color_range` or a filter among `--encoder-args` counts more
than all this.

| encoder | sent | the file has | samples | what is said |
| --- | --- | --- | --- | --- |""".splitlines()
