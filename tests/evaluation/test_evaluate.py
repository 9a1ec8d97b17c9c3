"""The demo footage against results of which the numbers are known (15 s)."""

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.footage import changed_samples
from vs_lipsync import lipsync
from vs_lipsync.evaluation.evaluate import evaluate
from vs_lipsync.evaluation.mouth_agreement import predicted_openings
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.timeline import Timecodes

FACE = slice(0, 70)


@pytest.fixture(scope="module")
def original(demo_clip: vs.VideoNode) -> vs.VideoNode:
    """A face throughout, as RGB, so that no conversion stands between the samples and what is measured."""
    return demo_clip[FACE].resize.Bicubic(format=vs.RGB24)


def test_a_clip_against_itself(original: vs.VideoNode) -> None:
    found = evaluate(original[:20], original[:20])
    scores = found.scores
    assert (scores.frames, scores.frames_identical, scores.frames_with_mouth) == (20, 20, 20)
    assert (scores.mse, scores.mse_inside, scores.mse_outside) == (0, 0, 0)
    assert (scores.psnr, scores.psnr_mean, scores.psnr_min, scores.psnr_inside, scores.psnr_outside) == (None,) * 5
    assert (scores.ssim, scores.sharpness) == (1, 1)
    assert (scores.motion_correlation, scores.av_offset_frames, scores.motion_frames) == (None, None, 0)
    assert np.isinf(found.series.psnr).all()


def test_a_constant_error_in_some_frames(original: vs.VideoNode) -> None:
    """A quarter of the frames wrong by 4 levels: the mean over all samples is 4, over the frames that differ 16."""
    clip = original[:20].std.Levels(min_in=0, max_in=200, min_out=0, max_out=200)  # none so bright that it is clipped
    wrong = clip[:15] + clip[15:].std.Expr("x 4 +")
    scores = evaluate(clip, wrong).scores
    assert scores.frames_identical == 15
    for measured in (scores.mse, scores.mse_inside, scores.mse_outside):
        assert measured == pytest.approx(4, rel=0.03)  # the mouth box is not equally large in all frames
    assert scores.mse == 4
    assert scores.psnr == pytest.approx(10 * np.log10(255**2 / 4))
    assert scores.psnr_mean == scores.psnr_min == pytest.approx(10 * np.log10(255**2 / 16))


def test_frames_without_a_face_have_no_box(demo_clip: vs.VideoNode) -> None:
    rocket = demo_clip[130:142].resize.Bicubic(format=vs.RGB24)
    scores = evaluate(rocket, rocket.std.Expr("x 2 - 0 max")).scores
    assert (scores.frames_with_mouth, scores.mse_inside, scores.psnr_inside, scores.sharpness) == (0, None, None, None)
    assert scores.mse == scores.mse_outside


@pytest.fixture(scope="module")
def dubbed(original: vs.VideoNode, demo_dub: Path) -> vs.VideoNode:
    return lipsync(original, str(demo_dub))


def test_a_dubbed_clip_follows_the_dub_and_differs_in_its_boxes_alone(
    original: vs.VideoNode, dubbed: vs.VideoNode, demo_dub: Path
) -> None:
    calls: list[None] = []
    found = evaluate(original, dubbed, Dub.open(demo_dub), done=lambda: calls.append(None))
    scores = found.scores
    assert len(calls) == scores.frames == scores.frames_with_mouth == 70
    assert changed_samples(original.get_frame(50), dubbed.get_frame(50)) > 0
    assert scores.mse_outside == 0 and scores.psnr_outside is None
    assert scores.mse_inside is not None and scores.mse_inside > scores.mse > 0
    assert scores.motion_correlation is not None and scores.motion_correlation > 0.7
    assert scores.motion_correlation_original is not None
    assert scores.motion_correlation_original < scores.motion_correlation - 0.3
    assert scores.av_offset_frames == scores.av_offset_ms == 0
    # The box that is found where frames do not say theirs holds all that the filter changes.
    silent = dubbed.std.RemoveFrameProps(["LipSyncAction", "LipSyncReason", "LipSyncBox"])
    scores = evaluate(original[:20], silent[:20]).scores
    assert scores.frames_with_mouth == 20
    assert scores.mse_outside == 0


def test_a_late_mouth_is_found(original: vs.VideoNode, dubbed: vs.VideoNode, demo_dub: Path) -> None:
    late = (dubbed[0] * 5 + dubbed)[:70]
    scores = evaluate(original, late, Dub.open(demo_dub)).scores
    assert scores.av_offset_frames == 5
    assert scores.av_offset_ms == pytest.approx(200)
    assert scores.av_correlation is not None and scores.av_correlation > 0.7


def test_a_clip_without_a_rate_is_refused() -> None:
    timeless = vs.core.std.BlankClip(fpsnum=0, length=3, width=64, height=64)
    with pytest.raises(vs.Error, match=r"^lipsync: the clip has a variable frame rate"):
        evaluate(timeless, timeless)


def test_clips_that_do_not_match(original: vs.VideoNode) -> None:
    with pytest.raises(ValueError, match="size"):
        evaluate(original, original.resize.Bilinear(320, 192))
    with pytest.raises(ValueError, match="length"):
        evaluate(original, original[:-1])


def test_frames_are_judged_by_the_moments_at_which_they_are_shown(original: vs.VideoNode, demo_dub: Path) -> None:
    """Of a clip whose first frames are not looked at, and in which each of the others is shown twice as long."""
    dub = Dub.open(demo_dub)
    times = Timecodes([40_000_000 * n for n in range(10)] + [400_000_000 + 80_000_000 * n for n in range(60)])
    part = original[10:22]
    found = evaluate(part, part, dub, dub_start=0.5, range_of=(original, 10), timeline=times)
    moments = np.arange(12, dtype=np.float64) * 0.08 + 0.5
    expected = predicted_openings(dub, moments, 0).here
    np.testing.assert_allclose(found.series.predicted, expected, atol=1e-6)
    np.testing.assert_allclose(found.series.seconds, 0.08 * np.arange(12))
    steady = evaluate(part, part, dub, dub_start=0.5, range_of=(original, 10))
    assert np.abs(steady.series.predicted - expected).max() > 0.01
