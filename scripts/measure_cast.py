"""Measure whether the people of a cast move as their own dubs ask, and not as the others'.

python -m scripts.measure_cast CLIP --cast 60@320,220=one.wav --cast 60@970,250=other.wav [--sheet sheet.png]

The dubs begin with the clip. Openings are read again on the frames made, and compared with those that the motion net
predicts from each dub; the mean of each shot is subtracted first.
"""

from pathlib import Path

import click
import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync import lipsync
from vs_lipsync.cli.cast_options import CastChoice, cast_options
from vs_lipsync.evaluation.mouth_agreement import agreement, predicted_openings
from vs_lipsync.evaluation.mouth_reader import MouthReader
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.arrays.plans import plan_from
from vs_lipsync.graph.targets import planned
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.speech.dub import Dub

_STRIP = 20
"""Consecutive frames of a sheet."""


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@cast_options
@click.option("--sheet", type=click.Path(path_type=Path), help="Faces of twenty consecutive frames, as a picture.")
@click.option("--first", type=int, default=40, help="The first of them.")
def main(source: Path, casting: CastChoice, sheet: Path | None, first: int) -> None:
    """Print for each person the correlation with each dub, at the best lag of two frames at most."""
    clip = vs.core.bs.VideoSource(str(source), cachemode=0)
    made = lipsync(clip, cast=dict(casting.people))
    frames = list(made.frames())
    before = list(clip.frames())
    reads = MouthReader()
    rgb = made.resize.Bicubic(format=vs.RGB24, matrix_in=1)
    moments = (np.arange(-2, clip.num_frames + 2)) / float(clip.fps)
    asked = [predicted_openings(Dub.open(dub), moments, 2) for _, dub in casting.people]
    strips = []
    for who, _ in casting.people:
        plans = planned(clip, who)
        openings, shots = np.full(clip.num_frames, np.nan), np.zeros(clip.num_frames, int)
        faces = []
        for number in range(clip.num_frames):
            plan = plan_from(unpack(plans.get_frame(number)), number)
            shots[number] = plan.shot
            if plan.landmarks is not None and frames[number].props["LipSyncAction"] == "dub":
                picture = rgb_of(rgb.get_frame(number))
                openings[number] = reads(picture, plan.landmarks)
                if first <= number < first + _STRIP:
                    faces.append(_face(picture, plan.landmarks))
        found = [agreement(openings, one, shots, 0) for one in asked]
        loose = [agreement(openings, one, shots, 2) for one in asked]
        said = "  ".join(f"{one.correlation:.3f}" if one else "-" for one in found)
        free = "  ".join(f"{one.correlation:.3f}@{one.lag}" if one else "-" for one in loose)
        print(f"{who}: {np.isfinite(openings).sum()} frames, with each dub {said}; within two frames {free}")
        strips += [np.hstack(faces[at : at + 10]) for at in range(0, len(faces) // 10 * 10, 10)]
    for other in range(1, len(asked)):
        both = np.isfinite(asked[0].here) & np.isfinite(asked[other].here)
        alike = np.corrcoef(asked[0].here[both], asked[other].here[both])[0, 1]
        print(f"dub 1 and dub {other + 1} themselves: {alike:.3f}")
    passed = [n for n, frame in enumerate(frames) if frame.props["LipSyncAction"] == "pass"]
    same = all(
        np.array_equal(np.asarray(frames[n][plane]), np.asarray(before[n][plane])) for n in passed for plane in range(3)
    )
    print(f"{len(passed)} frames pass, {'unchanged' if same else 'CHANGED'}")
    if sheet is not None and strips:
        cv2.imwrite(str(sheet), np.vstack(strips)[..., ::-1])


def _face(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut out a face, 160 pixels wide."""
    middle, size = landmarks[:, :2].mean(0), np.ptp(landmarks[:, :2], 0).max() * 0.65
    left, top, right, bottom = (int(max(0, v)) for v in (*(middle - size), *(middle + size)))
    return np.asarray(cv2.resize(np.ascontiguousarray(picture[top:bottom, left:right]), (160, 160)), np.uint8)


if __name__ == "__main__":
    main()
