"""Calls of the program in processes of their own."""

import sys
import time

import pytest

from vs_lipsync.studio.job import Job
from vs_lipsync.studio.pulse import Pulse


@pytest.mark.parametrize(("code", "stage", "message"), [(0, "done", ""), (3, "failed", "it ended with exit code 3")])
def test_a_process_that_ends_before_it_has_read_what_to_do_is_no_running_one(
    code: int, stage: str, message: str
) -> None:
    """As one that is stopped at once; more is written than a pipe holds, so that it is always found to be gone."""
    job = Job([sys.executable, "-c", f"raise SystemExit({code})"], Pulse())
    ended: list[bool] = []
    assert job.start(["x" * (1 << 20)], ended.append)
    deadline = time.monotonic() + 60
    while not ended:
        assert time.monotonic() < deadline, job.told()
        time.sleep(0.01)
    assert (job.stage, job.message, ended) == (stage, message, [code == 0])
