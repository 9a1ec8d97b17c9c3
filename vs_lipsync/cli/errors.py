"""How the program fails."""

__all__ = ["JobError", "one_line"]


class JobError(Exception):
    """What was asked for is sound but could not be done; the message is one line for the user."""


def one_line(error: BaseException) -> str:
    """Return what an error says in one line; VapourSynth puts a whole traceback in front of it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix("vapoursynth.Error: ").removeprefix("lipsync: ") if lines else type(error).__name__
