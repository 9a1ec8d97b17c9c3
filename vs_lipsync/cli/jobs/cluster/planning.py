"""The analysis of a long clip in ranges, by the machines of a Ray cluster."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vs_lipsync.cli.jobs.cluster.tasks import done_by_cluster
from vs_lipsync.cli.jobs.dubbing import DubbedRange
from vs_lipsync.cli.progress import progress
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.findings import Findings
from vs_lipsync.media.source import SourceClip

__all__ = ["find_on_cluster"]

_RANGE: Final = 1920
"""Frames of a range, in whole blocks: of the frames around its ends some 150 are looked at by two machines."""


def find_on_cluster(
    ray: Any,  # noqa: ANN401 - a module that need not be installed
    dubbed: DubbedRange,
    memory: int,
    findings: Findings,
) -> None:
    """Look at what the plan of a range needs, as tasks of a Ray cluster, if the range is long.

    Args:
        ray: Ray's module, connected.
        dubbed: the range, for any process to open.
        memory: bytes that a process needs.
        findings: takes what is found.

    Raises:
        JobError: as for `done_by_cluster`.
    """
    begins = range(dubbed.first - dubbed.first % _RANGE, dubbed.stop, _RANGE)
    ranges = tuple((max(begin, dubbed.first), min(begin + _RANGE, dubbed.stop)) for begin in begins)
    if len(ranges) < 2:
        return
    tasks = done_by_cluster(ray, _Ranges(dubbed, ranges), range(len(ranges)), memory)
    with progress("analysing", dubbed.stop - dubbed.first) as advance, closing(tasks) as found:
        for number, made in found:
            findings.take(made.value)
            for _ in range(*ranges[number]):
                advance()


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Ranges of a clip, to be planned wherever there is room, for what is found on the way."""

    dubbed: DubbedRange
    ranges: tuple[tuple[int, int], ...]

    def open(self, _folder: Path, _say: Callable[[str], None]) -> Callable[[int], Findings]:
        dubbing = self.dubbed.dubbing
        clip = SourceClip.open(self.dubbed.source, dubbing.opening).clip

        def find(number: int) -> Findings:
            first, stop = self.ranges[number]
            findings = Findings()
            for frame in plan_props(dubbing.prepare(clip, findings))[first:stop].frames(close=True):
                del frame  # what is looked at for it is kept
            return findings

        return find
