"""ONNX Runtime, kept from telling anybody of what it does, and sessions whose results do not depend on the machine."""

import os
from types import ModuleType
from typing import Any

__all__ = ["onnx_runtime", "reproducible_session"]


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


def reproducible_session(model: bytes | str) -> Any:
    """Open a model on the CPU, each call of which is computed by the thread that makes it.

    How several threads divide a sum would change the last bits of results. Calls from several threads run side by side.

    Args:
        model: the ONNX file's contents or its path.

    Returns:
        The `onnxruntime.InferenceSession`, which keeps no state between calls.
    """
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors alone: warnings would go to the user's terminal
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
