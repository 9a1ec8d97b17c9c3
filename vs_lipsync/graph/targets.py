"""Who is to speak the dub: what the user says of it, as a node that tells how the person looks.

    faces of some frames ─► speaker (one frame) ─► plan

That node has a single frame, which all blocks share; it is made when the first block is, and costs nothing before.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import vapoursynth as vs

from vs_lipsync.errors import SpeakerError
from vs_lipsync.faces.detections import EVERY
from vs_lipsync.faces.face import Face
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.cuts import cuts_from, runs_of
from vs_lipsync.graph.arrays.faces import faces_from
from vs_lipsync.graph.arrays.packing import carrier, pack, unpack
from vs_lipsync.graph.clip import check_clip, frame_rate, timeline_of
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.nodes.speakers import MAIN_FRAMES, WINDOW, WINDOWS, ActiveSpeaker, MainSpeaker
from vs_lipsync.identity.clustering import spread_out
from vs_lipsync.identity.face_net import NUMBERS
from vs_lipsync.identity.portrait import speaker_in_picture
from vs_lipsync.identity.selection import split_tracks
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.plan.scenes import shots_of
from vs_lipsync.settings.target import Click, Target, click_in
from vs_lipsync.speech.dub import Dub, DubSource
from vs_lipsync.timing.timecodes import TimecodeSource
from vs_lipsync.timing.timeline import ConstantRate, Timeline

__all__ = ["find_speaker", "looked_at", "planned", "settled", "single", "speaker_node", "speaker_of"]

type _Callback = Callable[[int, Sequence[vs.VideoFrame]], vs.VideoFrame]

_REACH: Final = 24
"""Frames looked at on either side of one that the user points at, for better views of the same face."""

_VIEWS: Final = 5
"""Views kept of a person whom the user points at."""


def _read(target: Target, clip: vs.VideoNode) -> Click | Speaker:
    if isinstance(target, Speaker):
        return target
    click = _click(target)
    if click is None:
        if not isinstance(target, str | os.PathLike):
            raise SpeakerError(f"the target must be a file, a place in the clip or a Speaker, not {target!r}")
        path = Path(target)
        return Speaker.load(path) if path.suffix.lower() == ".json" else speaker_in_picture(path)
    if not 0 <= click.frame < clip.num_frames:
        raise SpeakerError(
            f"the target is in frame {click.frame}, but the clip's frames are 0 to {clip.num_frames - 1}"
        )
    if not (0 <= click.x < clip.width and 0 <= click.y < clip.height):
        raise SpeakerError(
            f"the target is at {click.x:g}, {click.y:g}, outside the picture of {clip.width} × {clip.height}"
        )
    return click


def speaker_node(
    target: Target, analysis: Analysis, original: DubSource | None = None, timeline: Timeline | None = None
) -> vs.VideoNode:
    """Return a node of one frame, whose array "speaker" [n, 128] holds the target's embeddings, if there is a target.

    Args:
        target: who it is.
        analysis: of the clip.
        original: the clip's own sound, for the target "speaking".
        timeline: when the clip's frames are shown, for the same.

    Raises:
        DubError: that sound cannot be opened.
        SpeakerError: the target says nobody, or a place outside the clip.
        WeightsError: the nets that it takes cannot be had.
    """
    if target == "all":
        raise SpeakerError("'all' is nobody in particular")
    embeddings = analysis.embeddings
    if target == "main":
        numbers = spread_out(analysis.length, MAIN_FRAMES, EVERY)
        return single([analysis.face_crops[n] for n in numbers], MainSpeaker(numbers, embeddings))
    if target == "speaking":
        return _speaking(analysis, original, timeline, embeddings)
    read = _read(target, analysis.source)
    if isinstance(read, Speaker):
        known = {"speaker": read.embeddings} if len(read.embeddings) else {}
        return single([carrier(1)], lambda n, f: pack(known))
    begin, stop = max(0, read.frame - _REACH), min(analysis.length, read.frame + _REACH + 1)
    click = _Clicked(read, begin, stop, analysis.grid.ahead, embeddings)
    return single(looked_at(analysis, begin, stop), click)


def settled(
    target: Target, analysis: Analysis, original: DubSource | None = None, timeline: Timeline | None = None
) -> Target:
    """Look for a target that takes frames of the clip to tell; another process need not look again.

    Args:
        target: as for `speaker_node`, or "all".
        analysis: as for `speaker_node`.
        original: as for `speaker_node`.
        timeline: as for `speaker_node`.

    Returns:
        The person, or nobody, as a `Speaker`; the target itself if it takes no frames.

    Raises:
        vs.Error: the target is not there.
        LipsyncError: as for `speaker_node`.
    """
    if target not in ("main", "speaking") and _click(target) is None:
        return target
    return speaker_of(speaker_node(target, analysis, original, timeline))


def speaker_of(node: vs.VideoNode) -> Speaker:
    """Ask a node of one frame for its array "speaker"; the person, or nobody, has no name."""
    with node.get_frame(0) as frame:
        return Speaker(np.array(unpack(frame).get("speaker", np.zeros((0, NUMBERS))), np.float32))


def _speaking(
    analysis: Analysis, original: DubSource | None, timeline: Timeline | None, embeddings: Embeddings
) -> vs.VideoNode:
    if original is None or timeline is None:
        raise SpeakerError("the target 'speaking' needs the clip's original sound: give it as original")
    length = analysis.length
    starts = spread_out(max(1, length - WINDOW), WINDOWS, EVERY) if length > WINDOW * WINDOWS else [0]
    windows = [(start, min(length, start + (WINDOW if len(starts) > 1 else length))) for start in starts]
    inputs = [node for begin, stop in windows for node in looked_at(analysis, begin, stop)]
    return single(inputs, ActiveSpeaker(windows, analysis.grid.ahead, timeline, Dub.of_clip(original), embeddings))


def looked_at(analysis: Analysis, begin: int, stop: int) -> list[vs.VideoNode]:
    """Return a node for the faces of each frame of a range, and one for each run of its cuts."""
    runs = runs_of(begin, stop, analysis.grid.ahead)
    return [*(analysis.face_crops[n] for n in range(begin, stop)), *(analysis.cuts[n] for n in runs)]


def single(inputs: Sequence[vs.VideoNode], callback: _Callback) -> vs.VideoNode:
    """Return a node of one frame, made of other nodes' only frames."""
    return carrier(1).std.ModifyFrame([carrier(1), *inputs], lambda n, f: callback(n, f[1:]))


def planned(
    clip: vs.VideoNode,
    target: Target | None = None,
    original: DubSource | None = None,
    timeline: Timeline | None = None,
    analysis: Analysis | None = None,
) -> vs.VideoNode:
    """Find the target speaker of a clip.

    Args:
        clip: as for `lipsync`.
        target: as for `lipsync`, but not "all".
        original: as for `lipsync`.
        timeline: when the frames are shown; None for the clip's rate.
        analysis: of the clip, such as from its plan; None to analyse its pictures.

    Returns:
        A clip of the same length whose frame n carries the plan of frame n: `plan_from(unpack(frame), n)`.

    Raises:
        vs.Error: the clip or the target cannot be used.
    """
    check_clip(clip)
    with named_errors():
        analysis = Analysis.of(clip) if analysis is None else analysis
        if target is not None and timeline is None:
            timeline = ConstantRate(frame_rate(clip))
        speaker = None if target is None else speaker_node(target, analysis, original, timeline)
    return analysis.per_frame(analysis.plans(speaker))


def find_speaker(
    clip: vs.VideoNode,
    target: Target,
    name: str = "",
    *,
    original: DubSource | None = None,
    timecodes: TimecodeSource | None = None,
) -> Speaker:
    """Look for a person in a clip, to be saved and sought in others.

    Args:
        clip: as for `lipsync`.
        target: who; as for `lipsync`.
        name: what to call the person.
        original: as for `lipsync`.
        timecodes: as for `lipsync`.

    Raises:
        vs.Error: the target cannot be read or is not there.
    """
    check_clip(clip)
    with named_errors():
        # Only the sound needs times.
        has_times = timecodes is not None or (isinstance(target, str) and target == "speaking")
        timeline = timeline_of(clip, timecodes) if has_times else None
        node = speaker_node(target, Analysis.of(clip), original, timeline)
    with node.get_frame(0) as frame:
        found = unpack(frame)
        if "speaker" not in found:
            raise vs.Error("lipsync: there is no face in the sample of the clip")
        return Speaker(np.array(found["speaker"], np.float32), name)


def _click(target: Target) -> Click | None:
    if isinstance(target, tuple):
        if len(target) != 3 or not all(isinstance(number, int | float) for number in target) or target[0] % 1:
            raise SpeakerError(f"a place in the clip is (frame, x, y), not {target}")
        return Click(int(target[0]), float(target[1]), float(target[2]))
    return click_in(target) if isinstance(target, str) else None


class _Clicked:
    """Frame 0: the person at a place in a frame, from the best views around it in the same shot."""

    def __init__(self, click: Click, begin: int, stop: int, run: int, embeddings: Embeddings) -> None:
        """Look at frames begin..stop, whose cuts come in runs of so many frames."""
        self._click = click
        self._begin = begin
        self._stop = stop
        self._run = run
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces of the frames..., cuts of their runs...]."""
        begin, at = self._begin, self._click.frame - self._begin
        count = self._stop - begin
        faces = [faces_from(unpack(frame)) for frame in f[:count]]
        cuts = cuts_from(f[count:], begin, self._stop, self._run)
        low, high = next((low, high) for low, high in shots_of(cuts) if at < high)
        shot = [(i, faces[i]) for i in range(low, high)]
        with named_errors():
            face = self._face(faces[at])
            embed = self._embeddings.among(f[:count], begin)
            for shown, views in split_tracks(shot, begin, embed):
                if shown.get(at) == face and len(views):
                    return pack({"speaker": np.stack(views[:_VIEWS])})
            raise SpeakerError(
                f"the face at {self._place} is too small or turned too far away to tell whose it is; "
                "point at it in another frame"
            )

    def _face(self, faces: Sequence[Face]) -> int:
        """Return the index of the smallest face whose box holds the place."""
        here = []
        for index, face in enumerate(faces):
            left, top, right, bottom = face.box
            room = 0.15 * (right - left)
            if left - room <= self._click.x <= right + room and top - room <= self._click.y <= bottom + room:
                here.append((float((right - left) * (bottom - top)), index))
        if here:
            return min(here)[1]
        middles = ", ".join(f"{(b[0] + b[2]) / 2:.0f}, {(b[1] + b[3]) / 2:.0f}" for b in (face.box for face in faces))
        there = f"; those of that frame are at {middles}" if faces else "; that frame shows none"
        raise SpeakerError(f"there is no face at {self._place}{there}")

    @property
    def _place(self) -> str:
        return f"{self._click.x:g}, {self._click.y:g} in frame {self._click.frame}"
