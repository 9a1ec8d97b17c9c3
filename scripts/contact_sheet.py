"""Show frames of a clip before and after dubbing, one above the other.

python scripts/contact_sheet.py INPUT --audio DUB --output sheet.jpg
"""

from pathlib import Path

import click
import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync import lipsync
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.media.source import SourceClip

WIDTH = 320  # of each picture, in samples
CLOSE_UP = 240  # height of each close-up
LABEL = 22  # height of a line of text

type Picture = NDArray[np.uint8]


def to_rgb(clip: vs.VideoNode) -> vs.VideoNode:
    """Return a clip as 8-bit RGB; one that does not name its matrix has the usual one for its size."""
    matrix = clip.get_frame(0).props.get("_Matrix", vs.MATRIX_UNSPECIFIED)
    if clip.format.color_family == vs.YUV and matrix == vs.MATRIX_UNSPECIFIED:
        clip = clip.std.SetFrameProps(_Matrix=vs.MATRIX_ST170_M if clip.height <= 576 else vs.MATRIX_BT709)
    return clip.resize.Bicubic(format=vs.RGB24)


def picture_of(frame: vs.VideoFrame) -> Picture:
    """Return an RGB frame as OpenCV likes it, [height, width, 3] in the order blue, green, red."""
    return np.stack([np.asarray(frame[plane]) for plane in (2, 1, 0)], axis=-1)


def fit(picture: Picture, height: int) -> Picture:
    """Scale a picture to WIDTH × height."""
    smaller = picture.shape[1] > WIDTH
    flags = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (WIDTH, height), interpolation=flags), np.uint8)


def label(lines: list[str]) -> Picture:
    """Return lines of text, white on black."""
    text = np.zeros((LABEL * len(lines), WIDTH, 3), np.uint8)
    for number, line in enumerate(lines):
        place = (6, LABEL * number + LABEL - 7)
        cv2.putText(text, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return text


def close_up(picture: Picture, box: list[int]) -> Picture:
    """Return the surroundings of a box [x, y, width, height]."""
    x, y, box_width, box_height = box
    shape = CLOSE_UP / WIDTH
    width = min(1.05 * max(box_width, box_height / shape), picture.shape[1], picture.shape[0] / shape)
    height = width * shape
    left = int(np.clip(x + (box_width - width) / 2, 0, picture.shape[1] - width))
    top = int(np.clip(y + (box_height - height) / 2, 0, picture.shape[0] - height))
    return fit(picture[top : top + int(height), left : left + int(width)], CLOSE_UP)


def column(number: int, before: vs.VideoFrame, after: vs.VideoFrame) -> Picture:
    """Return one frame: before above after, the same of the mouth, and what the filter says."""
    original, dubbed = picture_of(before), picture_of(after)
    height = round(original.shape[0] * WIDTH / original.shape[1])
    empty = np.zeros((CLOSE_UP, WIDTH, 3), np.uint8)
    box = after.props.get("LipSyncBox")
    mouths = [empty, empty]
    if box is not None:
        place = [int(value) for value in np.atleast_1d(np.asarray(box))]
        mouths = [close_up(original, place), close_up(dubbed, place)]
    outcome = outcome_of(after)
    said = [f"frame {number}: {outcome.action}", outcome.reason]
    return np.concatenate([label(said), fit(original, height), fit(dubbed, height), *mouths])


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(exists=True, path_type=Path))
@click.option("--audio", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", required=True, type=click.Path(path_type=Path), help="A .jpg or .png.")
@click.option("--frames", default=8, show_default=True, help="How many frames, evenly spread over the clip.")
@click.option("--at", multiple=True, type=int, help="Number of a frame to show instead; can be given several times.")
def main(source: Path, audio: Path, output: Path, frames: int, at: tuple[int, ...]) -> None:
    """Show frames of a clip before and after dubbing, one above the other."""
    clip = SourceClip.open(source).clip
    before, after = to_rgb(clip), to_rgb(lipsync(clip, str(audio)))
    numbers = at or [round((index + 0.5) * clip.num_frames / frames) for index in range(frames)]
    sheet = np.concatenate([column(n, before.get_frame(n), after.get_frame(n)) for n in numbers], axis=1)
    if not cv2.imwrite(str(output), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88]):
        raise click.ClickException(f"cannot write {output}")


if __name__ == "__main__":
    main()
