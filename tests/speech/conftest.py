"""Settings for the tests of the speech room."""

from tests.one_thread import one_thread

__all__ = ["one_thread"]
