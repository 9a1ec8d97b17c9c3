"""Being stopped by a signal, which leaves by an exception, so that nothing half done stays behind.

Python drops an exception that is raised while it clears away an object, whatever it is, and a signal may come just
then. So a job asks after each frame whether there was one.
"""

import signal
from types import FrameType

__all__ = ["leave_if_stopped", "listen"]

_stopped_by: list[int] = []


def listen() -> None:
    """Leave by KeyboardInterrupt when SIGINT comes, unless it is ignored, and by SystemExit when SIGTERM comes."""
    _stopped_by.clear()
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)


def leave_if_stopped() -> None:
    """Raise the exception of a signal that has come, once more if it was dropped.

    Raises:
        KeyboardInterrupt: it was SIGINT.
        SystemExit: it was SIGTERM.
    """
    if _stopped_by:
        if _stopped_by[0] == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + _stopped_by[0])


def _stop(number: int, _frame: FrameType | None) -> None:
    _stopped_by.append(number)
    leave_if_stopped()
