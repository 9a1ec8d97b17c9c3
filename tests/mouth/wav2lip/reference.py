"""A second, deliberately plain form of the published generator: a table of layers and a loop over it."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

__all__ = ["BLOCKS", "block_outputs", "random_tensors", "shapes"]


@dataclass(frozen=True)
class Block:
    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: tuple[int, int]
    padding: int
    residual: bool = False
    transposed: bool = False


def _b(name: str, inputs: int, outputs: int, kernel: int, stride: int | tuple[int, int], padding: int) -> Block:
    return Block(name, inputs, outputs, kernel, stride if isinstance(stride, tuple) else (stride, stride), padding)


def _r(name: str, channels: int) -> Block:
    return Block(name, channels, channels, 3, (1, 1), 1, residual=True)


def _t(name: str, inputs: int, outputs: int, stride: int, padding: int) -> Block:
    return Block(name, inputs, outputs, 3, (stride, stride), padding, transposed=True)


FACE = [
    [_b("face_encoder_blocks.0.0", 6, 16, 7, 1, 3)],
    [
        _b("face_encoder_blocks.1.0", 16, 32, 3, 2, 1),
        _r("face_encoder_blocks.1.1", 32),
        _r("face_encoder_blocks.1.2", 32),
    ],
    [
        _b("face_encoder_blocks.2.0", 32, 64, 3, 2, 1),
        _r("face_encoder_blocks.2.1", 64),
        _r("face_encoder_blocks.2.2", 64),
        _r("face_encoder_blocks.2.3", 64),
    ],
    [
        _b("face_encoder_blocks.3.0", 64, 128, 3, 2, 1),
        _r("face_encoder_blocks.3.1", 128),
        _r("face_encoder_blocks.3.2", 128),
    ],
    [
        _b("face_encoder_blocks.4.0", 128, 256, 3, 2, 1),
        _r("face_encoder_blocks.4.1", 256),
        _r("face_encoder_blocks.4.2", 256),
    ],
    [_b("face_encoder_blocks.5.0", 256, 512, 3, 2, 1), _r("face_encoder_blocks.5.1", 512)],
    [_b("face_encoder_blocks.6.0", 512, 512, 3, 1, 0), _b("face_encoder_blocks.6.1", 512, 512, 1, 1, 0)],
]
SOUND = [
    _b("audio_encoder.0", 1, 32, 3, 1, 1),
    _r("audio_encoder.1", 32),
    _r("audio_encoder.2", 32),
    _b("audio_encoder.3", 32, 64, 3, (3, 1), 1),
    _r("audio_encoder.4", 64),
    _r("audio_encoder.5", 64),
    _b("audio_encoder.6", 64, 128, 3, 3, 1),
    _r("audio_encoder.7", 128),
    _r("audio_encoder.8", 128),
    _b("audio_encoder.9", 128, 256, 3, (3, 2), 1),
    _r("audio_encoder.10", 256),
    _b("audio_encoder.11", 256, 512, 3, 1, 0),
    _b("audio_encoder.12", 512, 512, 1, 1, 0),
]
DECODER = [
    [_b("face_decoder_blocks.0.0", 512, 512, 1, 1, 0)],
    [_t("face_decoder_blocks.1.0", 1024, 512, 1, 0), _r("face_decoder_blocks.1.1", 512)],
    [
        _t("face_decoder_blocks.2.0", 1024, 512, 2, 1),
        _r("face_decoder_blocks.2.1", 512),
        _r("face_decoder_blocks.2.2", 512),
    ],
    [
        _t("face_decoder_blocks.3.0", 768, 384, 2, 1),
        _r("face_decoder_blocks.3.1", 384),
        _r("face_decoder_blocks.3.2", 384),
    ],
    [
        _t("face_decoder_blocks.4.0", 512, 256, 2, 1),
        _r("face_decoder_blocks.4.1", 256),
        _r("face_decoder_blocks.4.2", 256),
    ],
    [
        _t("face_decoder_blocks.5.0", 320, 128, 2, 1),
        _r("face_decoder_blocks.5.1", 128),
        _r("face_decoder_blocks.5.2", 128),
    ],
    [
        _t("face_decoder_blocks.6.0", 160, 64, 2, 1),
        _r("face_decoder_blocks.6.1", 64),
        _r("face_decoder_blocks.6.2", 64),
    ],
]
OUTPUT = _b("output_block.0", 80, 32, 3, 1, 1)
BLOCKS = [
    *(block for stage in FACE for block in stage),
    *SOUND,
    *(block for stage in DECODER for block in stage),
    OUTPUT,
]


def shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every name of the published state dict, and its shape."""
    for block in BLOCKS:
        channels = (block.inputs, block.outputs) if block.transposed else (block.outputs, block.inputs)
        yield f"{block.name}.conv_block.0.weight", (*channels, block.kernel, block.kernel)
        yield f"{block.name}.conv_block.0.bias", (block.outputs,)
        for name in ("weight", "bias", "running_mean", "running_var"):
            yield f"{block.name}.conv_block.1.{name}", (block.outputs,)
        yield f"{block.name}.conv_block.1.num_batches_tracked", ()
    yield "output_block.1.weight", (3, 32, 1, 1)
    yield "output_block.1.bias", (3,)


def random_tensors(seed: int = 0) -> dict[str, Tensor]:
    """A state dict in the published layout: random, but so that signals neither vanish nor explode."""
    draw = torch.Generator().manual_seed(seed)
    tensors: dict[str, Tensor] = {}
    for name, shape in shapes():
        if name.endswith("num_batches_tracked"):
            tensors[name] = torch.tensor(1234)
        elif name.endswith("running_var"):
            tensors[name] = torch.rand(shape, generator=draw) + 0.5
        elif name.endswith(".1.weight") and len(shape) == 1:
            tensors[name] = torch.rand(shape, generator=draw) * 0.6 + 0.4
        elif len(shape) == 4:
            inputs = shape[0] if shape[0] != 3 and "decoder" in name and name.split(".")[2] == "0" else shape[1]
            gain = 6.0 if name.startswith("output_block.1") else 1.5
            tensors[name] = torch.randn(shape, generator=draw) * gain / (inputs * shape[2] * shape[3]) ** 0.5
        else:
            tensors[name] = torch.randn(shape, generator=draw) * 0.1
    return tensors


def _apply(block: Block, tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    conv, norm = f"{block.name}.conv_block.0", f"{block.name}.conv_block.1"
    weight, bias = tensors[f"{conv}.weight"], tensors[f"{conv}.bias"]
    if block.transposed:
        more = 1 if block.stride[0] == 2 else 0
        y = F.conv_transpose2d(x, weight, bias, block.stride, block.padding, more)
    else:
        y = F.conv2d(x, weight, bias, block.stride, block.padding)
    mean, variance = (tensors[f"{norm}.{name}"].view(1, -1, 1, 1) for name in ("running_mean", "running_var"))
    gamma, beta = (tensors[f"{norm}.{name}"].view(1, -1, 1, 1) for name in ("weight", "bias"))
    y = (y - mean) / (variance + 1e-5) ** 0.5 * gamma + beta
    return (y + x if block.residual else y).clamp(min=0)


def block_outputs(tensors: dict[str, Tensor], mel: Tensor, faces: Tensor) -> dict[str, Tensor]:
    """What every block gives, by name, and the result as "result"."""
    outputs: dict[str, Tensor] = {}

    def run(block: Block, x: Tensor) -> Tensor:
        outputs[block.name] = _apply(block, tensors, x)
        return outputs[block.name]

    skips = []
    for stage in FACE:
        for block in stage:
            faces = run(block, faces)
        skips.append(faces)
    x = mel
    for block in SOUND:
        x = run(block, x)
    for stage, skip in zip(DECODER, skips[::-1], strict=True):
        for block in stage:
            x = run(block, x)
        x = torch.cat([x, skip], dim=1)
    x = run(OUTPUT, x)
    x = F.conv2d(x, tensors["output_block.1.weight"], tensors["output_block.1.bias"])
    outputs["result"] = 1 / (1 + torch.exp(-x))
    return outputs
