"""Whom the dub is put into the mouth of: with the whole graph, on the demo and on real clips with several people."""

import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import digest, pointers
from tests.truth import TRUTH, Person
from vs_lipsync import Speaker, Zone, find_speaker, lipsync, lipsync_plan
from vs_lipsync.graph.properties import FACE, sides_of
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.settings.target import Target

OTHER_PERSON = (200, 320.0, 170.0)  # in frames 175 to 262 of the demo; another one in 0 to 124 and 263 to 324


def cut_out(clip: vs.VideoNode, pointed: tuple[int, float, float], path: Path, reach: int = 140) -> Path:
    """Save the picture around a place as a file."""
    number, x, y = pointed
    with clip.resize.Bicubic(format=vs.RGB24, matrix_in=vs.MATRIX_BT709).get_frame(number) as frame:
        rgb = rgb_of(frame)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    cv2.imwrite(str(path), np.ascontiguousarray(rgb[top : int(y) + reach, left : int(x) + reach, ::-1]))
    return path


def parts(clip: vs.VideoNode) -> vs.VideoNode:
    """72 frames of the demo: 24 of a person, 24 of another one, 24 of the first again."""
    return clip[20:44] + clip[180:204] + clip[270:294]


def told(clip: vs.VideoNode, target: Target | None) -> list[tuple[str, list[int]]]:
    """The reason and the face of every frame."""
    plan = lipsync_plan(clip, DEMO_DUB, target=target, offset=-1.0)
    return [(str(f.props["LipSyncReason"]), sides_of(f, FACE)) for f in plan.frames(close=True)]


def reasons(clip: vs.VideoNode, target: Target | None) -> list[str]:
    return [reason for reason, _ in told(clip, target)]


TARGET, ABSENT = "target speaks", "target not found"


def test_without_a_target_it_is_whoever_is_there(demo_clip: vs.VideoNode) -> None:
    assert reasons(parts(demo_clip), None) == [TARGET] * 72


@pytest.mark.parametrize("number", [3, 30, 60])
def test_pointing_at_a_face(number: int, demo_clip: vs.VideoNode) -> None:
    expected = [TARGET, ABSENT, TARGET] if number != 30 else [ABSENT, TARGET, ABSENT]
    assert reasons(parts(demo_clip), (number, 320, 170)) == [reason for reason in expected for _ in range(24)]
    if number == 30:
        assert reasons(parts(demo_clip), "30@320,170.5") == [reason for reason in expected for _ in range(24)]


def test_a_picture_and_a_saved_speaker(demo_clip: vs.VideoNode, tmp_path: Path) -> None:
    expected = [reason for reason in (ABSENT, TARGET, ABSENT) for _ in range(24)]
    picture = cut_out(demo_clip, (230, 320.0, 170.0), tmp_path / "other.png")
    assert reasons(parts(demo_clip), picture) == expected
    found = find_speaker(demo_clip, OTHER_PERSON, "Other")
    assert len(found.embeddings) >= 3
    found.save(tmp_path / "other.json")
    for target in (found, str(tmp_path / "other.json")):
        assert reasons(parts(demo_clip), target) == expected
    assert Speaker.load(tmp_path / "other.json").name == "Other"


def test_zones_have_their_own_targets(demo_clip: vs.VideoNode) -> None:
    zones = [Zone(0, 36, target=(3, 320, 170)), Zone(36, 72, target=(30, 320, 170))]
    plan = lipsync_plan(parts(demo_clip), DEMO_DUB, zones=zones, offset=-1.0)
    expected = [TARGET] * 24 + [ABSENT] * 12 + [TARGET] * 12 + [ABSENT] * 24
    assert [frame.props["LipSyncReason"] for frame in plan.frames(close=True)] == expected
    with pytest.raises(vs.Error, match=r"lipsync: zone 2 \(frames 36 to 71\): .*frame 72, but the clip"):
        lipsync_plan(parts(demo_clip), DEMO_DUB, zones=[zones[0], Zone(36, 72, target=(72, 3, 3))])


def test_any_order_gives_the_same_plan(demo_clip: vs.VideoNode) -> None:
    clip = parts(demo_clip)
    straight = told(clip, (30, 320, 170))
    numbers = list(range(72))
    random.Random(2).shuffle(numbers)
    for order in (range(71, -1, -1), numbers[:20], [60]):
        again = lipsync_plan(clip, DEMO_DUB, target=(30, 320, 170), offset=-1.0)
        for number in order:
            frame = again.get_frame(number)
            assert (frame.props["LipSyncReason"], sides_of(frame, FACE)) == straight[number]


def test_frames_of_others_are_the_clip_s_own(demo_clip: vs.VideoNode) -> None:
    clip = parts(demo_clip).resize.Bicubic(320, 180)
    clip.std.SetVideoCache(mode=1, fixedsize=1, maxsize=72)
    one, another = (lipsync(clip, DEMO_DUB, target=(30, 160, 85), offset=-1.0) for _ in range(2))
    for number in (71, 30, 23):
        assert digest(one.get_frame(number)) == digest(another.get_frame(number))
    assert one.get_frame(30).props["LipSyncAction"] == "dub"
    for number in (23, 48, 71):
        assert pointers(one.get_frame(number)) == pointers(clip.get_frame(number))


def test_opening_asks_for_no_frame(demo_clip: vs.VideoNode) -> None:
    asked: list[int] = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    clip = demo_clip.std.ModifyFrame(demo_clip, note)
    lipsync(clip, DEMO_DUB, target=OTHER_PERSON)
    assert asked == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ((72, 320, 170), "frame 72, but the clip's frames are 0 to 71"),
        ((3, 640, 170), "outside the picture of 640 × 360"),
        ((3, 320), r"\(frame, x, y\)"),
        ((3.5, 320, 170), r"\(frame, x, y\)"),
        (5, "must be a file, a place"),
        ("nowhere.png", "cannot read the picture nowhere.png"),
        ("nowhere.json", "cannot read nowhere.json"),
    ],
)
def test_bad_targets_are_refused_at_call_time(target: Target, said: str, demo_clip: vs.VideoNode) -> None:
    with pytest.raises(vs.Error, match=f"^lipsync: .*{said}"):
        lipsync(parts(demo_clip), DEMO_DUB, target=target)


def test_pointing_beside_a_face_says_where_they_are(demo_clip: vs.VideoNode) -> None:
    with pytest.raises(vs.Error, match=r"no face at 10, 10 in frame 30; those of that frame are at 3\d\d, 1\d\d"):
        lipsync_plan(parts(demo_clip), DEMO_DUB, target=(30, 10, 10)).get_frame(0)


# Real clips, with the truth written down by eye.


def people() -> Iterator[tuple[str, Person]]:
    for name, several in TRUTH.items():
        for person in several:
            yield name, person


@pytest.mark.parametrize("kind", ["picture", "click"])
@pytest.mark.parametrize(("name", "person"), list(people()), ids=lambda value: getattr(value, "name", None))
def test_only_the_target_is_changed(name: str, person: Person, kind: str, clips: Path, tmp_path: Path) -> None:
    clip = vs.core.bs.VideoSource(str(clips / name), cachemode=0)
    frame, x, y = person.pointed
    start = max(0, frame - 10)  # a part is enough
    part = clip[start : start + 72]
    target: Target = (frame - start, x, y)
    if kind == "picture":
        target = cut_out(clip, person.pointed, tmp_path / "person.png")
    usable = changed = 0
    for number, (reason, face) in enumerate(told(part, target), start):
        seen = person.usable[0] <= number < person.usable[1]
        usable += seen
        changed += seen and reason == TARGET
        if reason == TARGET:
            assert len(face) == 4
            assert person.left <= face[0] + face[2] / 2 <= person.right, number
            assert person.shown[0] <= number < person.shown[1]
    assert usable > 50
    assert changed >= 0.95 * usable
