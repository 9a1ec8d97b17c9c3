"""dlib's face recognition net: 128 numbers that tell one person from another.

Davis King's ResNet (`dlib_face_recognition_resnet_model_v1`, 2017, public domain), 99.38 % on Labeled Faces in the Wild
at a distance of 0.6. dlib computes it in some 160 ms on a CPU as its wheels are built, and would be one more library to
install; PyTorch, which is here anyway, in a tenth of that, and to the same numbers.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional

from vs_lipsync.weights.shipped import shipped_model

__all__ = ["BLOCKS", "NUMBERS", "SIDE", "FaceNet"]

SIDE: Final = 150
"""The net looks at SIDE × SIDE pixels."""

NUMBERS: Final = 128
"""Numbers that stand for a face."""

_MEAN: Final = (122.782, 117.001, 104.298)
"""What the net takes off red, green and blue (`dlib/dnn/input.h`, input_rgb_image_sized)."""

BLOCKS: Final = (32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256, 256, 256)
"""Filters of the residual blocks, from the input on (`examples/dnn_face_recognition_ex.cpp`)."""

_HALVING: Final = (3, 7, 10, 13)
"""Which of them halve the picture."""


class FaceNet:
    """The net. May be used from several threads; call it on the workers of `workers`."""

    def __init__(self) -> None:
        stored = load(shipped_model("face_recognition"))

        def convolution(name: str) -> _Convolution:
            return _Convolution(stored[f"{name}.weight"], stored[f"{name}.bias"])

        self._stem = convolution("stem")
        self._blocks = [(convolution(f"blocks.{n}.0"), convolution(f"blocks.{n}.1")) for n in range(len(BLOCKS))]
        self._last = stored["last"]

    def __call__(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the numbers [n, 128] of faces [n, 150, 150, 3], RGB, cut out by `embedding.chip`."""
        x = (torch.from_numpy(chips).permute(0, 3, 1, 2).float() - torch.tensor(_MEAN)[:, None, None]) / 256.0
        x = functional.max_pool2d(functional.relu(self._stem(x, stride=2)), 3, 2)
        for number, (first, second) in enumerate(self._blocks):
            if number in _HALVING:
                change = second(functional.relu(first(x, stride=2)), padding=1)
                x = functional.relu(_sum(change, functional.avg_pool2d(x, 2, 2)))
            else:
                x = functional.relu(second(functional.relu(first(x, padding=1)), padding=1) + x)
        return np.asarray((x.mean((2, 3)) @ self._last).numpy(), np.float32)


class _Convolution:
    """A convolution, into which the affine layer behind it has been folded."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = weight
        self._bias = bias

    def __call__(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        return functional.conv2d(x, self._weight, self._bias, stride, padding)


def _sum(a: Tensor, b: Tensor) -> Tensor:
    """Add feature maps of different sizes: dlib lets the smaller end in zeros, in channels, rows and columns."""
    size = [max(sides) for sides in zip(a.shape, b.shape, strict=True)]
    return sum((_grown(x, size) for x in (a, b)), torch.zeros(()))


def _grown(x: Tensor, size: list[int]) -> Tensor:
    return functional.pad(x, [n for axis in (3, 2, 1) for n in (0, size[axis] - x.shape[axis])])
