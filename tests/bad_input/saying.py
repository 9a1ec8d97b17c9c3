"""What the program may say when it fails."""

import re

from tests.running import Done

__all__ = ["our_error"]

_NOTES = re.compile(
    r"reading the clip for the first time|dubbing: .*|planning: .*|.* has a variable frame rate; .*"
    r"|.* is damaged or not whole: .*|.* frames are kept in .*|.* is left out: .*"
)
"""Lines that may stand before the error."""


def our_error(done: Done, named: str) -> None:
    """Make sure that a run failed with an error of ours: an exit code, and one line that names what is bad."""
    assert done.returncode in (1, 2), done
    *notes, last = done.stderr.rstrip("\n").split("\n")
    assert last.startswith("vs-lipsync: ") and named in last, done.stderr
    assert all(_NOTES.fullmatch(note) for note in notes), done.stderr
    assert done.stdout == ""
