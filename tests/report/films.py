"""Made-up reports."""

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.plan.outcomes import Outcome, Range
from vs_lipsync.report.report import FaceSpan, Lane, Report, Sounds

__all__ = ["film"]

REASONS = (Reason.TARGET, Reason.NO_FACE, Reason.TARGET_ABSENT, Reason.TURNED_AWAY, Reason.TOO_SMALL, Reason.EXCLUDED)


def picture(seed: int, height: int, width: int) -> bytes:
    """A JPEG of a face-like blob on a plain ground."""
    shades = np.random.default_rng(seed).integers(40, 220, (2, 3))
    image = np.full((height, width, 3), shades[0], np.uint8)
    centre = (width // 2, height // 2)
    cv2.ellipse(image, centre, (height // 5, height // 3), 0, 0, 360, shades[1].tolist(), -1)
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 72])[1].tobytes()


def film(minutes: float = 120.0, name: str = "film.mkv", dub: str = "voice.wav") -> Report:
    """A film of shots of some 4 seconds, with two people, as large as a real one's report."""
    chance = np.random.default_rng(7)
    fps = Fraction(24000, 1001)
    frames = round(minutes * 60 * fps)
    lengths = chance.gamma(2.0, 48.0, frames).astype(int) + 6
    shots = [0, *np.cumsum(lengths)[np.cumsum(lengths) < frames].tolist()]
    ranges: list[Range] = []
    main: list[FaceSpan] = []
    other: list[FaceSpan] = []
    for index, (first, stop) in enumerate(zip(shots, [*shots[1:], frames], strict=True)):
        edges = sorted({first, stop, *chance.integers(first, stop, 2).tolist()})
        for start, end in pairwise(edges):
            reason = REASONS[int(chance.choice(len(REASONS), p=[0.5, 0.2, 0.15, 0.1, 0.03, 0.02]))]
            ranges.append(Range(start, end - 1, Outcome(str(reason.action), str(reason))))
        (main if index % 3 else other).append(FaceSpan(first, stop, index % 240, bool(index % 3)))
    time = np.arange(frames) / float(fps)
    opening = (0.12 + 0.1 * np.sin(9 * time) * np.sin(0.7 * time) ** 2).astype(np.float32)
    opening[chance.random(frames) < 0.2] = np.nan
    loud = np.abs(np.sin(5 * time) * np.sin(0.3 * time)).astype(np.float32)
    bins = 2
    return Report(
        name=name,
        frames=frames,
        fps=fps,
        width=1920,
        height=1080,
        dub=dub,
        shots=shots,
        ranges=ranges,
        lanes=[Lane("Main face", main), Lane("Second face", other)],
        thumbnails={index: picture(index, 96, 170) for index in range(0, len(shots), max(1, len(shots) // 240))},
        faces=[picture(1000 + index, 72, 72) for index in range(240)],
        sounds=Sounds(bins, np.repeat(loud, bins) * 0.6, np.repeat(loud[::-1], bins) * 0.8),
        measured=opening,
        requested=np.roll(opening, 5),
    )
