"""What an analysis has found is kept, to the bit, and nothing is looked at twice (5 s)."""

import pickle

import numpy as np
import vapoursynth as vs

from tests.footage import mixed
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.faces import FACE_ARRAYS
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.findings import Findings


def unreadable(clip: vs.VideoNode, *, but: range = range(0)) -> vs.VideoNode:
    """Return a clip none of whose frames but some can be had."""

    def frame(n: int) -> vs.VideoNode:
        if n not in but:
            raise ValueError("a frame that nobody may ask for")
        return clip

    return clip.std.FrameEval(frame, clip_src=clip)


def test_what_was_found_is_found_again_without_the_clip() -> None:
    clip, findings = mixed(), Findings()
    plain, first = Analysis.of(clip), Analysis.of(clip, findings)
    for node in (first.face_landmarks, first.cuts):
        for frame in node.frames(close=True):
            unpack(frame)
    frames, runs = findings.found
    assert sorted(frames) == list(range(clip.num_frames)) and sorted(runs) == list(range(first.cuts.num_frames))
    told = pickle.loads(pickle.dumps(findings))  # noqa: S301 - just made
    for known in (findings, told):
        again = Analysis.of(unreadable(clip), known)
        counts = []
        for before, after in zip(plain.face_landmarks.frames(), again.face_landmarks.frames(), strict=True):
            expected, found = unpack(before), unpack(after)
            assert {name for name in expected if name in FACE_ARRAYS} == set(found)
            assert all(np.array_equal(expected[name], found[name]) for name in found)
            counts.append(len(found.get("presence", ())))
        assert set(counts) == {0, 1}
        for before, after in zip(plain.cuts.frames(), again.cuts.frames(), strict=True):
            assert np.array_equal(unpack(before)["cuts"], unpack(after)["cuts"])
        assert list(again.scenes()) == [(0, 24), (24, 48), (48, 72)]


def test_crops_are_taken_from_the_clip_anew() -> None:
    clip, findings = mixed(), Findings()
    plain, first = Analysis.of(clip), Analysis.of(clip, findings)
    first.face_landmarks.get_frame(5).close()
    again = Analysis.of(unreadable(clip, but=range(5, 6)), findings)
    with plain.face_crops.get_frame(5) as before, again.face_crops.get_frame(5) as after:
        expected, found = unpack(before), unpack(after)
        assert set(found) == set(expected) and "crop0.0" in found
        assert all(np.array_equal(expected[name], found[name]) for name in found)


def test_what_two_have_found_of_a_clip_is_put_together() -> None:
    face = {name: np.full(shape, 0.5, np.float32) for name, shape in zip(FACE_ARRAYS, ((1, 468, 3), 1, 1), strict=True)}
    one, other = Findings(), Findings()
    one.keep_faces(3, {})
    one.keep_cuts(0, np.array([True, False]))
    other.keep_faces(3, face)  # it is there already
    other.keep_faces(70, face)
    other.keep_cuts(2, np.array([False, True]))
    one.take(pickle.loads(pickle.dumps(other)))  # noqa: S301 - just made
    assert one.faces(3) == {}
    assert all(np.array_equal(one.faces(70)[name], face[name]) for name in FACE_ARRAYS)
    assert [one.has_faces(n) for n in (3, 4, 70)] == [True, False, True]
    assert [one.cuts(run).tolist() for run in (0, 2)] == [[True, False], [False, True]]


def test_another_process_keeps_nothing() -> None:
    findings = Findings()
    findings.keep_faces(3, {})
    told = pickle.loads(pickle.dumps(findings))  # noqa: S301 - just made
    told.keep_faces(4, {})
    told.keep_cuts(0, np.zeros(16, bool))
    assert told.has_faces(3) and told.faces(3) == {} and not told.has_faces(4) and not told.has_cuts(0)
