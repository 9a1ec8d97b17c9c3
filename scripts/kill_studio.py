"""Kill the studio and its page again and again while a project is changed, and see whether a change is lost.

    python -m scripts.kill_studio CLIP --stem SOUND [--kills 20] [--seed 0]

Opens the studio on a copy of the clip, its page in Chromium, and changes the project on the page as fast as that says
that it is saved. At a random moment, from before it has begun to after many changes, either the studio or the browser
is killed (SIGKILL). Each time the project has to be one that `vs-lipsync dub` reads, with every change in it that the
page called saved; a studio whose browser was killed is opened in another one, which has to show the last change. Exit
code 0: nothing was lost.
"""

import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from tests.report.browser import Browser
from vs_lipsync.cli.commands.studio import Program

_PROGRAM = [sys.executable, "-c", "from vs_lipsync.cli import main; main()", "studio", "--no-browser"]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")

_GONE = (OSError, AssertionError, ValueError)
"""What is raised by a browser that has ended."""

_NOTHING = -1000
"""What the page shows where nobody has an offset."""

_PICK = """(() => {
  const stem = document.getElementById("stem-0");
  stem.value = "%s";
  stem.dispatchEvent(new Event("change", {bubbles: true}));
})()"""
_CHANGE = """(async () => {
  const field = document.getElementById("offset-0");
  field.value = %s;
  field.dispatchEvent(new Event("change", {bubbles: true}));
})()"""
_SAVED = """(async () => {
  const {state} = await import("/page/script/state.js");
  const text = document.getElementById("saved").textContent;
  return text.startsWith("Saved in ") ? Math.round((state.document.cast?.[0]?.offset ?? -1) * 1000) : null;
})()"""


@dataclass
class Killed:
    """What became of the project until now.

    Attributes:
        sent: number of the last change that was begun.
        saved: number of the last one that the page has called saved.
        victims: who was killed, in order.
    """

    sent: int = 0
    saved: int = 0
    victims: tuple[str, ...] = ()


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stem", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A sound.")
@click.option("--kills", default=20, show_default=True, help="How often to kill either.")
@click.option("--seed", default=0, show_default=True, help="Of the random moments.")
def main(clip: Path, stem: Path, kills: int, seed: int) -> None:
    """Run the test and print its outcome."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        sys.exit("there is no Chromium")
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name) / "film"
        folder.mkdir()
        film, project = folder / f"film{clip.suffix}", folder / "film.toml"
        shutil.copy(clip, film)
        shutil.copy(stem, folder / f"stem{stem.suffix}")
        so_far, studio = Killed(), None
        for number in range(kills):
            studio = studio or subprocess.Popen(
                [*_PROGRAM, str(film)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            before = so_far.saved
            victim = moments.choice(("studio", "browser"))
            # A third of them while it opens.
            seconds = moments.uniform(0, 4) if moments.random() < 1 / 3 else moments.uniform(4, 12)
            profile = Path(name) / f"profile-{number}"
            is_over = _one(studio, chromium, profile, f"stem{stem.suffix}", victim, seconds, so_far)
            found = _value(project)
            click.echo(
                f"{number + 1}: the {victim} was killed after {seconds:.1f} s; {so_far.saved - before} changes were "
                f"called saved, {found} are in the project"
            )
            if not so_far.saved <= found <= so_far.sent:
                sys.exit(f"a change was lost: {so_far.saved} was saved, {found} is there")
            if project.exists():
                Program().read(project)
            so_far.saved = found
            if is_over:  # or else the last one may still be on its way
                so_far.sent = found
            so_far.victims = (*so_far.victims, victim)
            studio = None if is_over else studio
            shutil.rmtree(profile, ignore_errors=True)
        if studio is None:
            studio = subprocess.Popen([*_PROGRAM, str(film)], stdout=subprocess.PIPE, text=True)
        _address(studio)
        studio.terminate()
        studio.wait()
        left = sorted(item.name for item in folder.iterdir() if "plan" not in item.name)
        times = {one: so_far.victims.count(one) for one in sorted(set(so_far.victims))}
        click.echo(f"{kills} kills {times}, nothing lost of {so_far.saved} changes; left behind: {left}")
        sys.exit(0 if left == sorted(["film.toml", film.name, f"stem{stem.suffix}"]) else 1)


def _one(
    studio: "subprocess.Popen[str]",
    chromium: str,
    profile: Path,
    stem: str,
    victim: str,
    seconds: float,
    so_far: Killed,
) -> bool:
    """Change the project on the page until either is killed; returns whether the studio has ended."""
    is_due = threading.Event()
    if victim == "studio":
        threading.Timer(seconds, _kill, (studio.kill, is_due)).start()
    address = _address(studio)
    if address is not None:
        try:
            with Browser.opened(chromium, address, profile) as browser:
                if victim == "browser":
                    threading.Timer(seconds, _kill, (browser.kill, is_due)).start()
                _change(browser, stem, so_far, is_due)
        except _GONE:
            pass
    if victim == "studio":
        studio.wait()
        assert studio.stdout is not None
        studio.stdout.close()
        return True
    return False


def _kill(kill_it: Callable[[], None], is_due: threading.Event) -> None:
    """End a process, and say so."""
    kill_it()
    is_due.set()


_addresses: dict[int, str] = {}


def _address(studio: "subprocess.Popen[str]") -> str | None:
    """Return where the page of a studio is; None if it was killed before it said so."""
    if studio.pid not in _addresses:
        assert studio.stdout is not None
        found = _ADDRESS.match(studio.stdout.readline())
        if found is None:
            return None
        _addresses[studio.pid] = found[0]
    return _addresses[studio.pid]


def _change(browser: Browser, stem: str, so_far: Killed, is_due: threading.Event) -> None:
    """Shift the dub of the first person again and again, until somebody is killed."""
    known = None
    while not is_due.is_set():
        shown = browser.value("document.getElementById('offset-0') ? 1 : document.getElementById('stem-0') ? 0 : -1")
        if shown < 0:  # the film is not analysed yet
            time.sleep(0.1)
        elif not shown:
            browser.value(_PICK % stem)
            time.sleep(0.3)
        else:
            if known is None:
                shown = browser.value(_SAVED)
                if shown is None:
                    continue
                shown = 0 if shown == _NOTHING else shown
                if not so_far.saved <= shown <= so_far.sent:
                    sys.exit(f"a change was lost: {so_far.saved} was in the project, and the page shows {shown}")
                known = so_far.saved = shown
            so_far.sent = known + 1
            browser.value(_CHANGE % (so_far.sent / 1000))
            while (told := browser.value(_SAVED)) != so_far.sent:
                if is_due.is_set():
                    return
                if told not in (None, known, _NOTHING):
                    sys.exit(f"{so_far.sent} was typed, and the page shows {told}")
            known = so_far.saved = so_far.sent


def _value(project: Path) -> int:
    """Return the number of the last change in a project; 0 for none."""
    if not project.exists():
        return 0
    cast = tomllib.loads(project.read_text(encoding="utf-8")).get("cast", [])
    return round(cast[0].get("offset", 0) * 1000) if cast else 0


if __name__ == "__main__":
    main()
