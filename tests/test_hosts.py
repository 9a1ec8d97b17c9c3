"""The hosts that filters live in: previewers, encoders in pieces, environments that end early (about 30 s).

What might hang is tried in a process of its own, with a time-out.
"""

import gc
import hashlib
import os
import random
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB, ROOT
from tests.footage import changed_samples, digest, mixed
from vs_lipsync import Zone, lipsync, lipsync_mask, lipsync_plan, write_plan
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.schedule import Schedule
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.speech.dub import Dub

LENGTH = 24
TIMEOUT = 300
"""Seconds in which a program that takes five must have ended."""

HEAD = """
import sys
import vapoursynth as vs
from tests.conftest import DEMO_DUB
from tests.footage import digest, mixed
from vs_lipsync import lipsync, lipsync_mask
"""


def ended(program: str, *arguments: str) -> str:
    """Run a program to its end, which must be a quiet one; return what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", HEAD + program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


@pytest.fixture(scope="module")
def straight() -> list[str]:
    """Digests of the dubbed frames, asked for one after the other."""
    return [digest(frame) for frame in lipsync(mixed(length=LENGTH), DEMO_DUB).frames()]


# Programs that end before the frames do.


@pytest.mark.parametrize("threads", [1, 4])
def test_a_program_may_end_with_frames_in_flight(threads: int) -> None:
    """As a previewer does that is closed, or a script that fails after it has asked for frames."""
    ended(
        """
vs.core.num_threads = int(sys.argv[1])
dubbed = lipsync(mixed(length=24), DEMO_DUB)
waiting = [dubbed.get_frame_async(n) for n in range(24)]
""",
        str(threads),
    )


def test_environments_may_end_with_frames_in_flight() -> None:
    """As in VSEdit, which evaluates a script anew, in a new environment, while frames of the old one are awaited."""
    said = ended(
        """
import gc

class Policy(vs.EnvironmentPolicy):
    current = None

    def on_policy_registered(self, api):
        self.api = api

    def on_policy_cleared(self):
        self.current = None

    def get_current_environment(self):
        return self.current

    def set_environment(self, environment):
        before, self.current = self.current, environment
        return before

    def is_alive(self, environment):
        return environment in alive

alive = []
policy = Policy()
vs.register_policy(policy)
for turn in range(2):
    environment = policy.api.create_environment()
    alive.append(environment)
    with policy.api.wrap_environment(environment).use():
        dubbed = lipsync(mixed(length=24), DEMO_DUB)
        if turn == 1:
            print(digest(dubbed.get_frame(2)))
        waiting = [dubbed.get_frame_async(n) for n in range(24)]
    policy.api.destroy_environment(environment)
    alive.remove(environment)
    del dubbed, waiting
    gc.collect()
print("done")
"""
    )
    assert said.split() == [digest(lipsync(mixed(length=24), DEMO_DUB).get_frame(2)), "done"]


# Hosts that jump about.


def test_a_previewer_that_jumps_and_does_not_wait(straight: list[str]) -> None:
    dubbed = lipsync(mixed(length=LENGTH), DEMO_DUB)
    chance = random.Random(3)
    forgotten = []
    for _ in range(60):
        asked = chance.randrange(LENGTH)
        if chance.random() < 0.6:
            forgotten.append(dubbed.get_frame_async(asked))
            if len(forgotten) > 8:
                del forgotten[chance.randrange(8)]
        else:
            assert digest(dubbed.get_frame(asked)) == straight[asked]
    for waiting in forgotten:
        waiting.result()


def test_a_walk_with_one_thread(straight: list[str]) -> None:
    program = """
import random
vs.core.num_threads = int(sys.argv[1])
dubbed = lipsync(mixed(length=24), DEMO_DUB)
mask = lipsync_mask(mixed(length=24), DEMO_DUB)
chance = random.Random(7)
found = {}
waiting = []
for _ in range(40):
    n = chance.randrange(24)
    waiting += [dubbed.get_frame_async(m) for m in range(n, min(n + 3, 24))]
    mask.get_frame_async(n)
    found[n] = digest(dubbed.get_frame(n))
for one in waiting:
    one.result()
print(*(f"{n}:{found[n]}" for n in sorted(found)))
"""
    for said in ended(program, "1").split():
        number, found = said.split(":")
        assert found == straight[int(number)]


# Encoders that work on pieces.


def test_pieces_in_processes_side_by_side_are_the_whole(tmp_path: Path) -> None:
    """Av1an's way: one vspipe for each scene, some at a time; here with one index that is not there yet."""
    script = tmp_path / "dub.vpy"
    clip = f"vs.core.bs.VideoSource({str(DEMO_CLIP)!r}, cachepath={str(tmp_path / 'index')!r})"
    script.write_text(
        "import vapoursynth as vs\nfrom vs_lipsync import lipsync\n"
        f"clip = {clip}[100:160].resize.Bilinear(160, 96)\nlipsync(clip, {str(DEMO_DUB)!r}).set_output()\n"
    )

    def piped(first: int, last: int) -> bytes:
        vspipe = Path(sys.executable).with_name("vspipe")
        command: list[str | Path] = [vspipe, "-s", str(first), "-e", str(last), script, "-"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    pieces = [(0, 24), (25, 40), (41, 59)]
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(lambda piece: piped(*piece), pieces))
    size = 160 * 96 * 3 // 2
    assert [len(part) for part in parts] == [size * (last + 1 - first) for first, last in pieces]
    assert hashlib.sha256(b"".join(parts)).digest() == hashlib.sha256(piped(0, 59)).digest()


# Filters side by side, and what is left of them.


def test_two_dubs_at_once_do_not_mix(straight: list[str]) -> None:
    clip = mixed(length=LENGTH)
    other = lipsync(clip, DEMO_DUB, offset=-2.0)
    sound = vs.core.bs.AudioSource(str(DEMO_DUB), cachemode=0)
    nodes = [lipsync(clip, DEMO_DUB), other, lipsync(clip, sound), lipsync(clip, DEMO_DUB, zones=[Zone(0, 8)])]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda node: [digest(frame) for frame in node.frames()], nodes))
    assert made[0] == straight and made[3][:8] == straight[:8]
    assert made[1][:8] != straight[:8] and made[3][16:] != straight[16:]
    assert made[1] == [digest(frame) for frame in lipsync(clip, DEMO_DUB, offset=-2.0).frames()]
    assert changed_samples(clip.get_frame(3), nodes[2].get_frame(3)) > 0


def test_alpha_and_a_dub_that_is_an_audio_node() -> None:
    clip = mixed(length=LENGTH)
    clip = vs.core.std.ClipToProp(clip, clip.std.BlankClip(format=vs.GRAY8, color=9))
    sound = vs.core.bs.AudioSource(str(DEMO_DUB), cachemode=0)
    frame = lipsync(clip, sound).get_frame(2)
    assert frame.props["LipSyncAction"] == "dub" and frame.props["_Alpha"][0][0, 0] == 9


KINDS = (WarpGenerator, Dub, Schedule, Analysis)


@pytest.mark.parametrize("kind", ["clip", "target", "plan", "zones", "mask", "plan clip"])
def test_nothing_is_left_when_the_clip_is_gone(kind: str, tmp_path: Path) -> None:
    clip = mixed(length=LENGTH)
    gc.collect()
    before = {id(thing) for thing in gc.get_objects() if type(thing) in KINDS}
    if kind == "target":
        made = lipsync(clip, DEMO_DUB, target="2@160,80")
    elif kind == "plan":
        write_plan(clip, tmp_path / "plan.json")
        made = lipsync(clip, DEMO_DUB, plan=tmp_path / "plan.json")
    elif kind == "zones":
        made = lipsync(clip, zones=[Zone(0, 8, dub=DEMO_DUB), Zone(16, 24, dub=DEMO_DUB, strength=0.5)])
    elif kind == "mask":
        made = lipsync_mask(clip, DEMO_DUB)
    elif kind == "plan clip":
        made = lipsync_plan(clip, DEMO_DUB)
    else:
        made = lipsync(clip, DEMO_DUB)
    made.get_frame(2)
    alive = [
        weakref.ref(thing)
        for thing in gc.get_objects()
        if type(thing) in KINDS and id(thing) not in before and hasattr(type(thing), "__weakref__")
    ]
    assert alive
    del made
    gc.collect()
    assert [ref() for ref in alive if ref() is not None] == []
