"""Kill the studio again and again while its project is changed, and see whether a change is lost.

    python scripts/kill_studio.py CLIP --stem SOUND [--kills 20] [--seed 0]

Opens the studio on a copy of the clip, and changes the project as fast as it answers. It is killed (SIGKILL) at a
random moment, from before it has begun to after many changes. Each time the project has to be one that `vs-lipsync dub`
reads, with every change in it that was answered. Exit code 0: nothing was lost.
"""

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from vs_lipsync.cli.commands.studio import Program

_PROGRAM = [sys.executable, "-c", "from vs_lipsync.cli import main; main()", "studio", "--no-browser"]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)")


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stem", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A sound.")
@click.option("--kills", default=20, show_default=True, help="How often to kill it.")
@click.option("--seed", default=0, show_default=True, help="Of the random moments.")
def main(clip: Path, stem: Path, kills: int, seed: int) -> None:
    """Run the test and print its outcome."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(clip, folder / f"film{clip.suffix}")
        shutil.copy(stem, folder / f"stem{stem.suffix}")
        project = folder / "film.toml"
        answered, sent = -1, -1
        for number in range(kills):
            # Two thirds of them while changes are made, the others while it opens.
            answered, sent = _one(folder / f"film{clip.suffix}", project, stem.suffix, answered, moments)
            found = _value(project) if project.exists() else -1
            click.echo(f"{number + 1}: {answered + 1} changes were answered, {found + 1} are in the project")
            if not answered <= found <= sent:
                sys.exit(f"a change was lost: {answered} was answered, {found} is there")
            if project.exists():
                Program().read(project)
        process = subprocess.Popen([*_PROGRAM, str(folder / f"film{clip.suffix}")], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        process.wait()
        left = sorted(item.name for item in folder.iterdir() if "plan" not in item.name)
        click.echo(f"{kills} kills, nothing lost; left behind: {left}")
        sys.exit(0 if left == ["film.toml", f"film{clip.suffix}", f"stem{stem.suffix}"] else 1)


def _one(clip: Path, project: Path, suffix: str, before: int, moments: random.Random) -> tuple[int, int]:
    """Change a project until the studio is killed; returns the last change answered, and the last one sent."""
    process = subprocess.Popen([*_PROGRAM, str(clip)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    if moments.random() < 1 / 3:
        threading.Timer(moments.uniform(0, 4), process.kill).start()
    answered = sent = before
    found = _ADDRESS.match(process.stdout.readline())
    if found is not None:
        threading.Timer(moments.uniform(0, 3), process.kill).start()
        try:
            while True:
                sent = answered + 1
                _change(int(found[1]), found[2], project, suffix, sent)
                answered = sent
        except (OSError, HTTPException):
            pass
    process.wait()
    process.stdout.close()
    return answered, sent


def _change(port: int, token: str, project: Path, suffix: str, value: int) -> None:
    person = {"who": "main", "name": "Anna", "dub": f"stem{suffix}", "offset": value / 1000}
    is_there = "cast" in tomllib.loads(project.read_text(encoding="utf-8"))
    change = (
        {"path": ["cast", 0, "offset"], "value": value / 1000} if is_there else {"path": ["cast"], "append": person}
    )
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Studio-Token": token, "X-Studio": "1"}
    connection.request("POST", "/api/change", json.dumps({"changes": [change]}), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        sys.exit(f"refused: {body.decode()}")


def _value(project: Path) -> int:
    """Return the number of the last change in a project; -1 for none."""
    cast = tomllib.loads(project.read_text(encoding="utf-8")).get("cast", [])
    return round(cast[0]["offset"] * 1000) if cast else -1


if __name__ == "__main__":
    main()
