"""The filter as scripts call it: `lipsync` and its companions."""

import os
from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, TypedDict, Unpack

import vapoursynth as vs

from vs_lipsync.graph.dubbing import composed, masked, plan_props
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.settings.call import CallSettings, Extension
from vs_lipsync.settings.cast import Cast
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import ExemplarSource, Voice
from vs_lipsync.settings.zones import Place, Zone
from vs_lipsync.speech.dub import DubSource, SilencePolicy
from vs_lipsync.timing.seconds import Seconds
from vs_lipsync.timing.timecodes import TimecodeSource

__all__ = ["Options", "lipsync", "lipsync_mask", "lipsync_plan", "split_options"]


class Options(TypedDict, total=False):
    """The keyword arguments of `lipsync`, which its companions take as well."""

    target: Target | None
    exemplars: ExemplarSource | None
    original: DubSource | None
    zones: Sequence[Zone]
    offset: Seconds
    strength: float
    model: str
    device: str
    silence: SilencePolicy
    outside: SilencePolicy
    extend: Extension | None
    plan: str | os.PathLike[str] | None
    timecodes: TimecodeSource | None
    cast: Cast | None
    exclude: Sequence[tuple[Place, Place]]


def lipsync(
    clip: vs.VideoNode,
    dub: DubSource | None = None,
    *,
    target: Target | None = None,
    exemplars: ExemplarSource | None = None,
    original: DubSource | None = None,
    zones: Sequence[Zone] = (),
    offset: Seconds = 0.0,
    strength: float = 1.0,
    model: str = "warp",
    device: str = "auto",
    silence: SilencePolicy = "close",
    outside: SilencePolicy = "pass",
    extend: Extension | None = None,
    plan: str | os.PathLike[str] | None = None,
    timecodes: TimecodeSource | None = None,
    cast: Cast | None = None,
    exclude: Sequence[tuple[Place, Place]] = (),
) -> vs.VideoNode:
    """Make the speaker of a clip speak a dub.

    Frames without the speaker, and those outside the dub, are the clip's own. In the others only the mouth changes.
    Every frame carries the properties LipSyncAction ("dub" or "pass") and LipSyncReason; dubbed ones also LipSyncBox,
    [x, y, width, height] in luma samples, outside of which all planes equal the clip's; several mouths have one such
    box after the other.

    Args:
        clip: constant format and size, progressive; GRAY, YUV or RGB. Its frame rate is constant, but for `timecodes`.
        dub: the new voice: a file that FFmpeg can read (a video's sound, too), an audio node, a list of `Cue`, or a
            subtitle file (.srt, .vtt) whose texts name sound files. It may be None when all zones have their own.
        target: who is to speak: a picture file of the person, or one saved by `vs-lipsync speaker` (.json); a place in
            the clip, as (frame, x, y) in luma samples or as text, "120@640,360"; a `Speaker`; "main", who is on screen
            most; "speaking", whose mouth follows the original sound; or "all", up to four faces at a time. None for the
            main face of each shot.
        exemplars: other footage of the person who speaks, a clip or a video file, in any size, format and rate: where
            the clip shows no open mouth, as a still picture or a silent shot, teeth and tongue are taken from there.
            Without `target`, who speaks is the person whom it shows most.
        original: the clip's own sound, for the target "speaking".
        zones: ranges of the clip with settings of their own; frames outside of them are left alone. If there are none,
            the whole clip is one.
        offset: seconds by which the dub starts after the clip's first frame; negative when it starts before.
        strength: factor on the movement of the lips, 0..2; 1 is the speaker's own range.
        model: what makes the mouths: "warp", out of the footage itself, or "wav2lip:" and the path of a Wav2Lip
            checkpoint, or its name in the model store.
        device: where a checkpoint runs: "auto", "cpu", "cuda" or "cuda:1".
        silence: what happens between the cues of a dub: "close" shuts the mouth, "pass" leaves the footage as it is. A
            pause inside a recording always shuts it.
        outside: the same before the dub's start and after its end.
        extend: what to do when the dub ends after the clip: None to cut it off, "loop" to go on with the footage played
            back and forth until the dub ends, "freeze" to hold the last frame. The whole dub is read for it at once.
        plan: a plan file that was made for this clip, which need not be analysed again then. Who is to speak may be
            said there.
        timecodes: when the frames of a clip of variable frame rate are shown: a file of format v1 or v2, or a list of
            seconds. The first frame's time counts as 0. Clips cannot be extended then.
        cast: several people with a dub each, in place of `dub` and `target`: a dict of targets and dubs, or a list of
            `CastMember`, each with settings of its own. Their dubs may overlap; the clip is analysed once for all.
        exclude: (start, stop) of ranges that are left alone whoever speaks there, in the forms of `Zone`; they may
            overlap, with zones too.

    Returns:
        A clip of the same format, size and rate; and of the same length, if it is not extended.

    Raises:
        vs.Error: the clip, the dub or a zone cannot be used, with what to do about it.
    """
    with named_errors():
        voice = Voice(
            dub,
            offset=offset,
            strength=strength,
            model=model,
            device=device,
            silence=silence,
            outside=outside,
            target=target,
            exemplars=exemplars,
            original=original,
        )
        return composed(prepare(clip, voice, CallSettings(zones, extend, plan, timecodes, cast, exclude)))


def lipsync_mask(clip: vs.VideoNode, dub: DubSource | None = None, **options: Unpack[Options]) -> vs.VideoNode:
    """Show what `lipsync` with the same arguments replaces.

    Returns:
        A GRAY clip of the clip's size and bit depth: 0 where the clip is left alone, the peak value where the new mouth
        stands alone.

    Raises:
        vs.Error: as `lipsync`.
    """
    with named_errors():
        return masked(prepare(clip, *split_options("lipsync_mask", dub, options)))


def lipsync_plan(clip: vs.VideoNode, dub: DubSource | None = None, **options: Unpack[Options]) -> vs.VideoNode:
    """Tell what `lipsync` with the same arguments does to each frame, without doing it.

    Mouths are not made, so that a frame to be dubbed is "target speaks" here also where `lipsync` finds no exemplar for
    it, and the few whose mouth cannot be made count as dubbed.

    Returns:
        A clip of the same length and rate whose 1 × 1 frames carry the properties LipSyncAction and LipSyncReason, and
        those to be dubbed LipSyncFace, [x, y, width, height] of the target's face in luma samples.

    Raises:
        vs.Error: as `lipsync`.
    """
    with named_errors():
        return plan_props(prepare(clip, *split_options("lipsync_plan", dub, options)))


def split_options(caller: str, dub: DubSource | None, options: Options) -> tuple[Voice, CallSettings]:
    """Return the settings that a companion of `lipsync` was called with.

    Args:
        caller: its name, for messages.
        dub: the new voice.
        options: its keyword arguments.

    Raises:
        TypeError: there is no such argument.
        SettingError: a setting has no such value.
    """
    given: dict[str, Any] = {**options}
    known = Options.__annotations__
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"{caller}() has no setting {name!r}; {advice}")
    of_the_call = {field.name for field in fields(CallSettings)}
    call = CallSettings(**{name: value for name, value in given.items() if name in of_the_call})
    voice = Voice(dub, **{name: value for name, value in given.items() if name not in of_the_call})
    return voice, call
