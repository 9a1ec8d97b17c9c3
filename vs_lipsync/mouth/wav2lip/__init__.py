"""Mouths from Wav2Lip checkpoints.

`checkpoint` reads, checks and converts files; `network` is the published generator, and its fast form. A frame hears
what `mel` makes of the dub and shows what `crop` cuts out of the footage; `engine` (or `onnx_engine`) runs the network,
`paste` puts the result into the footage, and `generator` is all of it as a `Generator`. `library` keeps one engine for
all filters of a process.
"""

from vs_lipsync.mouth.wav2lip.checkpoint import add, convert, load
from vs_lipsync.mouth.wav2lip.engine import TorchEngine
from vs_lipsync.mouth.wav2lip.generator import Wav2LipGenerator
from vs_lipsync.mouth.wav2lip.library import open_generator, shared_engine
from vs_lipsync.mouth.wav2lip.network import Wav2Lip
from vs_lipsync.mouth.wav2lip.onnx_engine import OnnxEngine

__all__ = [
    "OnnxEngine",
    "TorchEngine",
    "Wav2Lip",
    "Wav2LipGenerator",
    "add",
    "convert",
    "load",
    "open_generator",
    "shared_engine",
]
