"""Dub a clip on a Ray cluster of this machine, kill nodes and add others on the way: is the file still the same?

    pip install '.[ray]'
    python -m scripts.ray_test CLIP --audio DUB [--nodes 3] [--kills 1] [--every SECONDS] [--slow] [--piece 2]
        [--client] [--apart] [--smart]

Dubs the clip in one process. Then it starts a head without processors, and nodes with one each, all on loopback; dubs
the clip on them, and each time that a piece has come, or so many seconds have passed, kills a node and adds one.
Compares decoded frames and sound. With --slow one node, which is not killed, stands still nine tenths of the time.
With --client it connects by ray://. With --apart the clip and the dub lie where the nodes do not see them (on Linux, in
a mount namespace). Exit code 0: they are equal, nodes were killed, and no process and no file is left.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import click

from scripts.kill_test import FAST, PROGRAM, digest

os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # Ray's switch for staying on loopback
os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # for machines that have much else to do
os.environ.setdefault("RAY_agent_register_timeout_ms", "300000")
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # what answers ray:// forks, which gRPC does not always survive

PORT = 20123


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--audio", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The dub.")
@click.option("--nodes", default=3, show_default=True, help="How many nodes there are.")
@click.option("--kills", default=1, show_default=True, help="How many of them are killed, with others in their place.")
@click.option(
    "--every", default=0.0, help="Seconds from one kill to the next; 0 for one with each piece that has come."
)
@click.option("--slow", is_flag=True, help="Have one node stand still nine tenths of the time.")
@click.option("--piece", default=2.0, show_default=True, help="Seconds of the pieces, at least.")
@click.option("--client", is_flag=True, help="Connect by ray://.")
@click.option("--smart", is_flag=True, help="Copy what does not change, in both runs.")
@click.option("--offset", default=0.0, show_default=True, help="As for vs-lipsync dub.")
@click.option("--apart", is_flag=True, help="Hide the clip and the dub from the nodes.")
def main(
    clip: Path,
    audio: Path,
    nodes: int,
    kills: int,
    every: float,
    slow: bool,
    piece: float,
    client: bool,
    smart: bool,
    offset: float,
    apart: bool,
) -> None:
    """Run the test and print its outcome."""
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory() as folder:
        single, clustered = Path(folder) / "single.mkv", Path(folder) / "clustered.mkv"
        hidden = Path(folder) / "hidden"
        hidden.mkdir()
        before = _copies()

        def command(output: Path, workers: str, files: tuple[Path, Path]) -> list[str]:
            options = ["--piece", str(piece), "--encoder-args", FAST, "--workers", workers]
            options += ["--offset", str(offset), *(["--smart"] if smart else [])]
            return [*PROGRAM, "dub", str(files[0]), "-a", str(files[1]), "-o", str(output), *options]

        files = clip.absolute(), audio.absolute()
        begun = time.monotonic()
        if subprocess.run(command(single, "1", files), check=False).returncode:
            sys.exit("the run in one process failed")
        click.echo(f"one process: {time.monotonic() - begun:.1f} s")

        head = {"num_cpus": 0, "include_dashboard": False} | ({"ray_client_server_port": PORT} if client else {})
        cluster = Cluster(initialize_head=True, head_node_args=head)
        killed, started = 0, set[int]()
        try:
            begun = time.monotonic()
            members = [cluster.add_node(num_cpus=1) for _ in range(nodes)]
            click.echo(f"after {time.monotonic() - begun:.1f} s {nodes} nodes are there")
            begun = time.monotonic()
            workers = f"ray://127.0.0.1:{PORT}" if client else "ray"
            run = command(clustered, workers, files)
            if apart:
                seen = hidden / clip.name, hidden / audio.name
                inner = " ".join(f"'{word}'" for word in command(clustered, workers, seen))
                copies = f"cp -p '{files[0]}' '{files[1]}' '{hidden}'"
                run = ["unshare", "-m", "sh", "-ec", f"mount -t tmpfs none '{hidden}'; {copies}; exec {inner}"]
            process = subprocess.Popen(run, env=os.environ | {"RAY_ADDRESS": cluster.address})
            job = clustered.with_name(f".{clustered.name}.job")
            slowed = members.pop() if slow else None
            while process.poll() is None and (killed < kills or slowed):
                due = time.monotonic() - begun > every * (killed + 1) if every else _pieces(job) > killed
                if killed < kills and due:
                    started |= _below(os.getpid())
                    cluster.remove_node(members.pop(0), allow_graceful=False)
                    members.append(cluster.add_node(num_cpus=1))
                    killed += process.poll() is None
                    click.echo(f"\nafter {time.monotonic() - begun:.1f} s a node was killed and one added")
                if slowed:
                    _hold(slowed.all_processes["raylet"][0].process.pid, 0.9)
                time.sleep(0.1)
            started |= _below(os.getpid())
            process.wait(1800)
            click.echo(f"the cluster: {time.monotonic() - begun:.1f} s, exit code {process.returncode}")
        finally:
            cluster.shutdown()
        equal = process.returncode == 0 and digest(single) == digest(clustered)
    deadline = time.monotonic() + 20
    while (alive := [pid for pid in started if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    left = sorted(_copies() - before)
    click.echo(
        f"{killed} nodes killed; {'the same' if equal else 'OTHER'} frames and sound; "
        f"processes left: {alive or 'none'}; files left: {left or 'none'}"
    )
    sys.exit(0 if equal and killed == kills and not alive and not left else 1)


def _pieces(job: Path) -> int:
    """Return how many pieces of a job have come."""
    return len(list(job.glob("0*.json")))


def _hold(node: int, seconds: float) -> None:
    """Have the processes that a node has started stand still for so long."""
    held = _below(node)
    for how, then in ((signal.SIGSTOP, seconds), (signal.SIGCONT, 0.0)):
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        time.sleep(then)


def _copies() -> set[str]:
    """Return the folders in which machines of a cluster keep files of jobs."""
    return {str(path) for path in Path(tempfile.gettempdir()).glob("vs-lipsync-*")}


def _below(parent: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    try:
        own = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return set()
    return set(own).union(*map(_below, own))


def _runs(pid: int) -> bool:
    """Tell whether a process is there that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
