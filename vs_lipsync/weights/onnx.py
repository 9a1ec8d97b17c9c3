"""ONNX Runtime, kept from telling anybody of what it does, and sessions whose results do not depend on the machine."""

import os
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Session", "onnx_runtime", "reproducible_session"]


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Return the outputs of those names, or all, for inputs by name."""
        ...


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


def reproducible_session(model: bytes | str, *, keeps_memory: bool = True) -> Session:
    """Open a model on the CPU, each call of which is computed by the thread that makes it.

    How several threads divide a sum would change the last bits of results. Calls from several threads run side by side.

    Args:
        model: the ONNX file's contents or its path.
        keeps_memory: whether what a call has computed with stays there for the next one; not for what is seldom called.

    Returns:
        The session, which keeps no state between calls.
    """
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = keeps_memory
    options.log_severity_level = 3  # errors alone: warnings would go to the user's terminal
    session: Session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session
