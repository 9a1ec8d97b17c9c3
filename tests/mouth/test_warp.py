"""The default generator on drawn faces, whose mouths can be measured exactly."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mouth.drawn import SIZE, YUV420P8, DrawnMotion, chunk_of, drawn_frame, opened, patches_of
from vs_lipsync.faces.landmarks import LIPS, MOUTH, mouth_opening
from vs_lipsync.mouth.base import Generator, MouthFrame, Patch
from vs_lipsync.mouth.drawing import Mouth, Shown, drawing_of, shown_mouths
from vs_lipsync.mouth.footage import Footage
from vs_lipsync.mouth.render import SURROUND_POINTS, Source, render
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.planes.image import SampleFormat


def _footage(count: int, sample_format: SampleFormat = YUV420P8) -> list[MouthFrame]:
    """A speaker who opens and closes the mouth at a pace of their own while the head sways."""
    amounts = 0.12 - 0.12 * np.cos(np.arange(count) * 0.37)
    return [
        drawn_frame(n, float(a), sample_format, (3 * np.sin(n / 9), 2 * np.cos(n / 13))) for n, a in enumerate(amounts)
    ]


def _gap(frame: MouthFrame, patch: Patch) -> float:
    """Dark samples between the lips in the middle of the mouth, in inter-ocular distances."""
    assert frame.crop is not None and frame.landmarks is not None
    luma = frame.crop.planes[0].astype(np.float64)
    region, crop = patch.region, frame.crop.region
    part = luma[region.y - crop.y : region.bottom - crop.y, region.x - crop.x : region.right - crop.x]
    part += patch.mask * (patch.planes[0].astype(np.float64) - part)
    x = round(float(frame.landmarks[13, 0])) - crop.x
    column = luma[:, x - 2 : x + 3].mean(1)
    return float(np.clip((110 - column) / 80, 0, 1)[60:].sum() / SIZE)


def test_the_mouth_goes_where_it_is_told_and_the_old_one_is_gone() -> None:
    frames = _footage(90)
    generator: Generator = (warp := WarpGenerator(DrawnMotion()))
    chunk = chunk_of(frames, 32, 64)
    patches = patches_of(generator, chunk)
    asked = np.array([mouth_opening(mouth.shape) for mouth in warp.mouths(chunk)])
    made = np.array([_gap(frame, patch) for frame, patch in zip(frames[32:64], patches, strict=True) if patch])
    before = np.array([mouth_opening(Footage.of([frame]).shapes[0]) for frame in frames[32:64]])
    assert len(made) == 32
    assert np.corrcoef(asked, made)[0, 1] > 0.99
    assert np.polyfit(asked, made, 1)[0] == pytest.approx(1.0, abs=0.1)
    rest = made - np.polyval(np.polyfit(asked, made, 1), asked)
    assert abs(np.corrcoef(rest, before)[0, 1]) < 0.3
    assert np.abs(rest).max() < 0.03


def test_patches_lie_inside_the_crop_and_fade_out() -> None:
    frames = _footage(40)
    for frame, patch in zip(
        frames[:32], patches_of(WarpGenerator(DrawnMotion()), chunk_of(frames, 0, 32)), strict=True
    ):
        assert patch is not None and frame.crop is not None
        region, crop = patch.region, frame.crop.region
        assert region == region.aligned(YUV420P8, 10_000, 10_000)
        assert crop.x <= region.x and region.right <= crop.right and crop.y <= region.y and region.bottom <= crop.bottom
        assert patch.mask.shape == (region.height, region.width)
        assert patch.planes[1].shape == (region.height // 2, region.width // 2)
        edge = np.concatenate([patch.mask[0], patch.mask[-1], patch.mask[:, 0], patch.mask[:, -1]])
        assert edge.max() == 0 and patch.mask.max() > 0.99 and patch.mask.min() >= 0
        assert patch.note == ""


def test_no_step_between_chunks() -> None:
    frames = _footage(200)
    # Amplitude grows, so that the chunks measure the speaker differently.
    generator = WarpGenerator(DrawnMotion(frequency=0.3))
    shapes = []
    for start in range(0, 192, 32):
        shapes += [mouth.shape for mouth in generator.mouths(chunk_of(frames, start, start + 32))]
    steps = np.abs(np.diff(np.array(shapes), axis=0)).max((1, 2))
    assert steps[31::32].max() <= 1.5 * np.delete(steps, np.arange(31, len(steps), 32)).max()
    assert len(shapes) == 192


@dataclass
class _Opening:
    """A mouth that is shut, and from a time on open."""

    time: float
    spread: float = 0.07

    def at(self, times: NDArray[np.float64]) -> SimpleNamespace:
        """Return the motion."""
        points = np.array([opened(0.2 if time >= self.time else 0.0) for time in times])
        return SimpleNamespace(points=points, inside=np.ones(len(times), bool))


def test_a_mouth_that_opens_at_a_border_is_shut_before_it() -> None:
    """What opens there opened more slowly in the footage: the frame before it would be a half open mouth."""
    frames = _footage(120)
    generator = WarpGenerator(_Opening(64 / 25))
    openings = mouth_opening(Footage.of(frames).shapes)
    shown = {}
    for start in (32, 64):
        chunk = chunk_of(frames, start, start + 32)
        low = start - chunk.start
        for mouth in generator.mouths(chunk):
            shown[mouth.index + low] = [part.exemplar + low for part in mouth.shown]
    assert max(openings[shown[n][0]] for n in range(56, 64)) < 0.03
    assert min(openings[shown[n][0]] for n in range(64, 72)) > 0.1
    # Each side crosses over to what the other one shows.
    assert shown[63] == [shown[63][0], shown[64][0] - 1]
    assert shown[64][:2] == [shown[64][0], shown[63][0] + 1]


def test_frames_outside_the_dub_and_without_a_face_pass() -> None:
    frames = _footage(40)
    frames[3] = replace(frames[3], crop=None, landmarks=None)
    landmarks = frames[5].landmarks
    assert landmarks is not None
    frames[5] = replace(frames[5], landmarks=np.full_like(landmarks, np.nan))
    patches = patches_of(WarpGenerator(DrawnMotion(length=0.4)), chunk_of(frames, 0, 32))
    assert [i for i, patch in enumerate(patches) if patch is not None] == [0, 1, 2, 4, 6, 7, 8, 9]


def test_a_crop_that_cuts_the_mouth_off_is_no_error() -> None:
    frames = _footage(24)
    for n in (4, 9):
        crop, landmarks = frames[n].crop, frames[n].landmarks
        assert crop is not None and landmarks is not None
        rows = round(float(landmarks[17, 1])) - crop.region.y + (6 if n == 4 else -6)  # below and above the lower lip
        rows -= rows % 2
        planes = tuple(plane[: rows >> (1 if i else 0)] for i, plane in enumerate(crop.planes))
        cut = replace(crop, region=replace(crop.region, height=rows), planes=planes)
        frames[n] = replace(frames[n], crop=cut)
    patches = patches_of(WarpGenerator(DrawnMotion()), chunk_of(frames, 0, 16))
    assert patches[9] is None
    for frame, patch in zip(frames, patches, strict=False):
        assert patch is None or (frame.crop is not None and patch.region.bottom <= frame.crop.region.bottom)


def test_exemplars_stay_in_their_shot() -> None:
    frames = [replace(frame, shot=0 if frame.number < 20 else 20) for frame in _footage(48)]
    chunk = chunk_of(frames, 0, 32)
    for mouth in WarpGenerator(DrawnMotion()).mouths(chunk):
        assert frames[mouth.exemplar].shot == frames[mouth.index].shot


def test_a_still_picture_gets_a_dark_interior_and_says_so() -> None:
    frames = [drawn_frame(n, 0.0) for n in range(40)]
    warp = WarpGenerator(DrawnMotion())
    chunk = chunk_of(frames, 0, 32)
    patches = patches_of(warp, chunk)
    asked = np.array([mouth_opening(mouth.shape) for mouth in warp.mouths(chunk)])
    made = np.array([_gap(frame, patch) for frame, patch in zip(frames, patches, strict=False) if patch is not None])
    assert all(patch is not None and patch.note == "no exemplar" for patch in patches)
    assert np.corrcoef(asked, made)[0, 1] > 0.95
    assert np.ptp(made) > 0.5 * np.ptp(asked)


def test_what_lies_beside_the_jaw_stays_while_the_chin_goes_down() -> None:
    frame = drawn_frame(0, 0.1)
    assert frame.crop is not None and frame.landmarks is not None
    luma = frame.crop.planes[0]
    noise = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, luma.shape), (0, 0), 2)
    luma[:] = np.clip(128 + 40 * noise / noise.std(), 0, 255)  # where whatever moves is seen to
    mouth = frame.landmarks[list(MOUTH), :2].astype(np.float64)
    lower = mouth + np.array([0.0, 0.12 * SIZE])
    surround = frame.landmarks[list(SURROUND_POINTS), :2].astype(np.float64)
    patch = render(frame, lower, [Source(frame, mouth, surround)], SIZE)
    assert patch is not None
    rows, columns = np.mgrid[patch.region.y : patch.region.bottom, patch.region.x : patch.region.right]
    jaw, middle = mouth[len(LIPS) :], mouth[: len(LIPS)].mean(0)

    before = luma[
        patch.region.y - frame.crop.region.y : patch.region.bottom - frame.crop.region.y,
        patch.region.x - frame.crop.region.x : patch.region.right - frame.crop.region.x,
    ].astype(np.float64)
    change = np.abs(patch.mask * (patch.planes[0].astype(np.float64) - before))

    def changed(at: NDArray[np.float64]) -> float:
        """How much has changed near a place, as a part of what quite another picture would."""
        near = np.hypot(columns - at[0], rows - at[1]) < 0.1 * SIZE
        return float(change[near].mean() / 45)

    for side in (0, 2, -3, -1):
        out = jaw[side] - middle
        assert changed(jaw[side] + 0.3 * SIZE * out / np.linalg.norm(out)) < 0.25
    assert changed(jaw[6]) > 0.5


def test_the_chin_comes_with_the_mouth() -> None:
    frame, exemplar = drawn_frame(0, 0.2), drawn_frame(1, 0.0)
    assert frame.crop is not None and exemplar.crop is not None and exemplar.landmarks is not None
    chin = exemplar.landmarks[list(MOUTH), :2][len(LIPS) + 6] - [0, 0.08 * SIZE]
    x, y = round(float(chin[0])) - exemplar.crop.region.x, round(float(chin[1])) - exemplar.crop.region.y
    # A mole that the frame itself does not have.
    exemplar.crop.planes[0][y - 3 : y + 4, x - 3 : x + 4] = np.uint8(60)
    footage = Footage.of([frame, exemplar])
    mouth = Mouth(0, footage.shapes[1], (Shown(1, footage.shapes[1], 1.0),), 0.0, 0.0)
    patch = drawing_of(footage, mouth).draw()
    assert patch is not None
    there = patch.planes[0][y + 12 - patch.region.y, x + 8 - patch.region.x]
    assert there < 90


def test_where_the_footage_jumps_both_mouths_are_seen() -> None:
    frames = [drawn_frame(n, 0.1) for n in range(8)]
    footage = Footage.of(frames)
    requests = footage.shapes[:4]
    own, early, late, after = shown_mouths(requests, footage, np.array([0, 1, 5, 6]))
    assert [part.exemplar for part in own] == [0] and [part.exemplar for part in after] == [6]
    assert [part.exemplar for part in early] == [1, 4] and [part.exemplar for part in late] == [5, 2]
    for parts in (early, late):
        assert sum(part.weight for part in parts) == pytest.approx(1.0)
        assert parts[0].weight > parts[1].weight


def test_a_mouth_is_shown_with_no_frame_of_another_shot() -> None:
    frames = [replace(drawn_frame(n, 0.1), shot=0 if n < 2 else 2) for n in range(8)]
    footage = Footage.of(frames)
    shown = shown_mouths(footage.shapes[2:4], footage, np.array([6, 2]))
    assert all(frames[part.exemplar].shot == 2 for parts in shown for part in parts)


@pytest.mark.parametrize(
    "sample_format",
    [
        SampleFormat("yuv", np.dtype(np.uint16), 10, 1, 1),
        SampleFormat("yuv", np.dtype(np.uint16), 16, 1, 0),
        SampleFormat("yuv", np.dtype(np.uint8), 8, 0, 0),
        SampleFormat("yuv", np.dtype(np.float32), 32, 1, 1),
        SampleFormat("gray", np.dtype(np.uint8), 8),
        SampleFormat("gray", np.dtype(np.float16), 16),
        SampleFormat("rgb", np.dtype(np.uint8), 8),
    ],
    ids=lambda f: f"{f.family}-{f.dtype}-{f.bits}-{f.subsampling_w}{f.subsampling_h}",
)
def test_any_format_shows_the_same_mouth(sample_format: SampleFormat) -> None:
    frames, plain = _footage(24, sample_format), _footage(24)
    made = patches_of(WarpGenerator(DrawnMotion()), chunk_of(frames, 0, 8))
    expected = patches_of(WarpGenerator(DrawnMotion()), chunk_of(plain, 0, 8))
    for a, b in zip(made, expected, strict=True):
        assert a is not None and b is not None
        assert len(a.planes) == sample_format.planes and all(p.dtype == sample_format.dtype for p in a.planes)
        x, y = max(a.region.x, b.region.x), max(a.region.y, b.region.y)
        right, bottom = min(a.region.right, b.region.right), min(a.region.bottom, b.region.bottom)
        scale = 255.0 if sample_format.dtype.kind == "f" else 1 / (1 << (sample_format.bits - 8))
        seen = a.planes[0].astype(np.float64)[y - a.region.y : bottom - a.region.y, x - a.region.x : right - a.region.x]
        plain8 = b.planes[0].astype(np.float64)[
            y - b.region.y : bottom - b.region.y, x - b.region.x : right - b.region.x
        ]
        mask = b.mask[y - b.region.y : bottom - b.region.y, x - b.region.x : right - b.region.x]
        assert np.abs((seen * scale - plain8) * mask).mean() < 1.0
        assert np.abs((seen * scale - plain8) * mask).max() < 40
