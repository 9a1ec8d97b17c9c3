"""ONNX Runtime, kept from telling anybody of what it does."""

import os
from types import ModuleType

__all__ = ["onnx_runtime"]


def onnx_runtime() -> ModuleType:
    """Return the module `onnxruntime`, imported when it is first needed.

    From 1.29 on it writes an identifier of the machine to the user's cache and sends its maker an account of each
    process and model, unless `ORT_DISABLE_TELEMETRY` is set when it is first imported. Who has set that variable, or
    has imported the module before, has decided.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    module: ModuleType = onnxruntime
    return module
