"""What the original Wav2Lip takes for a frame of 1080p, beside this filter: measured in one run, on the same footage.

    python -m scripts.benchmark_original [--detected 2] [--made 128] [--frames 300]

The original is its published `inference.py` with the settings that it has by itself: each frame is read by OpenCV, its
detector (S3FD) looks at each at full size, the network makes 96 × 96 faces in batches of 128, and each is resized and
put over its frame. Networks have their published sizes and random weights, which changes nothing of the time. Left out,
in the original's favour: choosing among the boxes that the detector finds, the spectrogram of the sound, and the file
that is written on the way. Its detector looks at 16 frames at once; here at one, since 16 take tens of gigabytes on a
CPU, where a frame of many takes as long as one alone.

The filter is measured as `scripts/benchmark.py` does. On a busy machine, compare the time of the processors.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from scripts.benchmark import DEMO, SHOTS, SIZES, make, measure
from scripts.measuring.s3fd import S3FD
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE, MEL_BANDS, MEL_COLUMNS, Wav2Lip

MEAN = np.array([104, 117, 123], np.float32)
"""Colour that the detector subtracts."""

BOX = slice(200, 760), slice(700, 1140)
"""Rows and columns of a large face in 1080p, where faces are cut out and put back."""


@click.command()
@click.option("--detected", default=2, show_default=True, help="Frames in which the original's detector is timed.")
@click.option("--made", default=128, show_default=True, help="Faces that its network makes at once.")
@click.option("--frames", default=300, show_default=True, help="Frames that the filter plays.")
def main(detected: int, made: int, frames: int) -> None:
    """Print milliseconds per frame: as they pass, and of the processors."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        width, height = SIZES["1080p"]
        scaled = ["-vf", f"scale={width}:{height}:flags=lanczos", "-c:v", "libx264", "-crf", "18"]
        footage = make(Path(folder) / "face.mp4", DEMO / "footage.mp4", *SHOTS["face"], scaled, frames / 25 + 4)
        dub = make(Path(folder) / "dub.wav", DEMO / "dub.ogg", 0, 20, [], frames / 25 + 4)
        parts = _original(footage, detected, made)
        ours = measure(footage, dub, frames)
    total = [sum(column) for column in zip(*parts.values(), strict=True)]
    for name, (wall, processor) in (parts | {"the original": (total[0], total[1])}).items():
        click.echo(f"{name}: {wall:.0f} ms per frame, {processor:.0f} ms of the processors")
    click.echo(f"this filter: {1000 / ours.fps:.1f} ms per frame, {ours.processor:.1f} ms of the processors")
    click.echo(f"times: {total[0] * ours.fps / 1000:.0f}, of the processors {total[1] / ours.processor:.0f}")


def _original(footage: Path, detected: int, made: int) -> dict[str, tuple[float, float]]:
    """Return what each part of the original takes for a frame: milliseconds, and milliseconds of the processors."""
    reader = cv2.VideoCapture(str(footage))
    pictures = [np.asarray(reader.read()[1], np.uint8) for _ in range(made)]
    detector, network = S3FD().eval(), Wav2Lip().eval()
    mels = torch.rand(made, 1, MEL_BANDS, MEL_COLUMNS) * 8 - 4

    def read() -> None:
        for _ in range(25):
            reader.read()

    def detect() -> None:
        for picture in pictures[:detected]:
            less = picture[..., ::-1].astype(np.float32) - MEAN
            detector(torch.from_numpy(less.transpose(2, 0, 1)[None].copy()))

    def generate() -> None:
        faces = np.stack([cv2.resize(picture[BOX], (FACE_SIZE, FACE_SIZE)) for picture in pictures])
        masked = faces.copy()
        masked[:, FACE_SIZE // 2 :] = 0
        seen = np.concatenate([masked, faces], 3).transpose(0, 3, 1, 2) / 255
        mouths = network(mels, torch.FloatTensor(seen)).numpy().transpose(0, 2, 3, 1) * 255
        for picture, mouth in zip(pictures, mouths, strict=True):
            _put(picture, mouth)

    with torch.no_grad():
        detector(torch.zeros(1, 3, 128, 128))  # the first calls prepare memory
        network(mels[:2], torch.zeros(2, 6, FACE_SIZE, FACE_SIZE))
        return {
            "reading": _taken(read, 25),
            "detecting": _taken(detect, detected),
            "making, cutting out and putting back": _taken(generate, made),
        }


def _put(picture: NDArray[np.uint8], mouth: NDArray[np.float32]) -> None:
    """Resize a face and lay it over a picture."""
    rows, columns = picture[BOX].shape[:2]
    picture[BOX] = cv2.resize(mouth.astype(np.uint8), (columns, rows))


def _taken(work: Callable[[], None], frames: int) -> tuple[float, float]:
    """Return milliseconds of a frame, and those of the processors."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - wall) / frames, 1000 * (time.process_time() - busy) / frames


if __name__ == "__main__":
    main()
