"""Connecting to a Ray cluster."""

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from vs_lipsync.errors import JobError, one_line

__all__ = ["ANY", "CLUSTER", "connected"]

ANY: Final = "ray"
"""The cluster that RAY_ADDRESS names, or else that of this machine."""

CLUSTER: Final = re.compile(r"ray|ray://[^\s/:]+:\d{1,5}", re.ASCII)
"""What names a cluster."""

_PATIENCE: Final = 10.0
"""Seconds in which a cluster has to answer; Ray itself tries for minutes."""


@contextmanager
def connected(cluster: str) -> Iterator[Any]:
    """Connect to a cluster while the context lasts, which is given Ray's module.

    Args:
        cluster: a text that `CLUSTER` matches.

    Raises:
        JobError: Ray is not installed, or the cluster cannot be reached.
    """
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")  # or else Ray prints what it logs of machines that die
    try:
        import ray
    except ImportError as error:
        raise JobError("--workers ray needs Ray: pip install 'vs-lipsync[ray]'") from error
    address = _address(cluster)
    try:
        if (place := re.fullmatch(r"(?:ray://)?(.+):(\d+)", address)) is not None:
            socket.create_connection((place[1].strip("[]"), int(place[2])), _PATIENCE).close()
        ray.init(address=address, log_to_driver=False, logging_level="error")
    except (Exception, SystemExit) as error:
        raise JobError(
            f"no Ray cluster can be reached at {address if address != 'auto' else 'this machine'}: {one_line(error)}"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _address(cluster: str) -> str:
    """Return where a cluster is as Ray takes it: HOST:PORT, ray://HOST:PORT, or auto."""
    if cluster != ANY:
        return cluster
    if address := os.environ.get("RAY_ADDRESS"):
        return address
    # Where `ray start` notes the cluster of the machine; it stays behind when that is killed.
    noted = Path(os.environ.get("RAY_TMPDIR", tempfile.gettempdir())) / "ray" / "ray_current_cluster"
    try:
        return noted.read_text(encoding="ascii").strip() or "auto"
    except (OSError, ValueError):
        return "auto"
