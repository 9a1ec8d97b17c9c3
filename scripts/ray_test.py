"""Dub a clip on a Ray cluster of this machine; kill a node and add one on the way: is the file still the same?

    pip install '.[ray]'
    python -m scripts.ray_test CLIP --audio DUB [--nodes 3] [--piece 2] [--client]

Dubs the clip in one process. Then it starts a head without processors, and nodes with one each, all on loopback; dubs
the clip on them, kills the first node when the first piece has come, and adds one. Compares decoded frames and sound.
With --client it connects by ray://. Exit code 0: they are equal, a node was killed, and no process is left.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import click

from scripts.kill_test import FAST, PROGRAM, digest

PORT = 20123


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--audio", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The dub.")
@click.option("--nodes", default=3, show_default=True, help="How many nodes begin.")
@click.option("--piece", default=2.0, show_default=True, help="Seconds of the pieces, at least.")
@click.option("--client", is_flag=True, help="Connect by ray://.")
def main(clip: Path, audio: Path, nodes: int, piece: float, client: bool) -> None:
    """Run the test and print its outcome."""
    for name, value in (("raylet_start_wait_time_s", "300"), ("agent_register_timeout_ms", "300000")):
        os.environ.setdefault(f"RAY_{name}", value)  # for machines that have much else to do
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory() as folder:
        single, clustered = Path(folder) / "single.mkv", Path(folder) / "clustered.mkv"

        def command(output: Path, workers: str) -> list[str]:
            options = ["--piece", str(piece), "--encoder-args", FAST, "--workers", workers]
            return [*PROGRAM, "dub", str(clip.absolute()), "-a", str(audio.absolute()), "-o", str(output), *options]

        begun = time.monotonic()
        if subprocess.run(command(single, "1"), check=False).returncode:
            sys.exit("the run in one process failed")
        click.echo(f"one process: {time.monotonic() - begun:.1f} s")

        head = {"num_cpus": 0, "include_dashboard": False, **_on_loopback(0)}
        options = {"ray_client_server_port": PORT} if client else {}
        cluster = Cluster(initialize_head=True, head_node_args=head | options)
        try:
            begun = time.monotonic()
            process = subprocess.Popen(
                command(clustered, f"ray://127.0.0.1:{PORT}" if client else "ray"),
                env=os.environ | {"RAY_ADDRESS": cluster.address},
                stderr=subprocess.PIPE,
                text=True,
            )
            joined = threading.Event()
            threading.Thread(target=_echo, args=(process, joined), daemon=True).start()
            while not joined.wait(0.2) and process.poll() is None:
                pass  # until it has joined the node that there is, the head, which stays
            members = [cluster.add_node(num_cpus=1, **_on_loopback(1 + n)) for n in range(nodes)]
            click.echo(f"after {time.monotonic() - begun:.1f} s {nodes} nodes are there")
            job = clustered.with_name(f".{clustered.name}.job")
            while not list(job.glob("0*.json")) and process.poll() is None:
                time.sleep(0.1)
            killed = process.poll() is None
            cluster.remove_node(members[0], allow_graceful=False)
            cluster.add_node(num_cpus=1, **_on_loopback(1 + nodes))
            click.echo(f"after {time.monotonic() - begun:.1f} s a node was killed and one added")
            started = _below(os.getpid())
            process.wait(1800)
            started |= _below(os.getpid())
            click.echo(f"the cluster: {time.monotonic() - begun:.1f} s, exit code {process.returncode}")
        finally:
            cluster.shutdown()
        equal = process.returncode == 0 and digest(single) == digest(clustered)
    deadline = time.monotonic() + 20
    while (alive := [pid for pid in started if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.2)
    click.echo(f"{'the same' if equal else 'OTHER'} frames and sound; processes left: {alive or 'none'}")
    sys.exit(0 if equal and killed and not alive else 1)


def _on_loopback(number: int) -> dict[str, object]:
    """Return what makes a node stay on this machine, with ports of its own: a raylet waits 15 s for those not given."""
    first = PORT + 10 * (1 + number)
    names = ("metrics_agent_port", "dashboard_agent_listen_port", "runtime_env_agent_port", "metrics_export_port")
    return {"node_ip_address": "127.0.0.1", **{name: first + n for n, name in enumerate(names)}}


def _echo(process: "subprocess.Popen[str]", joined: threading.Event) -> None:
    """Show what a process says, and tell when it has joined a cluster."""
    assert process.stderr is not None
    for line in process.stderr:
        click.echo(line, nl=False)
        if "processors in the Ray cluster" in line:
            joined.set()


def _below(parent: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    try:
        own = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return set()
    return set(own).union(*map(_below, own))


if __name__ == "__main__":
    main()
