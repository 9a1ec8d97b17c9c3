"""The net that tells made pictures from real ones."""

import cv2
import numpy as np
import torch

from scripts.measuring.judge import SIDE, Pictures, judged


def _speakers(*, squeezed: bool) -> list[Pictures]:
    rng = np.random.default_rng(4)
    speakers = []
    for _ in range(2):
        real = rng.normal(128, 40, (10, SIDE // 2, SIDE // 2, 3)).clip(0, 255).astype(np.uint8)
        whole = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in real]
        small = [cv2.resize(one, (SIDE // 3, SIDE // 3), interpolation=cv2.INTER_AREA) for one in whole]
        made = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in small] if squeezed else whole
        speakers.append(Pictures(*(np.array(kind).transpose(0, 3, 1, 2) for kind in (whole, made))))
    return speakers


def test_pictures_that_lack_detail_are_told_from_others_and_equal_ones_are_not() -> None:
    torch.set_num_threads(1)
    told = judged(_speakers(squeezed=True), folds=2, steps=5)
    assert told.area > 0.9
    assert told.pairs > 0.9
    equal = judged(_speakers(squeezed=False), folds=2, steps=1)
    assert equal.area == equal.pairs == 0.5
