"""Can a net that learned real against dubbed mouths on some speakers tell them apart on others?

python -m scripts.tell_apart --driver A.mp4 --driver B.mp4 CLIP... [--kept FOLDER]

Printed are areas under the curve, and how often it finds out which of two pictures of one frame was dubbed; 0.5 if it
cannot. That of single frames, of stacks of five, and, so that the net is known to be awake, of the same faces squeezed
to 96 samples and back instead of dubbed.
"""

from pathlib import Path

import click
import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from scripts.measuring.dubbed import Dubbed, dubbed_by_turns, laid_over
from scripts.measuring.footage import Measured
from scripts.measuring.judge import SIDE, Pictures, judged
from scripts.measuring.views import close_up
from vs_lipsync.mouth.placement import Placement

STACK = 5
"""Frames of a stack."""

FACE_HEIGHT = 2.6
"""Height of a face in inter-ocular distances: what is squeezed to `SQUEEZED` samples."""

SQUEEZED = 96


def pictures_of(clip: Measured, made: Dubbed) -> dict[int, list[NDArray[np.uint8]]]:
    """Return a clip's mouths [SIDE, SIDE, 3] by frame: real, dubbed, squeezed."""
    result = {}
    for number in made.requested:
        crop, landmarks, patch = clip.wide[number], clip.frames[number].landmarks, made.patches[number]
        if crop is None or landmarks is None or patch is None:
            continue
        real, new = (close_up(one, landmarks, 2 * SIDE) for one in (crop, laid_over(crop, patch)))
        # The close-up is 1.6 inter-ocular distances wide; nothing is squeezed that is smaller already, only resampled.
        side = round(1.6 * min(SQUEEZED / FACE_HEIGHT, Placement.of(landmarks).size))
        small = cv2.resize(real, (side, side), interpolation=cv2.INTER_AREA)
        squeezed = cv2.resize(small, (2 * SIDE, 2 * SIDE), interpolation=cv2.INTER_CUBIC)
        result[number] = [
            np.asarray(cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
            for one in (real, new, np.asarray(squeezed, np.uint8))
        ]
    return result


def stacked(frames: dict[int, list[NDArray[np.uint8]]], kind: int, count: int) -> Pictures | None:
    """Return every third stack of `count` consecutive frames, real and of another kind; None for fewer than 10."""
    starts = [n for n in frames if all(n + k in frames for k in range(count))][::3]
    if len(starts) < 10:
        return None
    both = [
        np.stack([np.concatenate([frames[n + k][which].transpose(2, 0, 1) for k in range(count)]) for n in starts])
        for which in (0, kind)
    ]
    return Pictures(*both)


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--driver", "drivers", multiple=True, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--frames", default=125, show_default=True, help="frames to look at")
@click.option("--steps", default=150, show_default=True, help="steps of training for each net")
@click.option("--seed", default=0, show_default=True, help="of what is left to chance; another shows how much that is")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for what was read of the clips")
def main(
    clips: tuple[str, ...], drivers: tuple[str, ...], frames: int, steps: int, seed: int, kept: Path | None
) -> None:
    """Tell CLIPS, each dubbed with the sound of another, from what they were."""
    torch.set_num_threads(1)
    seen = [pictures_of(footage, made) for _, footage, made in dubbed_by_turns(clips, drivers, frames, kept)]
    for name, kind, count in (("single frames", 1, 1), (f"stacks of {STACK}", 1, STACK), ("squeezed", 2, 1)):
        speakers = [one for one in (stacked(frames_of, kind, count) for frames_of in seen) if one is not None]
        told = judged(speakers, steps=steps, seed=seed)
        click.echo(f"{name}: area {told.area:.3f}, pairs {told.pairs:.3f} over {len(speakers)} speakers")


if __name__ == "__main__":
    main()
