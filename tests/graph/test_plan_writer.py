"""Plans as files: what is stored gives the same frames as looking, and a stored plan cannot lead astray."""

import json
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs
from filelock import FileLock
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from tests.conftest import DEMO_CLIP, DEMO_DUB, ROOT
from tests.footage import box_of, digest, mixed
from vs_lipsync import lipsync, lipsync_mask, lipsync_plan, write_plan
from vs_lipsync.plan.file.faces import FACES_FORMAT, digest_of


def other_footage() -> vs.VideoNode:
    """A clip of the same length, size, rate and format as `mixed`, but a little later in the footage."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    return (clip[22:46] + clip[140:164] + clip[60:84]).resize.Bicubic(320, 192, format=vs.YUV420P8, matrix=1)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of `mixed`."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    write_plan(mixed(), path)
    return path


def edited(plan: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of a plan, with a change made to it as a user would."""
    document = json.loads(plan.read_text())
    change(document)
    (folder / "plan.json").write_text(json.dumps(document))
    (folder / "plan.faces").write_bytes(plan.with_suffix(".faces").read_bytes())
    return folder / "plan.json"


def reasons(clip: vs.VideoNode, plan: Path) -> list[str]:
    return [str(frame.props["LipSyncReason"]) for frame in lipsync_plan(clip, DEMO_DUB, plan=plan).frames()]


# The same frames.


def test_frames_from_a_plan_are_those_from_looking(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = mixed()
    looked = [digest(frame) for frame in lipsync(clip, DEMO_DUB).frames()]
    shown = digest(lipsync_mask(clip, DEMO_DUB).get_frame(60))
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path))  # where no models are: nothing can be looked for
    assert [digest(frame) for frame in lipsync(clip, DEMO_DUB, plan=plan).frames()] == looked
    assert digest(lipsync_mask(clip, DEMO_DUB, plan=plan).get_frame(60)) == shown
    assert not list(tmp_path.iterdir())


def test_opening_with_a_plan_asks_for_no_frame(plan: Path) -> None:
    asked: list[int] = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    clip = mixed()
    lipsync(clip.std.ModifyFrame(clip, note), DEMO_DUB, plan=plan)
    assert asked == []


def test_what_a_plan_says_needs_no_frame_of_the_clip(plan: Path) -> None:
    def never(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        raise AssertionError(f"frame {n} was asked for")

    clip = mixed()
    assert reasons(clip.std.ModifyFrame(clip, never), plan) == (
        ["target speaks"] * 24 + ["no face"] * 24 + ["target speaks"] * 24
    )
    assert json.loads(plan.read_text())["ranges"] == [
        [0, 23, "dub", "target speaks"],
        [24, 47, "pass", "no face"],
        [48, 71, "dub", "target speaks"],
    ]


# Edits.


def test_excluded_frames_pass_and_say_so(plan: Path, tmp_path: Path) -> None:
    clip = mixed()
    path = edited(plan, tmp_path, lambda document: document["exclude"].extend([[50, 52, "a hand"], [71, 71]]))
    told = reasons(clip, path)
    assert [n for n, reason in enumerate(told) if reason == "excluded"] == [50, 51, 52, 71]
    frame = lipsync(clip, DEMO_DUB, plan=path).get_frame(51)
    assert frame.props["LipSyncAction"] == "pass"
    assert np.array_equal(np.asarray(frame[0]), np.asarray(clip.get_frame(51)[0]))


def test_a_cut_can_be_added_and_removed(plan: Path, tmp_path: Path) -> None:
    clip = mixed()
    # A shot of two frames of a longer clip is too short for a face to be more than a flicker.
    more = reasons(clip, edited(plan, tmp_path, lambda document: document["cuts"].extend([12, 10])))
    assert more[:24] == ["target speaks"] * 24
    fewer = reasons(clip, edited(plan, tmp_path, lambda document: document["cuts"].remove(24)))
    assert fewer[24:48] == ["no face"] * 24
    before, after = (
        digest(lipsync(clip, DEMO_DUB, plan=path).get_frame(20))
        for path in (plan, edited(plan, tmp_path, lambda document: document["cuts"].append(12)))
    )
    assert before != after  # fewer frames of its shot to take a mouth from


def test_a_target_can_be_fixed(plan: Path, tmp_path: Path) -> None:
    clip = mixed()
    x, y, width, height = box_of(lipsync_plan(clip, DEMO_DUB, plan=plan).get_frame(5), "LipSyncFace")
    path = edited(plan, tmp_path, lambda document: document.update(target=f"5@{x + width // 2},{y + height // 2}"))
    assert reasons(clip, path)[:24] == ["target speaks"] * 24
    fixed = lipsync(clip, DEMO_DUB, plan=path).get_frame(60)
    by_call = lipsync(clip, DEMO_DUB, target=(5, x + width // 2, y + height // 2)).get_frame(60)
    assert digest(fixed) == digest(by_call)
    main = edited(plan, tmp_path, lambda document: document.update(target="main"))
    assert reasons(clip, main)[48:] == ["target speaks"] * 24
    nobody = edited(plan, tmp_path, lambda document: document.update(target="5@1,1"))
    with pytest.raises(vs.Error, match="lipsync: there is no face at 1, 1 in frame 5"):
        lipsync(clip, DEMO_DUB, plan=nobody).get_frame(0)


# The wrong footage, the wrong file.


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda clip: clip[:-1], "frames: 72, not 71"),
        (lambda clip: clip.std.AssumeFPS(fpsnum=24), "rate: 25/1, not 24/1"),
        (lambda clip: clip.std.Crop(right=16), "width: 320, not 304"),
        (lambda clip: clip.resize.Point(format=vs.YUV420P10), "format: YUV420P8, not YUV420P10"),
    ],
)
def test_a_plan_for_another_kind_of_clip_is_refused_at_once(
    plan: Path, change: Callable[[vs.VideoNode], vs.VideoNode], message: str
) -> None:
    with pytest.raises(vs.Error, match=f"^lipsync: .*is a plan for other footage .*{message}"):
        lipsync(change(mixed()), DEMO_DUB, plan=plan)


@pytest.mark.parametrize("number", [0, 23, 71])
def test_a_plan_for_other_pictures_is_refused_by_the_first_dubbed_frame(plan: Path, number: int) -> None:
    dubbed = lipsync(other_footage(), DEMO_DUB, plan=plan)
    with pytest.raises(vs.Error, match="lipsync: the plan was made for other footage: frame"):
        dubbed.get_frame(number)


def test_a_missing_or_shortened_file_of_faces_is_refused(plan: Path, tmp_path: Path) -> None:
    path = edited(plan, tmp_path, lambda document: None)
    faces = path.with_suffix(".faces")
    faces.write_bytes(faces.read_bytes()[:-1])
    with pytest.raises(vs.Error, match=r"^lipsync: .*bytes, not the"):
        lipsync(mixed(), DEMO_DUB, plan=path)
    faces.unlink()
    with pytest.raises(vs.Error, match=r"^lipsync: .*is missing"):
        lipsync(mixed(), DEMO_DUB, plan=path)


def test_a_changed_file_of_faces_is_refused(plan: Path, tmp_path: Path) -> None:
    path = edited(plan, tmp_path, lambda document: None)
    faces = path.with_suffix(".faces")
    data = bytearray(faces.read_bytes())
    data[-1] ^= 1
    faces.write_bytes(data)
    with pytest.raises(vs.Error, match=r"lipsync: .*is not the file that the plan was written with"):
        lipsync_plan(mixed(), DEMO_DUB, plan=path).get_frame(0)


type Arrays = dict[str, NDArray[Any]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("presence"), "there is no presence"),
        (lambda arrays: arrays.pop("cover"), "there is no cover"),
        (lambda arrays: arrays.update(counts=arrays["counts"][:-1]), "counts has shape"),
        (lambda arrays: arrays.update(counts=arrays["counts"] + np.uint8(9)), "more than 4 faces"),
        (lambda arrays: arrays.update(counts=arrays["counts"].astype(np.int64)), "counts is I64, not U8"),
        (lambda arrays: arrays.update(presence=arrays["presence"] * np.float32("nan")), "not a number"),
        (lambda arrays: arrays.update(cover=arrays["cover"] * np.float32("nan")), "cover holds what is not a number"),
        (lambda arrays: arrays.update(offsets=arrays["offsets"][::-1].copy()), "do not divide"),
        (lambda arrays: arrays.update(offsets=arrays["offsets"] + 1), "do not divide"),
        (lambda arrays: arrays.update(landmarks=arrays["landmarks"][::-1].copy()), "cannot be unpacked"),
        (lambda arrays: arrays.update({f"more{n}": np.zeros(1) for n in range(100)}), "its index has"),
    ],
)
def test_a_crafted_file_of_faces_is_refused(
    plan: Path, tmp_path: Path, change: Callable[[Arrays], object], message: str
) -> None:
    arrays = load_file(plan.with_suffix(".faces"))
    change(arrays)
    save_file(arrays, tmp_path / "crafted.faces", {"format": FACES_FORMAT})
    check_refused(plan, tmp_path, message)


@pytest.mark.parametrize("metadata", [None, {"format": "vs-lipsync-faces 1"}])
def test_faces_of_an_earlier_version_are_refused(plan: Path, tmp_path: Path, metadata: dict[str, str] | None) -> None:
    save_file(load_file(plan.with_suffix(".faces")), tmp_path / "crafted.faces", metadata)
    check_refused(plan, tmp_path, "made by an earlier version; make a new plan")


def test_an_index_that_claims_too_much_is_refused(plan: Path, tmp_path: Path) -> None:
    index = json.dumps({"counts": {"dtype": "U8", "shape": [1 << 50], "data_offsets": [0, 1 << 50]}}).encode()
    (tmp_path / "crafted.faces").write_bytes(struct.pack("<Q", len(index)) + index)
    check_refused(plan, tmp_path, "cannot be read")
    (tmp_path / "crafted.faces").write_bytes(struct.pack("<Q", 1 << 60))
    check_refused(plan, tmp_path, "its index has")


def check_refused(plan: Path, folder: Path, message: str) -> None:
    crafted = folder / "crafted.faces"
    facts = {"file": crafted.name, "size": crafted.stat().st_size, "sha256": digest_of(crafted)}
    path = edited(plan, folder, lambda document: document.update(faces=facts))
    with pytest.raises(vs.Error, match=f"lipsync: .*{message}"):
        lipsync_plan(mixed(), DEMO_DUB, plan=path).get_frame(0)


# Stopped and taken up again.

PROGRAM = """
import sys, time
import vapoursynth as vs
from tests.footage import mixed
from vs_lipsync import write_plan

clip = vs.core.std.Loop(mixed(), 2)

def slowly(n, f):
    if n >= 100:
        time.sleep(600)
    return f

write_plan(clip.std.ModifyFrame(clip, slowly), sys.argv[1])
"""


def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    clip = vs.core.std.Loop(mixed(), 2)
    whole, killed = tmp_path / "whole" / "plan.json", tmp_path / "killed" / "plan.json"
    whole.parent.mkdir()
    killed.parent.mkdir()
    write_plan(clip, whole)
    log = killed.with_name("plan.json.part")
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(killed)], cwd=ROOT) as process:
        while process.poll() is None and not (log.exists() and log.stat().st_size > 20_000):
            time.sleep(0.05)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    assert not killed.exists()
    with log.open("ab") as file:
        file.write(b"half a record")
    steps: list[int] = []
    write_plan(clip, killed, done=steps.append)
    assert 0 < steps[0] < clip.num_frames == steps[-1]
    for suffix in (".json", ".faces"):
        assert killed.with_suffix(suffix).read_bytes() == whole.with_suffix(suffix).read_bytes()
    assert sorted(path.name for path in killed.parent.iterdir()) == ["plan.faces", "plan.json"]


def test_what_was_left_by_a_run_on_other_footage_is_not_used(tmp_path: Path) -> None:
    for left in (b"", b"junk", b'["vs-lipsync-plan-log 1", {}, ""]\n' + bytes(100)):
        (tmp_path / "plan.json.part").write_bytes(left)
        steps: list[int] = []
        write_plan(mixed(length=9), tmp_path / "plan.json", done=steps.append)
        assert steps == [0, 9]


def test_two_runs_do_not_write_one_plan(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".plan.json.lock"), pytest.raises(vs.Error, match=r"^lipsync: another run is writing"):
        write_plan(mixed(length=9), tmp_path / "plan.json")


def test_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    varying = vs.core.std.Splice([mixed(length=9), mixed(length=9).resize.Point(160, 96)], mismatch=True)
    for clip in (None, varying):
        with pytest.raises(vs.Error, match=r"^lipsync: clip"):
            write_plan(clip, tmp_path / "plan.json")  # type: ignore[arg-type]  # None is no clip
    assert not list(tmp_path.iterdir())
