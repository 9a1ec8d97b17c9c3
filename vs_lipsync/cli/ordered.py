"""The program as another process orders it: it waits for its arguments, and ends with who ordered it.

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
