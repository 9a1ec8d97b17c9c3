"""A checkpoint in the published layout, with random weights."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.mouth.wav2lip.reference import random_tensors
from tests.one_thread import one_thread

__all__ = ["checkpoint", "one_thread", "tensors"]


@pytest.fixture(scope="session")
def tensors() -> dict[str, Tensor]:
    return random_tensors()


@pytest.fixture(scope="session")
def checkpoint(tensors: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the training script writes it on several GPUs, but for the optimiser's state."""
    path = tmp_path_factory.mktemp("wav2lip") / "random.pth"
    state = {f"module.{name}": tensor for name, tensor in tensors.items()}
    torch.save({"state_dict": state, "optimizer": {"lr": 1e-4}, "global_step": 7, "global_epoch": 1}, path)
    return path
