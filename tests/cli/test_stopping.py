import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, weakref
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.stopping import listen

class Thing: pass

listen()
with progress("working", 3) as advance:
    advance()
    thing = Thing()
    reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), {number}))
    del thing  # the exception is dropped
    print("going on", flush=True)
    advance()
    print("not reached")
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_is_not_lost_whose_exception_is(number: signal.Signals, code: int) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    command = [sys.executable, "-c", PROGRAM.format(number=int(number))]
    process = subprocess.run(command, check=False, capture_output=True, text=True)
    signal.signal(signal.SIGINT, before)
    assert "ignored" in process.stderr
    assert (process.stdout, process.returncode) == ("going on\n", code)
