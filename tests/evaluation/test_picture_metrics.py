"""Each metric of pictures against a case with a known answer (under 1 s)."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from vs_lipsync.evaluation.picture_metrics import mse, psnr, sharpness, ssim


def plane(seed: int = 0, height: int = 48, width: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def test_mse_and_psnr() -> None:
    a = plane()
    b = a.astype(np.int16) + 2
    assert mse(a, b) == 4
    assert psnr(a, b) == pytest.approx(10 * np.log10(255**2 / 4))
    assert psnr(a, b, 1023.0) == pytest.approx(10 * np.log10(1023**2 / 4))
    assert psnr(a, a) == float("inf")
    with pytest.raises(ValueError, match="shapes"):
        mse(a, a[1:])


def test_ssim_is_that_of_the_paper() -> None:
    a = plane(0, 90, 40).astype(float)  # higher than one strip
    b = plane(1, 90, 40).astype(float) * 0.3 + a * 0.7
    reference = structural_similarity(
        a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    assert ssim(a, b) == pytest.approx(reference[5:-5, 5:-5].mean(), abs=1e-5)
    assert ssim(a, a) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="11"):
        ssim(a[:8], b[:8])


def test_sharpness_falls_when_blurred_and_knows_its_mask() -> None:
    sharp = plane().astype(float)
    soft = (sharp + np.roll(sharp, 1, 0) + np.roll(sharp, 1, 1)) / 3
    assert sharpness(soft) < 0.5 * sharpness(sharp)
    mask = np.zeros(sharp.shape, bool)
    mask[10:20, 10:20] = True
    sharp[mask] = 7.0
    inner = np.zeros_like(mask)
    inner[11:19, 11:19] = True
    assert sharpness(sharp, inner) == 0
