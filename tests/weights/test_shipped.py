"""What is shipped: every model whole, with its licence, and enough to work from without a network."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DEMO_CLIP, DEMO_DUB, ROOT
from vs_lipsync.errors import WeightsError
from vs_lipsync.weights import shipped
from vs_lipsync.weights.shipped import SHIPPED, ShippedModel, shipped_model

NOTICE = (ROOT / "models" / "NOTICE.md").read_text(encoding="utf-8")
LARGEST = 100 << 20


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_a_model_is_the_file_that_it_should_be(model: ShippedModel) -> None:
    assert hashlib.sha256(shipped_model(model.name)).hexdigest() == model.sha256


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_the_notice_names_it_with_licence_and_checksum(model: ShippedModel) -> None:
    row = next(line for line in NOTICE.splitlines() if model.file in line)
    assert model.sha256 in row and model.licence in row and model.origin in row


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_a_model_that_is_missing_is_told_in_one_line(model: ShippedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "files", lambda package: Path("/nowhere"))
    with pytest.raises(WeightsError, match=rf"the model file {model.file} is missing; install vs-lipsync anew"):
        shipped_model(model.name)


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_a_model_that_was_cut_short_is_told_in_one_line(
    model: ShippedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / model.file).write_bytes(shipped_model(model.name)[:-1])
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    with pytest.raises(WeightsError, match=rf"the model file {model.file} is damaged: it has {model.size - 1} bytes"):
        shipped_model(model.name)


def test_nothing_else_lies_in_the_folder() -> None:
    others = {
        "__init__.py",
        "LICENSE-APACHE-2.0.txt",
        "NOTICE.md",
        "face_landmarks_detector.md",
        "motion.json",
        "motion.md",
        "mouth_cover.md",
        "speech_encoder.md",
        "wav2lip.md",
    }
    found = {path.name for path in (ROOT / "models").iterdir() if path.name != "__pycache__"}
    assert found == {model.file for model in SHIPPED} | others


def test_licences_are_there_in_full() -> None:
    text = (ROOT / "models" / "LICENSE-APACHE-2.0.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text
    assert "CC0" in NOTICE and "MIT" in NOTICE


def test_the_package_stays_small() -> None:
    assert sum(len(shipped_model(model.name)) for model in SHIPPED) < LARGEST


@pytest.mark.parametrize("target", [None, "main"])
def test_a_dub_from_an_empty_home_without_a_network(target: str | None, tmp_path: Path) -> None:
    """Every way out leads nowhere, there is nothing in the user's folder, and nothing slow to load is loaded."""
    slow = {"torch", "librosa", "numba", "onnx", "pydantic"} | ({"scipy"} if target is None else set())
    program = (
        "import socket, sys, vapoursynth as vs\n"
        "def refuse(*arguments, **named): raise OSError('there is no network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from vs_lipsync import lipsync\n"
        f"clip = vs.core.bs.VideoSource({str(DEMO_CLIP)!r}, cachemode=0)[:30]\n"
        f"print(lipsync(clip, {str(DEMO_DUB)!r}, target={target!r}).get_frame(20).props['LipSyncAction'])\n"
        f"print(*{slow} & set(sys.modules))\n"
    )
    environment = {**os.environ, "VS_LIPSYNC_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    environment |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "dub\n\n"), done.stderr
