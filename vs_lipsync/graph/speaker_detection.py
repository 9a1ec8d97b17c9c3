"""Who is to speak where the user does not say it but how to find out: who is on screen most, or whom the sound is of.

Each class is the callback of a node of one frame, as those of `nodes`, which looks at a fixed sample of the clip.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import MOUTH, Pose, mouth_opening
from vs_lipsync.faces.smoothing import smooth
from vs_lipsync.faces.tracks import follow
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.packing import pack, unpack
from vs_lipsync.graph.plan_arrays import faces_from
from vs_lipsync.identity.clustering import group, most_shown
from vs_lipsync.identity.embedding import quality
from vs_lipsync.identity.selection import Shot, split_track
from vs_lipsync.plan.scenes import shots_of
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.timing.timeline import Timeline

__all__ = ["MAIN_FRAMES", "WINDOW", "WINDOWS", "ActiveSpeaker", "MainSpeaker"]

MAIN_FRAMES: Final = 48
"""Frames looked at for who is on screen most."""

WINDOWS: Final = 8
WINDOW: Final = 64
"""Windows of consecutive frames looked at for who speaks, and their length."""

MOST_VIEWS: Final = 16
"""Views kept of a person."""

LAG: Final = 3
"""Steps by which the sound of footage may be early or late."""

STEP: Final = 0.04
"""Seconds of such a step."""

INDEPENDENT: Final = 6
"""Frames of lip motion that say as much as one independent sample."""

LEAST_FRAMES: Final = 24
"""A face seen for less says nothing of who speaks."""

LEAST_AGREEMENT: Final = 0.2
"""Agreement that the speaker's mouth has with the sound, at least, where there are several people. On the trial footage
it was 0.25 to 0.68 with the own voice, 0.04 behind a beard, and -0.3 to 0.14 with another's."""

MARGIN: Final = 0.15
"""How much better than everybody else's mouth the speaker's follows the sound."""


class MainSpeaker:
    """Frame 0: the person whom most frames of a sample show; nobody when there are no faces."""

    def __init__(self, frames: Sequence[int], embeddings: Embeddings) -> None:
        """Look at some frames of the clip."""
        self._frames = frames
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces of each frame...]."""
        seen: list[tuple[int, Face]] = []
        found: list[NDArray[np.float32]] = []
        for index, (number, frame) in enumerate(zip(self._frames, f, strict=True)):
            faces = faces_from(unpack(frame))
            good = [face for face, one in enumerate(faces) if quality(one) > 0]
            seen += [(index, faces[face]) for face in good]
            found += self._embeddings.among([frame], number)([(0, face) for face in good])
        areas = [float((face.box[2:] - face.box[:2]).prod()) for _, face in seen]
        rows = most_shown(np.array(found), [index for index, _ in seen], areas)
        rows = sorted(sorted(rows, key=lambda row: -quality(seen[row][1]))[:MOST_VIEWS])
        return pack({"speaker": np.stack([found[row] for row in rows])} if rows else {})


class ActiveSpeaker:
    """Frame 0: the person whose mouth follows a sound."""

    def __init__(
        self, windows: Sequence[tuple[int, int]], run: int, timeline: Timeline, sound: Dub, embeddings: Embeddings
    ) -> None:
        """Look at windows of frames.

        Args:
            windows: first frame of each, and the one behind the last.
            run: cuts come in runs of so many frames.
            timeline: when the clip's frames are shown.
            sound: the sound of the clip.
            embeddings: of its faces.
        """
        self._windows = windows
        self._run = run
        self._timeline = timeline
        self._motion = Motion(sound)
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Look at [faces of the frames of each window..., cuts of its runs...] of one window after the other."""
        at = 0
        views: list[NDArray[np.float32]] = []
        curves: list[NDArray[np.float64]] = []
        for begin, stop in self._windows:
            runs = (stop - 1) // self._run + 1 - begin // self._run
            frames, cut_frames = f[at : at + stop - begin], f[at + stop - begin : at + stop - begin + runs]
            at += stop - begin + runs
            cuts = np.concatenate([unpack(frame)["cuts"] for frame in cut_frames])[begin % self._run :]
            faces = [faces_from(unpack(frame)) for frame in frames]
            embed = self._embeddings.among(frames, begin)
            for low, high in shots_of(cuts[: stop - begin]):
                shot = [(i, faces[i]) for i in range(low, high)]
                for track in follow(shot):
                    for shown, embeddings in split_track(track, shot, begin, embed):
                        if len(shown) >= LEAST_FRAMES and len(embeddings):
                            views.append(np.mean(embeddings, 0))
                            curves.append(self._curves(shown, shot, begin))
        with named_errors():
            return pack({"speaker": np.stack([views[row] for row in _speaker(views, curves)][:MOST_VIEWS])})

    def _curves(self, shown: dict[int, int], shot: Shot, begin: int) -> NDArray[np.float64]:
        """Return how far a mouth is open, and how far the sound asks for at each lag: [1 + 2 · LAG + 3, frames]."""
        seen = dict(shot)
        numbers = sorted(shown)
        landmarks = smooth(np.stack([seen[number][shown[number]].landmarks for number in numbers]))
        opening = [mouth_opening(Pose.of(face).remove(face[list(MOUTH)])) for face in landmarks]
        rows = [np.array(opening, np.float64)]
        times = np.array([float(self._timeline.start(begin + number)) for number in numbers])
        for lag in range(-LAG - 1, LAG + 2):
            with named_errors():
                rows.append(np.asarray(mouth_opening(self._motion.at(times + lag * STEP).points), np.float64))
        curves = np.stack(rows)
        return curves - curves.mean(1, keepdims=True)


def _speaker(views: Sequence[NDArray[np.float32]], curves: Sequence[NDArray[np.float64]]) -> list[int]:
    """Return the rows of the person whose mouth follows the sound.

    Args:
        views: embedding of each piece of a track.
        curves: [1 + 2 · LAG + 3, frames] opening of its mouth and of the sound's at each lag, without their means.

    Raises:
        SpeakerError: there is nobody, or it is not clear who.
    """
    people = group(np.array(views))
    if not people:
        raise SpeakerError("nobody's mouth can be seen for long enough in the sample of the clip to tell who speaks")
    agreements = [_agreement([curves[row] for row in rows]) for rows in people]
    order = np.argsort(agreements)[::-1]
    best = float(agreements[order[0]])
    alone = len(people) == 1
    if best <= 0 or not (alone or (best >= LEAST_AGREEMENT and best - agreements[order[1]] >= MARGIN)):
        told = ", ".join(f"{agreements[index]:.2f}" for index in order)
        raise SpeakerError(f"it is not clear whose mouth follows the original sound (agreement: {told}); point at it")
    return people[order[0]]


def _agreement(curves: Sequence[NDArray[np.float64]]) -> float:
    """Return the correlation of a mouth with the sound at the best lag, less a standard deviation of chance.

    Only a lag that is better than those beside it counts: slow drifts have none.
    """
    joined = np.concatenate(curves, axis=1)
    products = joined[1:] @ joined[0]
    scale = np.sqrt((joined[1:] ** 2).sum(1) * (joined[0] ** 2).sum())
    found = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    inner = found[1:-1]
    peaks = inner[(inner > found[:-2]) & (inner > found[2:])]
    best = float(peaks.max(initial=0.0))
    samples = max(joined.shape[1] / INDEPENDENT - 3, 1.0)
    return float(np.tanh(np.arctanh(min(best, 0.999)) - 1 / np.sqrt(samples)))
