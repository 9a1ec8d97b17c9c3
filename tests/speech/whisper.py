"""Whisper's encoder in plain PyTorch, with the weights of an ONNX file in the order in which it uses them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor
from torch.nn import functional


def encode(path: Path, mel: Tensor, first: int, last: int) -> Tensor:
    """Return the mean [n, 512] of what layers `first` to `last`, counted from 1, make of log-mel columns [80, 2 n]."""
    weights = _weights(path)
    x = mel[None]
    x = functional.gelu(functional.conv1d(x, next(weights), next(weights), padding=1))
    x = functional.gelu(functional.conv1d(x, next(weights), next(weights), padding=1, stride=2))
    x = x[0].T + next(weights)
    outputs = []
    for _ in range(last):
        normal = _norm(x, weights)
        query, key, value = (normal @ next(weights) + next(weights)).reshape(len(x), 3, 8, 64).permute(1, 2, 0, 3)
        heard = functional.scaled_dot_product_attention(query, key, value).transpose(0, 1).reshape(len(x), -1)
        x = x + heard @ next(weights) + next(weights)
        inner = functional.gelu(_norm(x, weights) @ next(weights) + next(weights))
        x = x + inner @ next(weights) + next(weights)
        outputs.append(x)
    assert next(weights, None) is None
    return torch.stack(outputs[first - 1 :]).mean(0)


def _weights(path: Path) -> Iterator[Tensor]:
    for stored in onnx.load(path).graph.initializer:
        array = numpy_helper.to_array(stored)
        if array.dtype == np.float16:
            yield torch.from_numpy(array.astype(np.float32))


def _norm(x: Tensor, weights: Iterator[Tensor]) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], next(weights), next(weights), 1e-5)
