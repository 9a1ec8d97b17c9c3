"""ONNX Runtime leaves nothing behind and calls nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    "program",
    [
        "from vs_lipsync.speech.encoder import default_encoder; default_encoder()",
        "from vs_lipsync.faces.face_landmarker import FaceLandmarker; FaceLandmarker()",
    ],
)
def test_nothing_is_written_about_the_user(program: str, tmp_path: Path) -> None:
    """Its telemetry, where there is any, starts with an identifier in the user's cache."""
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        (tmp_path / name).mkdir()
        environment[name] = str(tmp_path / name)
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=ROOT)
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]
