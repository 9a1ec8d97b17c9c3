"""Chooses the device that networks run on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["resolve_device"]


def resolve_device(device: str) -> "torch.device":
    """Return the device of a name: "auto" (a CUDA GPU if there is one, else the CPU), "cpu", "cuda" or "cuda:1".

    Raises:
        ValueError: the name is not one of these, or there is no such GPU.
    """
    import torch  # takes seconds: only for models that run on it

    count = torch.cuda.device_count()
    if device == "auto":
        return torch.device("cuda", 0) if count else torch.device("cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"{device!r} is not a device; choose auto, cpu, cuda or cuda:1") from error
    if chosen.type == "cpu":
        return torch.device("cpu")
    if chosen.type != "cuda":
        raise ValueError(f"{device!r} is not supported; choose auto, cpu, cuda or cuda:1")
    index = chosen.index or 0
    if index >= count:
        raise ValueError(f"there is no device {device!r}: {count} CUDA GPUs can be used")
    return torch.device("cuda", index)
