"""The program as another process orders it: it waits, with all loaded, for its arguments, and ends with who ordered it.

The arguments come as a list in JSON in the first line of standard input.
"""

import json
import os
import signal
import sys
import threading

from vs_lipsync.cli import progress
from vs_lipsync.cli.main import main

__all__ = ["run"]


def run() -> None:
    """Read the arguments, and run the program."""
    # What takes long to load is there when the arguments come.
    import vs_lipsync.cli.jobs.dub  # noqa: F401
    from vs_lipsync.speech.model import default_model

    default_model()
    line = sys.stdin.readline()
    if not line:
        return

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    progress.tell_often()
    main(json.loads(line))


if __name__ == "__main__":
    run()
