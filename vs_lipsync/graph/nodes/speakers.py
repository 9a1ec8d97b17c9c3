"""Callbacks of the nodes that find out who the target is: who is on screen most, or whose mouth follows a sound.

Each makes the only frame of its node, from a fixed sample of the clip. Its output is the array
    speaker   [n, 128] float32: embeddings of the person, n from 1 to MOST_VIEWS; absent when there are no faces
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import mouth_opening, opening_of
from vs_lipsync.faces.smoothing import smooth
from vs_lipsync.graph.arrays.cuts import cuts_from, runs_of
from vs_lipsync.graph.arrays.faces import faces_from
from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.embeddings import Embeddings
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.identity.clustering import group, most_shown
from vs_lipsync.identity.embedding import quality
from vs_lipsync.identity.selection import Shot, split_tracks
from vs_lipsync.plan.scenes import shots_of
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.timing.timeline import Timeline

__all__ = ["MAIN_FRAMES", "WINDOW", "WINDOWS", "ActiveSpeaker", "MainSpeaker"]

MAIN_FRAMES: Final = 48
"""Frames in the sample for the person on screen most."""

WINDOWS: Final = 8
WINDOW: Final = 64
"""Windows of consecutive frames in the sample for the active speaker, and the length of each."""

MOST_VIEWS: Final = 16
"""Embeddings kept of a person, at most."""

LAG: Final = 3
"""Steps by which the sound of footage may be early or late, at most."""

STEP: Final = 0.04
"""Seconds of such a step."""

INDEPENDENT: Final = 6
"""Consecutive frames of lip motion that count as one independent sample."""

LEAST_FRAMES: Final = 24
"""Frames of a face in a shot from which its motion is compared with the sound."""

LEAST_AGREEMENT: Final = 0.2
"""Least agreement of the speaker's mouth with the sound, where there are several people. On the trial footage it was
0.25 to 0.68 with a person's own voice, 0.04 behind a beard, and -0.3 to 0.14 with another's."""

MARGIN: Final = 0.15
"""Least difference of the speaker's agreement and everybody else's."""


class MainSpeaker:
    """Frame 0: the person whom most frames of the sample show.

    Inputs: the faces and crops of each frame of the sample.
    """

    def __init__(self, frames: Sequence[int], embeddings: Embeddings) -> None:
        """Take the numbers of the sample's frames in the clip, and what embeds the clip's faces."""
        self._frames = frames
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Find the person; vs.Error if the model file of the embeddings cannot be read."""
        faces_of_frames: list[tuple[int, Face]] = []
        embeddings: list[NDArray[np.float32]] = []
        for index, (number, frame) in enumerate(zip(self._frames, f, strict=True)):
            faces = faces_from(unpack(frame))
            good = [face for face, one in enumerate(faces) if quality(one) > 0]
            faces_of_frames += [(index, faces[face]) for face in good]
            embeddings += self._embeddings.among([frame], number)([(0, face) for face in good])
        areas = [float((face.box[2:] - face.box[:2]).prod()) for _, face in faces_of_frames]
        rows = most_shown(np.array(embeddings), [index for index, _ in faces_of_frames], areas)
        rows = sorted(sorted(rows, key=lambda row: -quality(faces_of_frames[row][1]))[:MOST_VIEWS])
        return pack({"speaker": np.stack([embeddings[row] for row in rows])} if rows else {})


class ActiveSpeaker:
    """Frame 0: the person whose mouth follows a sound.

    Inputs, for one window of the sample after the other:
        the faces and crops of each frame of the window
        the cuts of each run that the window touches
    """

    def __init__(
        self, windows: Sequence[tuple[int, int]], run: int, timeline: Timeline, sound: Dub, embeddings: Embeddings
    ) -> None:
        """Compare mouths with a sound.

        Args:
            windows: of each window of the sample, the first frame and the one behind the last.
            run: length of a run of cuts, in frames.
            timeline: when the clip's frames are shown.
            sound: the sound of the clip.
            embeddings: what embeds the clip's faces.
        """
        self._windows = windows
        self._run = run
        self._timeline = timeline
        self._motion = Motion(sound)
        self._embeddings = embeddings

    def __call__(self, n: int, f: Sequence[vs.VideoFrame]) -> vs.VideoFrame:
        """Find the person; vs.Error if there is no face for long enough, or it is not clear who speaks."""
        at = 0
        views: list[NDArray[np.float32]] = []
        curves: list[NDArray[np.float64]] = []
        for begin, stop in self._windows:
            runs = len(runs_of(begin, stop, self._run))
            frames, cut_frames = f[at : at + stop - begin], f[at + stop - begin : at + stop - begin + runs]
            at += stop - begin + runs
            faces = [faces_from(unpack(frame)) for frame in frames]
            embed = self._embeddings.among(frames, begin)
            for low, high in shots_of(cuts_from(cut_frames, begin, stop, self._run)):
                shot = [(i, faces[i]) for i in range(low, high)]
                for shown, embeddings in split_tracks(shot, begin, embed):
                    if len(shown) >= LEAST_FRAMES and len(embeddings):
                        views.append(np.mean(embeddings, 0))
                        curves.append(self._curves(shown, shot, begin))
        with named_errors():
            return pack({"speaker": np.stack([views[row] for row in _speaker(views, curves)][:MOST_VIEWS])})

    def _curves(self, shown: dict[int, int], shot: Shot, begin: int) -> NDArray[np.float64]:
        """Return the openings of a mouth, and those predicted from the sound at each lag, without their means.

        Args:
            shown: frames of a window that show the face -> its index among the frame's faces.
            shot: the frames of the shot, by their indices in the window, and their faces.
            begin: number of the window's first frame in the clip.

        Returns:
            [1 + 2 · LAG + 3, frames]: the mouth; then the sound at the lags -LAG - 1 to LAG + 1, in steps of STEP.
        """
        faces_of = dict(shot)
        numbers = sorted(shown)
        landmarks = smooth(np.stack([faces_of[number][shown[number]].landmarks for number in numbers]))
        rows = [np.array([opening_of(face) for face in landmarks], np.float64)]
        times = np.array([float(self._timeline.start(begin + number)) for number in numbers])
        for lag in range(-LAG - 1, LAG + 2):
            with named_errors():
                rows.append(np.asarray(mouth_opening(self._motion.at(times + lag * STEP).points), np.float64))
        curves = np.stack(rows)
        return curves - curves.mean(1, keepdims=True)


def _speaker(views: Sequence[NDArray[np.float32]], curves: Sequence[NDArray[np.float64]]) -> list[int]:
    """Return the rows of the person whose mouth follows the sound.

    Args:
        views: [128] embedding of each part of a track.
        curves: [1 + 2 · LAG + 3, frames] of each part, as `ActiveSpeaker._curves` returns them.

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
        listed = ", ".join(f"{agreements[index]:.2f}" for index in order)
        raise SpeakerError(f"it is not clear whose mouth follows the original sound (agreement: {listed}); point at it")
    return people[order[0]]


def _agreement(curves: Sequence[NDArray[np.float64]]) -> float:
    """Return the correlation of a mouth with the sound at the best lag, less one standard error (Fisher 1921).

    Only a lag counts whose correlation is greater than those of the lags beside it: slow drifts have none.

    Args:
        curves: [1 + 2 · LAG + 3, frames] of each part of the person's tracks.
    """
    joined = np.concatenate(curves, axis=1)
    products = joined[1:] @ joined[0]
    scale = np.sqrt((joined[1:] ** 2).sum(1) * (joined[0] ** 2).sum())
    correlations = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    inner = correlations[1:-1]
    peaks = inner[(inner > correlations[:-2]) & (inner > correlations[2:])]
    best = float(peaks.max(initial=0.0))
    samples = max(joined.shape[1] / INDEPENDENT - 3, 1.0)
    return float(np.tanh(np.arctanh(min(best, 0.999)) - 1 / np.sqrt(samples)))
