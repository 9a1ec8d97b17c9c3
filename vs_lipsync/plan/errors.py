"""How plan files fail."""

__all__ = ["PlanError"]


class PlanError(Exception):
    """A plan file that cannot be used; the message says where it is wrong."""
