"""Runs the network on a device, in batches that are halved when memory runs out."""

import logging
import threading
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE, FIRST_ROW, Wav2Lip, fold
from vs_lipsync.mouth.wav2lip.torch_workers import map_in_torch

__all__ = ["Engine", "TorchEngine"]

_LOG = logging.getLogger("vs_lipsync")

_CPU_BATCH, _GPU_BATCH = 8, 128
"""Faces at once: what stays in a CPU core's caches, and what fills a GPU; the published script takes 128."""


class Engine(Protocol):
    """Runs a generator. May be called from several threads."""

    def run(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lower parts of faces, the rows from `FIRST_ROW` on.

        Args:
            mel: [n, 1, 80, 16]; see `Wav2Lip.forward`.
            faces: [n, 6, 96, 96].

        Returns:
            [n, 3, 57, 96].
        """
        ...


class TorchEngine:
    """Runs the network in PyTorch: folded, channels-last, and on a GPU in half precision.

    On a CPU each worker thread runs a batch. A GPU runs one call at a time: a batch uses all of it, and memory for one
    batch is enough.
    """

    def __init__(
        self, network: Wav2Lip, device: str = "auto", *, batch: int | None = None, half: bool | None = None
    ) -> None:
        """Prepare a network.

        Args:
            network: it belongs to the engine from now on: it is folded, and moved to the device.
            device: see `resolve_device`.
            batch: most faces at once; None for 8 on a CPU and 128 on a GPU.
            half: whether to compute in half precision; None for whether the device is a GPU.

        Raises:
            ValueError: there is no such device, or the batch is not positive.
        """
        if batch is not None and batch < 1:
            raise ValueError(f"a batch of {batch} faces is not possible")
        self.device = resolve_device(device)
        on_gpu = self.device.type == "cuda"
        self._type = torch.float16 if (on_gpu if half is None else half) else torch.float32
        # Folded in single precision, before anything is rounded to half.
        self._network = fold(network).to(self.device, self._type)
        self.batch = batch or (_GPU_BATCH if on_gpu else _CPU_BATCH)
        self._lock = threading.Lock()

    def run(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lower parts of faces [n, 3, 57, 96]; see `Engine`.

        When the device's memory runs out, the batch is halved, for good, and the work goes on.

        Raises:
            torch.OutOfMemoryError: there is not even room for one face.
        """
        if self.device.type == "cpu":
            starts = range(0, len(faces), self.batch)
            batches = [(mel[start : start + self.batch], faces[start : start + self.batch]) for start in starts]
            made = map_in_torch(lambda batch: self._in_turn(*batch), batches)
            return np.concatenate(made) if made else self._in_turn(mel, faces)
        # Inference mode belongs to a thread: it is entered where the work is done.
        with self._lock, torch.inference_mode():
            return self._in_turn(mel, faces)

    def _in_turn(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32]:
        made = np.empty((len(faces), 3, FACE_SIZE - FIRST_ROW, FACE_SIZE), np.float32)
        start = 0
        while start < len(faces):
            stop = min(start + self.batch, len(faces))
            out = self._forward(mel[start:stop], faces[start:stop])
            if out is None:
                self.batch = (stop - start) // 2
                continue
            made[start:stop] = out
            start = stop
        return made

    def _forward(self, mel: NDArray[np.float32], faces: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Run one batch; None when there is no room for it."""
        try:
            shown = self._upload(faces).contiguous(memory_format=torch.channels_last)
            out: Tensor = self._network(self._upload(mel), shown, lower=True)
            return np.asarray(out.float().cpu().numpy(), np.float32)
        except torch.OutOfMemoryError:
            if len(faces) == 1:
                raise
            _LOG.warning("%s has no memory for %d faces at once; trying half of them", self.device, len(faces))
        # Behind the handler, since the error holds the tensors of the failed batch.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _upload(self, values: NDArray[np.float32]) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(values)).to(self._type)
        if self.device.type != "cuda":
            return tensor
        # From pinned memory the copy does not wait for the work before it.
        return tensor.pin_memory().to(self.device, non_blocking=True)
