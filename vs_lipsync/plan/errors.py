"""How plan files fail."""

__all__ = ["PlanError", "SpeakerError"]


class PlanError(Exception):
    """A plan file that cannot be used; the message says where it is wrong."""


class SpeakerError(ValueError):
    """A person that cannot be told: no such file, no face in a picture, nobody where the user points."""
