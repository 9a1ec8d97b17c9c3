"""Who speaks when: zones with their dubs opened."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import vapoursynth as vs

from vs_lipsync.errors import DubError, ExemplarError, JobError, ModelError, SpeakerError, WeightsError, ZoneError
from vs_lipsync.faces.face import MAX_FACES
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.exemplars import OtherFootage
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.mouth.base import Generator
from vs_lipsync.mouth.models import open_model
from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.settings.target import Target
from vs_lipsync.settings.voice import ExemplarSource, Voice
from vs_lipsync.settings.zones import PlacedZone
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
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
        bank: the number of the bank of exemplars in the schedule's `banks`; None for none.
        motion: of the lips, as the generator asks for it; None if it does not.
    """

    dub: Dub
    generator: Generator
    timing: Timing
    plan: int
    others: tuple[int, ...] = ()
    bank: int | None = None
    motion: Motion | None = None

    @classmethod
    def of(cls, voice: Voice, spans: Sequence[tuple[int, int]], plans: "_Plans", timeline: Timeline) -> "OpenVoice":
        """Open a voice that speaks in spans of frames.

        Raises:
            DubError: the dub cannot be opened.
            ExemplarError: the exemplars cannot be used.
            ModelError: there is no such model.
            SpeakerError: nobody is the target.
        """
        if voice.exemplars is not None and voice.model != "warp":
            raise ModelError("exemplars are for the model 'warp'; Wav2Lip draws its own mouths")
        dub = open_dub(voice)
        generator = open_model(voice.model, dub, plans.analysis.grid, strength=voice.strength, device=voice.device)
        (plan, *others), bank = plans.numbers(voice, timeline)
        motion = Motion(dub) if voice.model == "warp" else None
        return cls(dub, generator, Timing(timeline, exact(voice.offset), spans), plan, tuple(others), bank, motion)

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
    """The plans of a clip, one for every target, several for everybody; and banks of exemplars of the targets."""

    def __init__(self, analysis: Analysis, speaker: vs.VideoNode | None = None) -> None:
        self.analysis = analysis
        self._speaker = speaker
        self.nodes: list[vs.VideoNode] = []
        self.banks: list[vs.VideoNode] = []
        self._known: list[tuple[Target | None, ExemplarSource | None, tuple[list[int], int | None]]] = []

    def numbers(self, voice: Voice, timeline: Timeline) -> tuple[list[int], int | None]:
        """Return which of the nodes are the plans for a voice's target, and which of the banks has its exemplars."""
        for target, exemplars, known in self._known:
            if target == voice.target and exemplars == voice.exemplars:
                return known
        new, bank = self._nodes(voice, timeline)
        numbers = list(range(len(self.nodes), len(self.nodes) + len(new))), None if bank is None else len(self.banks)
        self.nodes += new
        self.banks += [] if bank is None else [bank]
        self._known.append((voice.target, voice.exemplars, numbers))
        return numbers

    def _nodes(self, voice: Voice, timeline: Timeline) -> tuple[list[vs.VideoNode], vs.VideoNode | None]:
        speaker, analysis = self._speaker, self.analysis
        if voice.target == "all" and speaker is None:
            if voice.exemplars is not None:
                raise ExemplarError("exemplars are of one person, and the target is 'all': say who speaks")
            return [analysis.plans(rank=rank) for rank in range(MAX_FACES)], None
        if speaker is None and voice.target is not None:
            speaker = speaker_node(voice.target, analysis, voice.original, timeline)
        if voice.exemplars is None:
            return [analysis.plans(speaker)], None
        other, is_told = OtherFootage.of(voice.exemplars, analysis.source), speaker is not None
        who = other.main() if speaker is None else speaker
        return [analysis.plans(who)], other.bank(who, is_told=is_told)


class Schedule:
    """Who speaks in which frames."""

    def __init__(
        self,
        starts: Sequence[int],
        stops: Sequence[int],
        speakers: Sequence[OpenVoice | None],
        plans: Sequence[vs.VideoNode],
        banks: Sequence[vs.VideoNode] = (),
    ) -> None:
        """Take ranges of frames in order, and who speaks in each; None where the footage passes.

        Args:
            starts: first frame of each.
            stops: frame behind the last of each.
            speakers: who speaks in each.
            plans: nodes whose frame k is a plan of block k.
            banks: nodes of one frame with exemplars from other footage.
        """
        self._starts = starts
        self._stops = stops
        self._at = speakers
        self.plans = plans
        self.banks = banks
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
            ExemplarError: its exemplars cannot be used.
            JobError: the file of its exemplars cannot be opened.
            ModelError: there is no such model.
            SpeakerError: nobody is the target of the call.
            ZoneError: a zone has no dub or no such setting, or its voice cannot be opened.
        """
        plans = _Plans(analysis, speaker)
        if not placed:
            whole = (0, analysis.length)
            return cls(
                [whole[0]], [whole[1]], [OpenVoice.of(common, [whole], plans, timeline)], plans.nodes, plans.banks
            )
        voices = [zone.voice(common, timeline) for zone in placed]
        different: list[tuple[Voice, list[PlacedZone]]] = []
        for zone, voice in zip(placed, voices, strict=True):
            if voice is not None:
                same = next((members for other, members in different if other == voice), None)
                if same is None:
                    different.append((voice, [zone]))
                else:
                    same.append(zone)
        at_zones: dict[int, OpenVoice] = {}
        for voice, members in different:
            spans = [(zone.first, zone.stop) for zone in members]
            try:
                one = OpenVoice.of(voice, spans, plans, timeline)
            except (DubError, ExemplarError, JobError, ModelError, SpeakerError, WeightsError) as error:
                raise ZoneError(f"{members[0].name}: {error}", members[0].number) from error
            at_zones |= {zone.number: one for zone in members}
        return cls(
            [zone.first for zone in placed],
            [zone.stop for zone in placed],
            [at_zones.get(zone.number) for zone in placed],
            plans.nodes,
            plans.banks,
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
            layers.append(
                Schedule(self._starts, self._stops, [raised.get(id(one)) for one in self._at], self.plans, self.banks)
            )
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
