"""Settings for the tests of the training room."""

from tests.one_thread import one_thread

__all__ = ["one_thread"]
