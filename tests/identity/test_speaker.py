"""Saved speakers, and people in pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import SpeakerError
from vs_lipsync.identity.embedding import distance
from vs_lipsync.identity.portrait import speaker_in_picture
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.planes.frames import rgb_of


def test_a_speaker_comes_back_as_saved(tmp_path: Path) -> None:
    embeddings = np.random.default_rng(0).normal(0, 0.1, (3, 128)).astype(np.float32)
    Speaker(embeddings, "Änne").save(tmp_path / "anne.json")
    back = Speaker.load(tmp_path / "anne.json")
    assert back.name == "Änne"
    np.testing.assert_allclose(back.embeddings, embeddings, atol=1e-6)
    np.testing.assert_allclose(back.centre, embeddings.mean(0), atol=1e-6)
    assert json.loads((tmp_path / "anne.json").read_text("utf-8"))["version"] == 1


GOOD = {
    "kind": "vs_lipsync speaker",
    "version": 1,
    "name": "",
    "model": "dlib_face_recognition_resnet_model_v1",
    "embeddings": [[0.1] * 128],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "playlist"}, "not a saved speaker"),
        ({"version": 2}, "version 2"),
        ({"model": "another"}, "another net"),
        ({"name": 3}, "name"),
        ({"embeddings": []}, "list of 1 to"),
        ({"embeddings": "many"}, "list of 1 to"),
        ({"embeddings": [[0.1] * 127]}, "face 0 .* 128 numbers"),
        ({"embeddings": [[0.1] * 128, [True] * 128]}, "face 1 .* 128 numbers"),
        ({"embeddings": [[float("nan")] * 128]}, "128 numbers"),
        ({"embeddings": [[1e300] * 128]}, "128 numbers"),
    ],
)
def test_files_that_are_no_speakers_are_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    path.write_text(json.dumps(GOOD))
    Speaker.load(path)
    path.write_text(json.dumps(GOOD | change))
    with pytest.raises(SpeakerError, match=said):
        Speaker.load(path)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[1]", b"[" * 100_000, b" " * (2 << 20)])
def test_files_that_are_not_json_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    path.write_bytes(data)
    with pytest.raises(SpeakerError, match=r"anna\.json"):
        Speaker.load(path)
    with pytest.raises(SpeakerError, match="cannot read"):
        Speaker.load(tmp_path / "none.json")


def picture(clip: vs.VideoNode, number: int) -> NDArray[np.uint8]:
    """A frame of a clip as OpenCV has pictures."""
    with clip.resize.Bicubic(format=vs.RGB24).get_frame(number) as frame:
        return np.ascontiguousarray(rgb_of(frame)[..., ::-1])


def test_a_picture_shows_the_same_person_at_any_size(demo_clip: vs.VideoNode, tmp_path: Path) -> None:
    first, again, other = (picture(demo_clip, number) for number in (20, 300, 220))
    for name, shown in (("first", first), ("again", cv2.resize(again, None, fx=2.5, fy=2.5)), ("other", other)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), shown)
    people = {name: speaker_in_picture(tmp_path / f"{name}.png") for name in ("first", "again", "other")}
    assert people["first"].name == "first"
    assert distance(people["first"].centre, people["again"].centre) < 0.4
    assert distance(people["first"].centre, people["other"].centre) > 0.65


def test_pictures_that_show_nobody_or_several_are_refused(demo_clip: vs.VideoNode, tmp_path: Path) -> None:
    one, other, none = (picture(demo_clip, number) for number in (20, 220, 140))
    cases = {
        "nobody": (none, "there is no face"),
        "both": (np.hstack([one, one]), "there are 2 faces"),
        "tiny": (cv2.copyMakeBorder(cv2.resize(one, None, fx=0.15, fy=0.15), 8, 8, 8, 8, 0), "no face|too small"),
    }
    for name, (shown, said) in cases.items():
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), shown)
        with pytest.raises(SpeakerError, match=said):
            speaker_in_picture(path)
    beside = np.vstack([other, np.hstack([cv2.resize(one, None, fx=0.4, fy=0.4), np.zeros((144, 384, 3), np.uint8)])])
    cv2.imwrite(str(tmp_path / "dominant.png"), beside)
    cv2.imwrite(str(tmp_path / "other.png"), other)
    dominant, alone = (speaker_in_picture(tmp_path / name) for name in ("dominant.png", "other.png"))
    assert distance(dominant.centre, alone.centre) < 0.3
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(SpeakerError, match="not a picture"):
        speaker_in_picture(tmp_path / "text.png")
    with pytest.raises(SpeakerError, match="cannot read"):
        speaker_in_picture(tmp_path / "none.png")
