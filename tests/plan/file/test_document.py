import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vs_lipsync.errors import PlanError
from vs_lipsync.plan.file.document import MAX_BYTES, ClipFacts, FacesFile, PlanDocument, faces_name

CLIP = ClipFacts(frames=100, width=640, height=360, rate="30000/1001", format="YUV420P8")
FACES = FacesFile(file="plan.faces", size=10, sha256="0" * 64)


def written(folder: Path, change: Callable[[dict[str, Any]], object] = lambda plan: None) -> Path:
    """A plan, with a change made to it as a user would."""
    plan = json.loads(PlanDocument(clip=CLIP, faces=FACES, cuts=(7, 50), exclude=((1, 2, "a hand"),)).text())
    change(plan)
    path = folder / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    plan = PlanDocument(
        clip=CLIP,
        faces=FACES,
        cuts=tuple(range(1, 100)),
        exclude=((3, 4), (10, 20, "„hand“ <b>")),
        target="anna.jpg",
        ranges=((0, 99, "dub", "target speaks"),),
    )
    (tmp_path / "plan.json").write_text(plan.text(), encoding="utf-8")
    assert PlanDocument.read(tmp_path / "plan.json") == plan
    assert max(map(len, plan.text().splitlines())) < 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan.update(version=1), "version: made by an earlier version; make a new plan"),
        (lambda plan: plan.update(version=2), "version: made by an earlier version; make a new plan"),
        (lambda plan: plan.update(version=4), "version: Input should be 3"),
        (lambda plan: plan.update(schema="other"), "schema: Input should be 'vs-lipsync-plan'"),
        (lambda plan: plan.pop("version"), None),
        (lambda plan: plan.update(cut=[3]), "cut: Extra inputs"),
        (lambda plan: plan["cuts"].append("8"), r"cuts\[2\]: Input should be a valid integer"),
        (lambda plan: plan["cuts"].append(8.0), r"cuts\[2\]: "),
        (lambda plan: plan["cuts"].append(True), r"cuts\[2\]: "),
        (lambda plan: plan["cuts"].append(100), r"cuts\[2\] must be from 1 to 99, not 100"),
        (lambda plan: plan["cuts"].append(0), r"cuts\[2\] must be from 1 to 99"),
        (lambda plan: plan["cuts"].append(-1), r"cuts\[2\]: "),
        (lambda plan: plan["cuts"].append(10**400), r"cuts\[2\]: "),
        (lambda plan: plan["exclude"].append([5, 4]), r"exclude\[1\] must be \[first, last\]"),
        (lambda plan: plan["exclude"].append([5, 100, ""]), r"exclude\[1\] must be"),
        (lambda plan: plan["exclude"].append([5]), r"exclude\[1\]"),
        (lambda plan: plan["clip"].update(frames=1 << 60), "clip.frames: "),
        (lambda plan: plan["clip"].update(frames=float("nan")), None),
        (lambda plan: plan["clip"].update(rate="25/0"), "clip.rate: "),
        (lambda plan: plan["faces"].update(file="../plan.faces"), "faces.file: must be the plain name"),
        (lambda plan: plan["faces"].update(file="/etc/plan.faces"), "faces.file: "),
        (lambda plan: plan["faces"].update(file="a\\plan.faces"), "faces.file: "),
        (lambda plan: plan["faces"].update(file="C:plan.faces"), "faces.file: "),
        (lambda plan: plan["faces"].update(file="plan\0.faces"), "faces.file: "),
        (lambda plan: plan["faces"].update(file=".faces"), "faces.file: "),
        (lambda plan: plan["faces"].update(file="passwd"), "faces.file: "),
        (lambda plan: plan.update(target="../anna.jpg"), "target: must be a place"),
        (lambda plan: plan.update(target=["a"]), "target: "),
        (lambda plan: plan["faces"].update(size=-1), "faces.size: "),
        (lambda plan: plan["faces"].update(sha256="0"), "faces.sha256: "),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str | None
) -> None:
    path = written(tmp_path, change)
    if message is None and "NaN" not in path.read_text():
        PlanDocument.read(path)  # the version need not be named
        return
    with pytest.raises(PlanError, match=message) as caught:
        PlanDocument.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "null",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{\n  "schema": "vs-lipsync-plan",\n  "version" 1\n}',
        "\xff\xfe",
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(PlanError) as caught:
        PlanDocument.read(path)
    if "version" in text:
        assert "line 3" in str(caught.value)


def test_a_plan_is_not_read_beyond_its_greatest_size(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PlanError, match="larger than 16 MB"):
        PlanDocument.read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.json")
    with pytest.raises(PlanError, match="not a plain file"):
        PlanDocument.read(tmp_path / "plan.json")


@pytest.mark.parametrize("stem", ["", ".hidden", "a:b", "a/b", "a*"])
def test_names_that_do_not_work_everywhere_are_refused(stem: str) -> None:
    with pytest.raises(PlanError):
        faces_name(stem)
