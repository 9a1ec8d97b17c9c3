"""Chunks in, patches out."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.mouth.wav2lip.faces import FORMATS, frame, landmarks
from tests.mouth.wav2lip.test_mel import speech
from vs_lipsync.mouth.base import Chunk, MouthFrame, Patch
from vs_lipsync.mouth.wav2lip import TorchEngine, Wav2LipGenerator, load
from vs_lipsync.mouth.wav2lip.crop import boxes_of, read_face
from vs_lipsync.mouth.wav2lip.mel import mel_windows
from vs_lipsync.planes.rgb import to_rgb
from vs_lipsync.speech.dub import Dub


class Recorder:
    """An engine that keeps what it is given, and makes every mouth of one colour (B, G, R)."""

    def __init__(self) -> None:
        self.mel = np.zeros((0, 1, 80, 16), np.float32)
        self.faces = np.zeros((0, 6, 96, 96), np.float32)
        self.calls = 0

    def run(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        self.mel, self.faces = mel, faces
        self.calls += 1
        made = faces[:, 3:, 39:].copy()
        made[:, :, 20:45, 25:70] = np.array([0.1, 0.2, 0.6], np.float32)[:, None, None]
        return made


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> TorchEngine:
    return TorchEngine(load(checkpoint), "cpu", batch=4)


@pytest.fixture(scope="module")
def dub() -> Dub:
    return Dub.of(speech(2.0))


def footage(count: int, name: str = "YUV420P8") -> list[MouthFrame]:
    """A face that moves and talks."""
    return [
        frame(i, landmarks(260 + 1.5 * i, 230 + i, 45, 0.01 * i, 0.1 * abs(np.sin(i))), name=name) for i in range(count)
    ]


def chunk(window: Sequence[MouthFrame], start: int = 0, stop: int | None = None, first: float = 0.2) -> Chunk:
    stop = len(window) if stop is None else stop
    return Chunk(window, start, stop, first + np.arange(len(window)) / 25)


def equal(a: Patch | None, b: Patch | None, tolerance: int = 0) -> bool:
    if a is None or b is None:
        return a is b
    same = a.region == b.region and np.array_equal(a.mask, b.mask)
    close = all(
        (np.abs(p.astype(np.int64) - q.astype(np.int64)) <= tolerance).all()
        for p, q in zip(a.planes, b.planes, strict=True)
    )
    return same and close


def test_frames_pass_without_a_face_or_outside_the_dub(dub: Dub) -> None:
    window = footage(6)
    window[1] = MouthFrame(1, 0, None, None)
    times = np.array([-0.01, 0.5, 0.54, 1.9999, 2.0, np.nan])
    recorder = Recorder()
    patches = Wav2LipGenerator(recorder, dub).generate(Chunk(window, 0, 6, times))
    assert [patch is None for patch in patches] == [True, True, False, False, True, True]
    assert len(recorder.faces) == 2 and recorder.calls == 1


def test_nothing_to_do_asks_nothing_of_the_network(dub: Dub) -> None:
    recorder = Recorder()
    patches = Wav2LipGenerator(recorder, dub).generate(chunk([MouthFrame(i, 0, None, None) for i in range(4)]))
    assert patches == [None] * 4
    assert recorder.calls == 0


def test_network_sees_and_hears_what_was_published(dub: Dub) -> None:
    window, recorder = footage(5), Recorder()
    task = chunk(window, 1, 4)
    Wav2LipGenerator(recorder, dub, level=False).generate(task)
    np.testing.assert_array_equal(recorder.mel, mel_windows(dub, task.times[1:4]))
    boxes = boxes_of(window, level=False)
    for given, i in zip(recorder.faces, range(1, 4), strict=True):
        part, box = window[i].crop, boxes[i]
        assert part is not None and box is not None
        face = np.clip(read_face(to_rgb(part), part.region, box), 0, 1)
        np.testing.assert_allclose(given[3:], face[..., ::-1].transpose(2, 0, 1), atol=0.02)  # B, G, R
        np.testing.assert_array_equal(given[:3, :48], given[3:, :48])
        np.testing.assert_array_equal(given[:3, 48:], 0)


def test_result_is_read_as_blue_green_red(dub: Dub) -> None:
    window = footage(1, "RGB24")
    (patch,) = Wav2LipGenerator(Recorder(), dub).generate(chunk(window))
    points = window[0].landmarks
    assert patch is not None and points is not None
    x, y = points[[13, 14], :2].mean(0).round().astype(int)
    r, g, b = (plane[y - patch.region.y, x - patch.region.x] / 255 for plane in patch.planes)
    assert (r, g, b) == (pytest.approx(0.6, abs=0.05), pytest.approx(0.2, abs=0.05), pytest.approx(0.1, abs=0.05))


def test_exemplar_is_the_closed_mouth_of_the_same_shot(dub: Dub) -> None:
    openings = [0.2, 0.15, 0.0, 0.2, 0.1, 0.0]
    shots = [0, 0, 0, 3, 3, 6]
    window = [
        frame(i, landmarks(260, 230, 45, opening=opening), shot, seed=i)
        for i, (opening, shot) in enumerate(zip(openings, shots, strict=True))
    ]
    recorder = Recorder()
    Wav2LipGenerator(recorder, dub, reference="current").generate(chunk(window))
    own = recorder.faces[:, 3:].copy()
    Wav2LipGenerator(recorder, dub, reference="exemplar").generate(chunk(window))
    for given, exemplar in zip(recorder.faces[:, 3:], (2, 2, 2, 4, 4, 5), strict=True):
        np.testing.assert_array_equal(given, own[exemplar])
    np.testing.assert_array_equal(recorder.faces[:, :3, :48], own[:, :, :48])  # what is to be filled stays its own


def test_exemplar_may_lie_outside_the_chunk(dub: Dub) -> None:
    window = [frame(i, landmarks(260, 230, 45, opening=0.2 if i else 0.0), seed=i) for i in range(4)]
    recorder = Recorder()
    Wav2LipGenerator(recorder, dub, reference="current").generate(chunk(window))
    first = recorder.faces[0, 3:]
    Wav2LipGenerator(recorder, dub, reference="exemplar").generate(chunk(window, 2, 4))
    for given in recorder.faces[:, 3:]:
        np.testing.assert_array_equal(given, first)


def test_unknown_reference_is_refused(dub: Dub) -> None:
    with pytest.raises(ValueError, match="reference"):
        Wav2LipGenerator(Recorder(), dub, reference="best")  # type: ignore[arg-type]


def test_random_network_gives_equal_bytes_again_and_from_threads(engine: TorchEngine, dub: Dub) -> None:
    generator, task = Wav2LipGenerator(engine, dub), chunk(footage(4))
    first = generator.generate(task)
    assert all(patch is not None for patch in first)
    with ThreadPoolExecutor(3) as pool:
        for patches in pool.map(lambda _: generator.generate(task), range(3)):
            assert all(equal(a, b) for a, b in zip(patches, first, strict=True))


def test_chunks_meet_without_a_seam(engine: TorchEngine, dub: Dub) -> None:
    generator, window = Wav2LipGenerator(engine, dub), footage(6)
    whole = generator.generate(chunk(window))
    parts = generator.generate(chunk(window, 0, 2)) + generator.generate(chunk(window, 2, 6))
    # Another batch may round differently by a billionth, which shows as one step of a sample here and there.
    assert all(equal(a, b, tolerance=1) for a, b in zip(parts, whole, strict=True))


def test_sound_moves_the_mouth(engine: TorchEngine, dub: Dub) -> None:
    window = footage(2)
    loud = Wav2LipGenerator(engine, dub).generate(chunk(window))
    silent = Wav2LipGenerator(engine, Dub.of(np.zeros(32000, np.float32))).generate(chunk(window))
    assert not any(equal(a, b) for a, b in zip(loud, silent, strict=True))


def test_broken_sound_does_not_stop_it(engine: TorchEngine) -> None:
    dub = Dub.of(np.full(32000, np.nan, np.float32))
    (patch,) = Wav2LipGenerator(engine, dub).generate(chunk(footage(1)))
    assert patch is not None
    assert all(np.isfinite(plane).all() for plane in patch.planes)


@pytest.mark.parametrize("name", FORMATS)
def test_patches_are_of_the_clips_format(name: str, dub: Dub) -> None:
    window = footage(1, name)
    (patch,) = Wav2LipGenerator(Recorder(), dub).generate(chunk(window))
    part = window[0].crop
    assert patch is not None and part is not None
    form, region = part.format, patch.region
    assert region == region.aligned(form, part.region.right, part.region.bottom)
    assert patch.mask.shape == (region.height, region.width) and patch.mask.dtype == np.float32
    for index, plane in enumerate(patch.planes):
        shift_x, shift_y = form.subsampling(index)
        assert plane.shape == (region.height >> shift_y, region.width >> shift_x)
        assert plane.dtype == form.dtype
        assert plane.astype(np.float64).max() <= form.peak or form.dtype.kind == "f"
