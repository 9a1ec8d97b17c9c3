"""Who speaks when: zones with their dubs opened."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import vapoursynth as vs

from vs_lipsync.errors import DubError, ModelError, SpeakerError, WeightsError, ZoneError
from vs_lipsync.faces.face import MAX_FACES
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.mouth.base import Generator
from vs_lipsync.mouth.models import open_model
from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import PlacedZone
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.seconds import exact
from vs_lipsync.timing.timeline import Timeline
from vs_lipsync.timing.timing import Timing

__all__ = ["OpenVoice", "Schedule", "open_dub"]


@dataclass(frozen=True, slots=True)
class OpenVoice:
    """A voice at work.

    Attributes:
        dub: what is spoken.
        generator: what makes the mouths.
        timing: which moment of the dub belongs to a frame.
        plan: who speaks it: the number of the plan in the schedule's `plans`.
        others: who else speaks it at the same time: numbers of plans.
    """

    dub: Dub
    generator: Generator
    timing: Timing
    plan: int
    others: tuple[int, ...] = ()

    @classmethod
    def of(cls, voice: Voice, spans: Sequence[tuple[int, int]], plans: "_Plans", timeline: Timeline) -> "OpenVoice":
        """Open a voice that speaks in spans of frames.

        Raises:
            DubError: the dub cannot be opened.
            ModelError: there is no such model.
            SpeakerError: nobody is the target.
        """
        dub = open_dub(voice)
        generator = open_model(voice.model, dub, plans.analysis.grid, strength=voice.strength, device=voice.device)
        plan, *others = plans.numbers(voice, timeline)
        return cls(dub, generator, Timing(timeline, exact(voice.offset), spans), plan, tuple(others))

    def reason(self, n: int) -> Reason | None:
        """Tell why frame n passes, whatever is in the picture; None when that decides."""
        time = self.timing.at(n, n + 1)
        if self.dub.contains(time)[0]:
            return None
        return Reason.BETWEEN_CUES if self.dub.pauses(time)[0] else Reason.OUTSIDE_DUB


def open_dub(voice: Voice) -> Dub:
    """Open the dub of a voice.

    Raises:
        DubError: there is none, or it cannot be opened.
    """
    if isinstance(voice.dub, Dub):
        return voice.dub
    if voice.dub is None:
        raise DubError("there is no dub: give one, or zones that have theirs")
    return Dub.open(voice.dub, silence=voice.silence, outside=voice.outside)


class _Plans:
    """The plans of a clip: one for every target, several for everybody."""

    def __init__(self, analysis: Analysis, speaker: vs.VideoNode | None = None) -> None:
        self.analysis = analysis
        self._speaker = speaker
        self.nodes: list[vs.VideoNode] = []
        self._known: list[tuple[Target | None, list[int]]] = []

    def numbers(self, voice: Voice, timeline: Timeline) -> list[int]:
        """Return which of the nodes are the plans for a voice's target."""
        for target, numbers in self._known:
            if target == voice.target:
                return numbers
        new = self._nodes(voice, timeline)
        numbers = list(range(len(self.nodes), len(self.nodes) + len(new)))
        self.nodes += new
        self._known.append((voice.target, numbers))
        return numbers

    def _nodes(self, voice: Voice, timeline: Timeline) -> list[vs.VideoNode]:
        if self._speaker is not None:
            return [self.analysis.plans(self._speaker)]
        if voice.target is None:
            return [self.analysis.plans()]
        if voice.target == "all":
            return [self.analysis.plans(rank=rank) for rank in range(MAX_FACES)]
        return [self.analysis.plans(speaker_node(voice.target, self.analysis, voice.original, timeline))]


class Schedule:
    """Who speaks in which frames."""

    def __init__(
        self,
        starts: Sequence[int],
        stops: Sequence[int],
        speakers: Sequence[OpenVoice | None],
        plans: Sequence[vs.VideoNode],
    ) -> None:
        """Take ranges of frames in order, and who speaks in each; None where the footage passes.

        Args:
            starts: first frame of each.
            stops: frame behind the last of each.
            speakers: who speaks in each.
            plans: nodes whose frame k is a plan of block k.
        """
        self._starts = starts
        self._stops = stops
        self._at = speakers
        self.plans = plans
        self.speakers = list({id(speaker): speaker for speaker in speakers if speaker is not None}.values())

    @classmethod
    def of(
        cls,
        common: Voice,
        placed: Sequence[PlacedZone],
        analysis: Analysis,
        timeline: Timeline,
        speaker: vs.VideoNode | None = None,
    ) -> "Schedule":
        """Open the voices of a call. Zones with one voice share a speaker.

        Args:
            common: the settings of the call.
            placed: its zones, in the order of their frames; none for one that is the whole clip.
            analysis: what is in the clip.
            timeline: when the frames of the clip are shown.
            speaker: a node as `targets.speaker_node` returns it, of the one person who speaks in all zones; None to
                make them of what the voices say.

        Raises:
            DubError: the dub of the call cannot be opened.
            ModelError: there is no such model.
            SpeakerError: nobody is the target of the call.
            ZoneError: a zone has no dub or no such setting, or its voice cannot be opened.
        """
        plans = _Plans(analysis, speaker)
        if not placed:
            whole = (0, analysis.length)
            return cls([whole[0]], [whole[1]], [OpenVoice.of(common, [whole], plans, timeline)], plans.nodes)
        voices = [zone.voice(common, timeline) for zone in placed]
        different: list[tuple[Voice, list[PlacedZone]]] = []
        for zone, voice in zip(placed, voices, strict=True):
            if voice is not None:
                same = next((members for other, members in different if other == voice), None)
                if same is None:
                    different.append((voice, [zone]))
                else:
                    same.append(zone)
        opened: dict[int, OpenVoice] = {}
        for voice, members in different:
            spans = [(zone.first, zone.stop) for zone in members]
            try:
                one = OpenVoice.of(voice, spans, plans, timeline)
            except (DubError, ModelError, SpeakerError, WeightsError) as error:
                raise ZoneError(f"{members[0].name}: {error}", members[0].number) from error
            opened |= {zone.number: one for zone in members}
        return cls(
            [zone.first for zone in placed],
            [zone.stop for zone in placed],
            [opened.get(zone.number) for zone in placed],
            plans.nodes,
        )

    @property
    def above(self) -> "list[Schedule]":
        """Who else speaks at the same time: a schedule for each further face."""
        layers = []
        for number in range(max((len(speaker.others) for speaker in self.speakers), default=0)):
            raised = {
                id(speaker): replace(speaker, plan=speaker.others[number], others=())
                for speaker in self.speakers
                if number < len(speaker.others)
            }
            layers.append(Schedule(self._starts, self._stops, [raised.get(id(one)) for one in self._at], self.plans))
        return layers

    def plan(self, n: int) -> int:
        """Return which of the plans is that of frame n, in which somebody speaks."""
        speaker = self._at[bisect_right(self._starts, n) - 1]
        assert speaker is not None
        return speaker.plan

    def reason(self, n: int) -> Reason | None:
        """Tell why frame n passes, whatever is in the picture; None when that decides.

        Raises:
            DubError: the dub cannot be decoded.
        """
        at = bisect_right(self._starts, n) - 1
        if at < 0 or n >= self._stops[at]:
            return Reason.OUTSIDE_ZONES
        speaker = self._at[at]
        return Reason.ZONE_PASSES if speaker is None else speaker.reason(n)
