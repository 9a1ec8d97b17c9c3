"""A cast of two people who speak two dubs at the same time, on real footage (about 30 s)."""

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.footage import box_of
from vs_lipsync import Zone, lipsync, lipsync_plan
from vs_lipsync.evaluation.mouth_agreement import predicted_openings
from vs_lipsync.evaluation.mouth_reader import MouthReader
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.arrays.plans import plan_from
from vs_lipsync.graph.properties import sides_of
from vs_lipsync.graph.targets import planned
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.speech.dub import Dub

LENGTH = 96
TARGETS = ((60, 320, 220), (60, 970, 250))
DUBS = ("talk-512.mp4", "vlog-a.mp4")
BEGIN = 1.0  # seconds into the dubs


@pytest.fixture(scope="module")
def nodes(clips: Path) -> list[vs.VideoNode]:
    """The clip, with the first one dubbed, and with both."""
    clip = vs.core.bs.VideoSource(str(clips / "debate-two-faces.avi"), cachemode=0)[:LENGTH]
    cast = {target: clips / dub for target, dub in zip(TARGETS, DUBS, strict=True)}
    first = lipsync(clip, clips / DUBS[0], target=TARGETS[0], offset=-BEGIN)
    return [clip, first, lipsync(clip, cast=cast, offset=-BEGIN)]


def test_each_mouth_follows_its_own_dub(nodes: list[vs.VideoNode], clips: Path) -> None:
    """What the landmark net sees of small mouths, one in near profile and one in a beard, costs some agreement."""
    clip, _, result = nodes
    read = MouthReader()
    pictures = result.resize.Bicubic(format=vs.RGB24, matrix_in=1)
    asked = [predicted_openings(Dub.open(clips / dub), BEGIN + np.arange(LENGTH) / 25, 0).here for dub in DUBS]
    for person, target in enumerate(TARGETS):
        plans, numbers, openings = planned(clip, target), [], []
        for n in range(4, LENGTH - 4):
            plan = plan_from(unpack(plans.get_frame(n)), n)
            if plan.landmarks is not None:
                numbers.append(n)
                openings.append(read(rgb_of(pictures.get_frame(n)), plan.landmarks))
        assert len(numbers) > 80
        found = [float(np.corrcoef(openings, one[numbers])[0, 1]) for one in asked]
        assert found[person] >= 0.75
        assert abs(found[1 - person]) < 0.3


def test_the_second_leaves_the_first_alone(nodes: list[vs.VideoNode]) -> None:
    clip, first, both = nodes
    for n in (10, 60):
        frames = [node.get_frame(n) for node in (clip, first, both)]
        left, *right = np.array(sides_of(frames[2], "LipSyncBox")).reshape(-1, 4).tolist()
        assert left == list(box_of(frames[1])) and len(right) == 1
        changed = []
        for before, after, (x, y, width, height) in zip(frames, frames[1:], (left, *right), strict=False):
            different = np.asarray(before[0]) != np.asarray(after[0])
            changed.append(int(different.sum()))
            different[y : y + height, x : x + width] = False
            assert not different.any()
        assert min(changed) > 100
        assert left[0] + left[2] < right[0][0]


def test_zones_have_targets_of_their_own(nodes: list[vs.VideoNode], clips: Path) -> None:
    (left, right), (first, second) = TARGETS, (clips / dub for dub in DUBS)
    zones = [Zone(30, 60, dub=second, target=right), Zone(0, 30, target=left), Zone(60, 70)]
    plan = lipsync_plan(nodes[0], first, target=left, zones=zones)
    for n, x in ((3, 320), (29, 320), (30, 970), (59, 970), (65, 320)):
        begin, _, width, _ = box_of(plan.get_frame(n), "LipSyncFace")
        assert begin < x < begin + width
    assert plan.get_frame(75).props["LipSyncReason"] == "outside the zones"
