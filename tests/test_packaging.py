"""What is installed: every package of the source tree, and the programs and models with it."""

from configparser import ConfigParser
from importlib.resources import files

from tests.conftest import ROOT


def test_every_package_is_listed() -> None:
    """setup.cfg names the packages one by one, since models/ lies outside of the package it belongs to."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "vs_lipsync").rglob("__init__.py")}
    assert set(config["options"]["packages"].split()) == found | {"vs_lipsync.models"}


def test_every_file_of_the_page_is_packaged() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    folder = ROOT / "vs_lipsync" / "report"
    patterns = config["options.package_data"]["vs_lipsync.report"].split(", ")
    packaged = {path for pattern in patterns for path in folder.glob(pattern)}
    assert packaged == {path for path in (folder / "template").rglob("*") if path.is_file()}


def test_models_are_found_as_a_package() -> None:
    assert (files("vs_lipsync.models") / "motion.safetensors").is_file()
    assert (files("vs_lipsync.models") / "canonical_face.safetensors").is_file()
    assert (files("vs_lipsync.models") / "face_landmarks_detector.onnx").is_file()
    assert (files("vs_lipsync.models") / "speech_encoder.onnx").is_file()


def test_one_opencv() -> None:
    """Two builds of OpenCV write to the same folder and break each other."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line.partition("==")[0] for line in lines if line.startswith("opencv")] == ["opencv-python"]
