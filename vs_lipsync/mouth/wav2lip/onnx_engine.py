"""Running an ONNX export of the generator through ONNX Runtime."""

from os import PathLike, fspath

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import CheckpointError
from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE, FIRST_ROW, MEL_BANDS, MEL_COLUMNS
from vs_lipsync.weights.onnx import onnx_runtime

__all__ = ["OnnxEngine"]

_BATCH = 16


class OnnxEngine:
    """Runs an ONNX file with the generator's inputs and output, whatever their names."""

    def __init__(self, path: str | PathLike[str], device: str = "auto") -> None:
        """Open a file.

        Args:
            path: an ONNX export of the generator; its batch may be of a fixed size.
            device: see `resolve_device`.

        Raises:
            CheckpointError: the file is not an export of the generator.
            ValueError: there is no such device.
        """
        onnxruntime = onnx_runtime()
        chosen = resolve_device(device)
        providers: list[str | tuple[str, dict[str, int]]] = ["CPUExecutionProvider"]
        # "auto" takes the GPU only where the installed onnxruntime can use it.
        able = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
        if chosen.type == "cuda" and (able or device != "auto"):
            providers.insert(0, ("CUDAExecutionProvider", {"device_id": chosen.index}))
        try:
            self._session = onnxruntime.InferenceSession(fspath(path), providers=providers)
        except Exception as error:  # onnxruntime's own errors have no common base
            raise CheckpointError(f"{fspath(path)} cannot be opened by onnxruntime: {error}") from error
        inputs = {tuple(entry.shape[1:]): entry for entry in self._session.get_inputs()}
        try:
            mel, faces = inputs[1, MEL_BANDS, MEL_COLUMNS], inputs[6, FACE_SIZE, FACE_SIZE]
        except KeyError as error:
            shapes = ", ".join(str(list(shape)) for shape in inputs)
            raise CheckpointError(
                f"{fspath(path)} is not an export of the Wav2Lip generator: it wants inputs of {shapes}"
            ) from error
        self._mel, self._faces = mel.name, faces.name
        fixed = faces.shape[0]
        self._fixed = fixed if isinstance(fixed, int) else None

    def run(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lower parts of faces [n, 3, 57, 96]; see `Engine`."""
        batch = self._fixed or _BATCH
        made = np.empty((len(faces), 3, FACE_SIZE - FIRST_ROW, FACE_SIZE), np.float32)
        for start in range(0, len(faces), batch):
            count = min(batch, len(faces) - start)
            some = [values[start : start + count] for values in (mel, faces)]
            if self._fixed and count < batch:  # the last is repeated to fill the batch
                some = [np.concatenate([values, np.repeat(values[-1:], batch - count, 0)]) for values in some]
            (out,) = self._session.run(None, {self._mel: some[0], self._faces: some[1]})
            made[start : start + count] = out[:count, :, FIRST_ROW:]
        return made
