"""One engine for each file and device, shared by the filters of a process."""

import threading
from weakref import WeakValueDictionary

from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.wav2lip.checkpoint import load, locate
from vs_lipsync.mouth.wav2lip.engine import TorchEngine
from vs_lipsync.mouth.wav2lip.generator import Wav2LipGenerator
from vs_lipsync.mouth.wav2lip.onnx_engine import OnnxEngine
from vs_lipsync.speech.dub import Dub

__all__ = ["open_generator", "shared_engine"]

_LOCK = threading.Lock()
_ENGINES: WeakValueDictionary[tuple[str, int, int, str], TorchEngine | OnnxEngine] = WeakValueDictionary()


def shared_engine(path: str, device: str = "auto") -> TorchEngine | OnnxEngine:
    """Return the process's engine for a checkpoint (or an ONNX export) and a device; it is freed with its last user.

    Args:
        path: a file, or the name of a checkpoint in the model store.
        device: see `resolve_device`.

    Raises:
        CheckpointError: the file is not understood.
        ValueError: there is no such device.
    """
    file = locate(path)
    onnx = file.suffix.lower() == ".onnx"
    stat = file.stat()
    key = (str(file.resolve()), stat.st_size, stat.st_mtime_ns, str(resolve_device(device)))
    with _LOCK:  # held while loading, so that nobody loads the same file twice
        engine = _ENGINES.get(key)
        if engine is None:
            engine = OnnxEngine(file, device) if onnx else TorchEngine(load(file), device)
            _ENGINES[key] = engine
        return engine


def open_generator(path: str, dub: Dub, device: str = "auto") -> Wav2LipGenerator:
    """Return a generator for a checkpoint (or an ONNX export) and a dub; see `shared_engine`."""
    return Wav2LipGenerator(shared_engine(path, device), dub)
