"""What can go wrong with model files."""

__all__ = ["UnknownWeightError", "WeightsError"]


class WeightsError(RuntimeError):
    """A model file cannot be had: absent, damaged, or not to be fetched. The message says what to do."""


class UnknownWeightError(WeightsError):
    """No model file of that name is known."""
