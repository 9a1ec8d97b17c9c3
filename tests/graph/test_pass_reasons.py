"""Frames that pass whatever is in the picture are told apart without being asked for."""

import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.graph.test_cast import LEFT, RIGHT
from vs_lipsync.graph.dubbing import pass_reasons, plan_props
from vs_lipsync.graph.prepare import prepare
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import Zone


def test_they_are_those_of_the_plan() -> None:
    """Of a cast, whose second person speaks in two zones, the first one later."""
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    clip = vs.core.std.StackHorizontal([source[20:70], source[180:230]])
    one = CastMember(LEFT, DEMO_DUB, offset=0.8)
    other = CastMember(RIGHT, DEMO_DUB, zones=[Zone(start=2, stop=8), Zone(start=9, stop=30, action="pass")])
    for call in (
        CallSettings(zones=[Zone(start=10, stop=30), Zone(start=40, stop=48, action="pass")], exclude=[(25, 27)]),
        CallSettings(cast=[one, other], exclude=[(4, 6), (45, 48)]),
    ):
        voice = Voice(dub=None if call.cast else DEMO_DUB)
        prepared = prepare(clip, voice, call)
        why = [pass_reasons(prepared)(n) for n in range(clip.num_frames)]
        shown = [outcome_of(frame) for frame in plan_props(prepared).frames(close=True)]
        assert None in why and len(set(why)) > 1
        for reason, outcome in zip(why, shown, strict=True):
            assert reason is None or (str(reason.action), str(reason)) == (outcome.action, outcome.reason)
