"""Sending a clip's frames to an encoder: in which format, with which range, and what is expected back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import vapoursynth as vs

from vs_lipsync.media.encoding.colour import colour_options, sample_range
from vs_lipsync.media.encoding.lossless import is_lossless
from vs_lipsync.media.encoding.odd_size import held_size
from vs_lipsync.media.encoding.raw_video import (
    FILTER_OPTIONS,
    SentVideo,
    input_options,
    sent_planes,
    sent_video,
    shape_filter,
)
from vs_lipsync.media.encoding.sample_range import RangePlan, plan_range, with_range
from vs_lipsync.media.encoding.written import SentFrame, check_written
from vs_lipsync.media.ffmpeg import Ffmpeg

__all__ = ["Sending", "SendingForm"]

_TAGS: Final = {"-colorspace": "colorspace", "-color_primaries": "color_primaries", "-color_trc": "color_trc"}
"""FFmpeg's options that tag samples, and what decoded frames call them."""


@dataclass(frozen=True, slots=True)
class SendingForm:
    """How frames of a clip go to FFmpeg, for another process that opens the same clip. It can be pickled.

    Attributes:
        encoder: FFmpeg's name of the encoder; None if it is FFmpeg that chooses it.
        options: FFmpeg's for the pictures, as the user has them.
        suffix: extension of the file to write, in small letters.
        plan: what becomes of the range of the samples.
        size: width and height of what is kept of each frame; None for all of it.
    """

    encoder: str | None
    options: tuple[str, ...]
    suffix: str
    plan: RangePlan
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """How the frames of a clip go to FFmpeg.

    Attributes:
        video: what is sent.
        form: the same for another process.
        source: as the clip in `video`, before something was done to its pictures; its first frame says how all are to
            be tagged.
    """

    video: SentVideo
    form: SendingForm
    source: vs.VideoNode

    @classmethod
    def of(
        cls,
        clip: vs.VideoNode,
        encoder: str | None,
        options: Sequence[str],
        suffix: str,
        *,
        can_tag: bool,
        source: vs.VideoNode | None = None,
        size: tuple[int, int] | None = None,
    ) -> "Sending":
        """Find out how.

        Args:
            clip: frames of any format.
            encoder: FFmpeg's name of the encoder; None if it is FFmpeg that chooses it.
            options: FFmpeg's, for the pictures.
            suffix: extension of the file to write, in small letters.
            can_tag: whether the container says the range of samples where the codec cannot.
            source: the clip before something was done to its pictures, whose first frame is asked for instead.
            size: width and height of what is to be seen of a clip that is padded; None for all of it.

        Raises:
            vs.Error: a frame cannot be made.
        """
        shown = clip if source is None else source
        with shown.get_frame(0) as frame:
            video = sent_video(shown, frame, encoder, options, suffix)
        held, lost = size, []
        if size is not None:
            held = held_size(video, size, [*video.pin, *options])
            video = replace(video, size=held)
            if held != size:
                unheld = f"{encoder or 'the encoder'} does not hold {size[0]} x {size[1]}, as ffv1 or libvpx-vp9 do"
                lost = [f"{unheld}, among others: it becomes {held[0]} x {held[1]}"]
        with video.clip.get_frame(0) as frame:
            plan = plan_range(video, sample_range(frame), [*video.pin, *options], can_tag=can_tag)
        sending = cls.again(clip, shown, SendingForm(encoder, tuple(options), suffix, plan, held))
        return replace(sending, video=replace(sending.video, notes=(*sending.video.notes, *lost)))

    @classmethod
    def again(cls, clip: vs.VideoNode, source: vs.VideoNode, form: SendingForm) -> "Sending":
        """Send a clip as it was found out before; `source` as for `of`. vs.Error if its frame cannot be made."""
        with source.get_frame(0) as frame:
            video, sooner = (
                sent_video(node, frame, form.encoder, form.options, form.suffix) for node in (clip, source)
            )
        return cls(video if form.size is None else replace(video, size=form.size), form, sooner.clip)

    @property
    def plan(self) -> RangePlan:
        """What becomes of the range of the samples."""
        return self.form.plan

    @property
    def options(self) -> tuple[str, ...]:
        """FFmpeg's options for the pictures, as the user has them."""
        return self.form.options

    @property
    def encoder(self) -> str | None:
        """FFmpeg's name of the encoder; None if it is FFmpeg that chooses it."""
        return self.form.encoder

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of what becomes of the samples."""
        return (*self.video.notes, *([self.plan.note] if self.plan.note else []))

    @property
    def is_filtered(self) -> bool:
        """Whether the user has a filter for the pictures."""
        return any(name in FILTER_OPTIONS for name in self.options)

    def input(self, frame: vs.VideoFrame) -> list[str]:
        """Return FFmpeg's input options for frames that are sent to it, of which this is the first."""
        colours = with_range(colour_options(frame), self.plan.sent)
        return [*input_options(self.video), *colours, "-i", "pipe:0"]

    def output(self, frame: vs.VideoFrame) -> list[str]:
        """Return FFmpeg's output options for the same, the user's among them."""
        options = list(self.options)
        theirs = []
        while at := next((n + 1 for n, word in enumerate(options[:-1]) if word in FILTER_OPTIONS), None):
            theirs = [options[at]]  # FFmpeg takes the last one
            del options[at - 1 : at + 1]
        # OpenEXR has colour times alpha, so that floats with alpha are just that; else FFmpeg would multiply again.
        alpha = "setparams=alpha_mode=premultiplied" if self.encoder == "exr" and self.video.samples.alpha else None
        filters = [part for part in (shape_filter(frame), alpha, self.plan.filter, *theirs) if part]
        chain = ["-vf", ",".join(filters)] if filters else []
        return ["-fps_mode", "passthrough", *self.video.pin, *chain, *options]

    def send(self, ffmpeg: Ffmpeg, frame: vs.VideoFrame) -> None:
        """Send a frame.

        Raises:
            JobError: FFmpeg has ended.
        """
        for plane in sent_planes(frame, self.video.samples, self.video.size):
            ffmpeg.write(plane.data)

    def sent_frame(self, frame: vs.VideoFrame) -> SentFrame:
        """Return what the encoder's picture of a frame is to be compared with."""
        words = colour_options(frame)
        colours = {name: int(words[words.index(option) + 1]) for option, name in _TAGS.items() if option in words}
        if self.plan.tag is None and self.plan.sent is not None:
            colours["color_range"] = self.plan.sent
        planes = [plane.copy() for plane in sent_planes(frame, self.video.samples, self.video.size)]
        return SentFrame(self.video.samples, planes, colours)

    def check(self, path: Path, sent: Sequence[SentFrame]) -> list[str]:
        """Compare the first frames of a file with what was sent; result and errors as for `check_written`."""
        same = not self.is_filtered and self.plan.note is None
        lossless = is_lossless(self.encoder, self.options, self.video.samples.bits)
        return check_written(path, sent, same_samples=same, lossless=lossless, alpha_beside=self.video.alpha_beside)
