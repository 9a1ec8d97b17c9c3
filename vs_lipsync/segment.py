"""Cutting a clip into segments, each with the sound of its range."""

import atexit
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, Unpack

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.filter import Options, split_options
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.clip import check_clip, timeline_of
from vs_lipsync.graph.dubbing import composed
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.plan_writer import frame_plans
from vs_lipsync.graph.prepare import open_analysis, prepare
from vs_lipsync.media.sound_node import sound_node
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.zones import Zone
from vs_lipsync.speech.dub import DubSource
from vs_lipsync.speech.sound_timeline import open_sound
from vs_lipsync.timing.seconds import exact
from vs_lipsync.timing.timeline import ConstantRate, Timeline

__all__ = ["Segment", "first_sample_of", "scene_ranges", "segments", "sound_of", "steadied"]

LEAST_GAP = 12
"""Frames for which a face may be lost within a shot without ending its range: as long as a track outlives it."""

LEAST_FACE = 3
"""A face seen in fewer frames in a row is a flicker of the detector."""

SUBTITLES = (".srt", ".vtt")

type Ranges = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A range of a clip.

    Attributes:
        first: number of its first frame in the clip.
        stop: number of the first frame behind it.
        video: its frames.
        audio: its sound, which lasts as long; None if the clip has none.
    """

    first: int
    stop: int
    video: vs.VideoNode
    audio: vs.AudioNode | None


def segments(
    clip: vs.VideoNode,
    *,
    ranges: Ranges | None = None,
    faces: bool | None = None,
    speaker: Target | None = None,
    scenes: Iterable[int] | Literal["all"] | None = None,
    audio: vs.AudioNode | None = None,
    dub: DubSource | None = None,
    **options: Unpack[Options],
) -> list[Segment]:
    """Cut segments out of a clip, frame by frame and sample by sample.

    One of `ranges`, `faces`, `speaker` and `scenes` says which. For all but ranges the whole clip is looked at before
    this returns, unless there is a plan. Joining all segments of `scenes="all"`, or those of `faces=True` and
    `faces=False` in the order of their frames, gives the clip and its sound again.

    Args:
        clip: as for `lipsync`.
        ranges: [first, stop) of each segment, in frames.
        faces: True for the ranges that show a face, False for those that do not. A face that is lost for a moment
            within a shot does not end a range, and a flicker of the detector does not begin one.
        speaker: a person, as `target` of `lipsync`: the ranges that show this person, steadied in the same way.
        scenes: numbers of shots, the first being 1, or "all".
        audio: what is heard: the clip's own sound, which begins with its first frame. If it is not given, a dub is.
        dub: a new voice, as for `lipsync`; one that has several sounds needs `audio`, as a cast does.
        options: as for `lipsync`, but for `extend`; `plan` and `timecodes` are used here too.

    Returns:
        The segments in the order of their frames. The samples of a frame are those from
        round(t · sample rate) on, t being when it is shown, up to the next frame's. Where the sound ends before the
        picture there is silence; where it goes on behind the last frame, that frame's segment has the rest of it, but
        not the rest of a dub.

    Raises:
        vs.Error: the clip, the dub or the plan cannot be used, or a range is not in the clip.
    """
    check_clip(clip)
    if sum(choice is not None for choice in (ranges, faces, speaker, scenes)) != 1:
        raise vs.Error("lipsync: say which segments with one of ranges, faces, speaker and scenes")
    if not isinstance(faces, bool | None):
        raise vs.Error(f"lipsync: faces must be True or False, not {faces!r:.60}")
    if not isinstance(audio, vs.AudioNode | None):
        raise vs.Error(f"lipsync: audio must be an audio node, not {audio!r:.60}")
    wanted = None if ranges is None else _checked_ranges(ranges, clip.num_frames)
    numbers = None if scenes is None or scenes == "all" else _checked_scenes(scenes)
    with named_errors():
        voice, call = split_options("segments", dub, options)
    if call.extend is not None:
        raise vs.Error("lipsync: segments are of the clip as it is; extend the clip before")
    dubbed = dub is not None or bool(call.zones) or call.cast is not None
    with named_errors():
        prepared = prepare(clip, voice, call) if dubbed else None
        timeline = timeline_of(clip, call.timecodes) if prepared is None else prepared.timeline
        video = clip if prepared is None else composed(prepared)
    if call.cast is not None and audio is None:
        raise vs.Error("lipsync: a cast speaks with several sounds; give their mix as audio")
    if dubbed and audio is None:
        audio = placed(_heard(dub, call.zones), clip.num_frames, timeline, exact(voice.offset))
    if faces is not None:
        wanted = face_ranges(clip, call.plan, with_face=faces)
    elif speaker is not None:
        wanted = speaker_ranges(clip, speaker, call.plan, voice.original, timeline)
    elif wanted is None:
        shots = scene_ranges(clip, call.plan)
        chosen = range(1, len(shots) + 1) if numbers is None else numbers
        if missing := [number for number in chosen if number > len(shots)]:
            raise vs.Error(f"lipsync: there is no scene {missing[0]}; the clip has {len(shots)}")
        wanted = [shots[number - 1] for number in chosen]
    return [
        Segment(
            first,
            stop,
            video[first:stop],
            None if audio is None else sound_of(audio, clip.num_frames, timeline, first, stop),
        )
        for first, stop in wanted
    ]


def _checked_ranges(ranges: object, length: int) -> list[tuple[int, int]]:
    """Return ranges of a clip of `length` frames; vs.Error where they are not pairs of frames in it."""
    if not isinstance(ranges, Iterable) or isinstance(ranges, str):
        raise vs.Error(f"lipsync: ranges must be a list of (first, stop), not {ranges!r:.60}")
    checked = []
    for one in ranges:
        if not isinstance(one, Sequence) or len(one) != 2 or not all(_is_whole(number) for number in one):
            raise vs.Error(f"lipsync: a range is (first, stop) in whole frames, not {one!r:.60}")
        first, stop = (int(number) for number in one)
        if not 0 <= first < stop <= length:
            raise vs.Error(f"lipsync: there is no range [{first}, {stop}) in a clip of {length} frames")
        checked.append((first, stop))
    return checked


def _checked_scenes(scenes: object) -> list[int]:
    """Return the numbers of scenes in order, each once; vs.Error where they are no numbers from 1 on."""
    if not isinstance(scenes, Iterable) or isinstance(scenes, str):
        raise vs.Error(f"lipsync: scenes must be a list of numbers, or 'all', not {scenes!r:.60}")
    numbers = list(scenes)
    for number in numbers:
        if not _is_whole(number):
            raise vs.Error(f"lipsync: a scene is a whole number from 1 on, not {number!r:.60}")
        if number < 1:
            raise vs.Error(f"lipsync: there is no scene {number}; the first is 1")
    return sorted({int(number) for number in numbers})


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _heard(dub: DubSource | None, zones: Sequence[Zone]) -> vs.AudioNode:
    """Return the sound of a dub that is one recording."""
    if isinstance(dub, vs.AudioNode):
        return dub
    if zones or not isinstance(dub, str | os.PathLike) or Path(dub).suffix.lower() in SUBTITLES:
        raise vs.Error("lipsync: cues and zones have several sounds; give what is to be heard as audio")
    with named_errors():
        return sound_node(open_sound(dub), _scratch())


@cache
def _scratch() -> Path:
    """Return a folder for samples that nodes read until the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="vs-lipsync-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name)


def first_sample_of(frame: int, timeline: Timeline, sample_rate: int) -> int:
    """Return the number of the first sample of a frame."""
    return round(timeline.start(frame) * sample_rate)


def sound_of(audio: vs.AudioNode, length: int, timeline: Timeline, first: int, stop: int) -> vs.AudioNode:
    """Cut out the sound of frames first..stop - 1 of a clip of `length` that it begins with; see `segments`."""
    begin, end = (first_sample_of(frame, timeline, audio.sample_rate) for frame in (first, stop))
    if stop == length:
        end = max(end, audio.num_samples)
    return _stretch(audio, begin, end)


def placed(dub: vs.AudioNode, length: int, timeline: Timeline, offset: Fraction) -> vs.AudioNode:
    """Put a dub on a clip's timeline: silence up to `offset` seconds, the dub, and silence to the clip's end."""
    begin = round(offset * dub.sample_rate)
    return _stretch(dub, -begin, first_sample_of(length, timeline, dub.sample_rate) - begin)


def _stretch(audio: vs.AudioNode, begin: int, end: int) -> vs.AudioNode:
    """Return samples begin..end - 1 of a sound that is silent before its start and behind its end."""
    length = audio.num_samples
    before = min(max(-begin, 0), end - begin)
    behind = min(max(end - length, 0), end - begin)
    inside = (max(begin, 0), min(end, length))
    parts = []
    if before:
        parts.append(audio.std.BlankAudio(length=before))
    if inside[0] < inside[1]:
        parts.append(audio.std.AudioTrim(first=inside[0], length=inside[1] - inside[0]))
    if behind:
        parts.append(audio.std.BlankAudio(length=behind))
    return vs.core.std.AudioSplice(parts)


def scene_ranges(clip: vs.VideoNode, plan: str | os.PathLike[str] | None = None) -> list[tuple[int, int]]:
    """Return [first, stop) of every shot of a clip."""
    with named_errors():
        analysis, _ = open_analysis(clip, plan)
    return list(analysis.scenes())


def face_ranges(
    clip: vs.VideoNode, plan: str | os.PathLike[str] | None = None, *, with_face: bool = True
) -> list[tuple[int, int]]:
    """Return [first, stop) of the ranges of a clip that show a face, or of those that do not."""
    with named_errors():
        analysis, _ = open_analysis(clip, plan)
    faces = analysis.face_landmarks.frames(close=True)
    shown = np.array([len(unpack(frame).get("presence", ())) > 0 for frame in faces])
    return [(first, stop) for first, stop, value in _runs(_steadied_by_shot(shown, analysis)) if value == with_face]


def speaker_ranges(
    clip: vs.VideoNode,
    speaker: Target,
    plan: str | os.PathLike[str] | None = None,
    original: DubSource | None = None,
    timeline: Timeline | None = None,
) -> list[tuple[int, int]]:
    """Return [first, stop) of the ranges of a clip that show a person, whether or not their mouth could be changed."""
    with named_errors():
        analysis, _ = open_analysis(clip, plan)
        plans = frame_plans(analysis, speaker, original, timeline or ConstantRate(clip.fps))
        shown = np.array([frame.face >= 0 for frame in plans])
    return [(first, stop) for first, stop, value in _runs(_steadied_by_shot(shown, analysis)) if value]


def _steadied_by_shot(shown: NDArray[np.bool_], analysis: Analysis) -> NDArray[np.bool_]:
    return np.concatenate([steadied(shown[first:stop]) for first, stop in analysis.scenes()])


def steadied(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill the short gaps of one shot's [frames], and drop what is too short to be a face."""
    steady = shown.copy()
    for least, value in ((LEAST_GAP, False), (LEAST_FACE, True)):
        for first, stop, found in list(_runs(steady)):
            inside = first > 0 and stop < len(steady)
            short = stop - first < min(least, len(steady))
            if found == value and short and (inside or value):
                steady[first:stop] = not value
    return steady


def _runs(values: NDArray[np.bool_]) -> Iterator[tuple[int, int, bool]]:
    first = 0
    for value, run in groupby(values.tolist()):
        stop = first + len(list(run))
        yield first, stop, value
        first = stop
