"""What `vs-lipsync evaluate` does once its options are read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import vapoursynth as vs
from rich.console import Console

from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.cli.scores import OF_THE_WHOLE, table_of, tables_of_cast
from vs_lipsync.cli.span import span_of
from vs_lipsync.errors import DubError, JobError, LipsyncError, one_line
from vs_lipsync.evaluation.evaluate import Evaluation, evaluate
from vs_lipsync.media.provenance import stated_target
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.settings.target import is_file_name
from vs_lipsync.speech.dub import Dub
from vs_lipsync.timing.position import Position

__all__ = ["SourceOptions", "run", "run_cast"]


def run(
    original: Path,
    result: Path,
    voice: Mapping[str, Any],
    opening: SourceOptions,
    start: Position | None,
    end: Position | None,
    *,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Compare a file with the one it was made of, and print the numbers.

    Args:
        original: the clip as it was.
        result: the file that is judged.
        voice: `dub`, what it should speak, None for its own sound; `offset`, seconds after the original's start at
            which that starts; and `target`, who speaks it, None for whom the result says.
        opening: how the original is opened. With timecodes, the result's frames are taken one by one, whatever their
            times.
        start: first frame of the original to look at; None for its first.
        end: first frame of the original no longer to look at; None for its end.
        as_json: print a JSON object in place of a table.
        plot: a picture to draw.

    Raises:
        JobError: they cannot be compared.
        click.BadParameter: there is no such range in the original.
    """
    audio: Path | None = voice["dub"]
    pair = _Pair.open(original, result, opening, start, end)
    try:
        dub = _sound(pair.result, audio)
        begin = pair.original.timeline.start(pair.first)
        own = begin if pair.inside == pair.first else Fraction(0)
        dub_start = begin - Fraction(voice["offset"]) if audio else own
        found = pair.evaluated(dub, dub_start, voice["target"] or _target_of(result, original), "evaluating")
    except (vs.Error, LipsyncError) as error:
        raise JobError(one_line(error)) from error
    if as_json:
        _print_json(pair, found.series.rate, asdict(found.scores))
    else:
        Console().print(table_of(found.scores))
    if plot is not None:
        from vs_lipsync.evaluation.plot import plot as draw  # matplotlib is an extra

        draw(found.series, plot, f"{result.name} against {original.name}")


def run_cast(
    original: Path,
    result: Path,
    cast: Sequence[tuple[str, Path]],
    offset: float,
    opening: SourceOptions,
    start: Position | None,
    end: Position | None,
    *,
    as_json: bool,
) -> None:
    """Compare a file with the one it was made of, and print the numbers of each of several people.

    Args:
        original: as for `run`.
        result: as for `run`.
        cast: who speaks, as `--target` takes it, and what.
        offset: seconds after the original's start at which the dubs start.
        opening: as for `run`.
        start: as for `run`.
        end: as for `run`.
        as_json: as for `run`.

    Raises:
        JobError: they cannot be compared.
        click.BadParameter: there is no such range in the original.
    """
    pair = _Pair.open(original, result, opening, start, end)
    dub_start = pair.original.timeline.start(pair.first) - Fraction(offset)
    found = {}
    try:
        dubs = [Dub.open(dub) for _, dub in cast]
        for (who, _), dub in zip(cast, dubs, strict=True):
            found[who] = pair.evaluated(dub, dub_start, who, f"evaluating {Path(who).name}")
    except (vs.Error, LipsyncError) as error:
        raise JobError(one_line(error)) from error
    scores = {who: one.scores for who, one in found.items()}
    first = next(iter(found.values()))
    if not as_json:
        for table in tables_of_cast(scores):
            Console().print(table)
        return
    whole = asdict(first.scores)
    people = [
        {"who": who} | {name: value for name, value in asdict(one).items() if name not in OF_THE_WHOLE}
        for who, one in scores.items()
    ]
    _print_json(pair, first.series.rate, {name: whole[name] for name in OF_THE_WHOLE} | {"people": people})


@dataclass(frozen=True, slots=True)
class _Pair:
    """A file and the one it was made of.

    Attributes:
        original: the clip as it was.
        result: the file that is judged.
        first: first frame of the original to look at.
        stop: first one no longer to look at.
        inside: which frame of the result shows the first one.
    """

    original: SourceClip
    result: SourceClip
    first: int
    stop: int
    inside: int

    @classmethod
    def open(
        cls, original: Path, result: Path, opening: SourceOptions, start: Position | None, end: Position | None
    ) -> "_Pair":
        """Open both, as for `run`."""
        before = SourceClip.open(original, opening)
        after = SourceClip.open(result, SourceOptions(every_frame=opening.timecodes is not None))
        for footage in (before, after):
            notify(footage.note)
        first, stop = span_of(before.clip.num_frames, before.timeline, start, end)
        return cls(before, after, first, stop, _part(before, after, first, stop))

    def evaluated(self, dub: Dub | None, dub_start: Fraction, target: str | None, label: str) -> Evaluation:
        """Return the scores of one person, with a progress bar.

        Args:
            dub: what the person should speak.
            dub_start: seconds of the dub at the first frame.
            target: who it is; None for the main face.
            label: of the progress bar.
        """
        count = self.stop - self.first
        with progress(label, count) as advance:
            return evaluate(
                self.original.clip[self.first : self.stop],
                self.result.clip[self.inside : self.inside + count],
                dub,
                dub_start=float(dub_start),
                target=target,
                original_sound=self.original.path,
                range_of=(self.original.clip, self.first),
                timeline=self.original.timeline,
                done=advance,
            )


def _target_of(result: Path, original: Path) -> str | None:
    """Return who a file says has been re-voiced, if it says so and what it names is there; None for the main face."""
    target = stated_target(result)
    if target is None or not is_file_name(target):
        return None if target == "all" else target
    found = next((folder / target for folder in (result.parent, original.parent) if (folder / target).is_file()), None)
    if found is None:
        notify(f"{result} was made for the target {target}, which is not beside it; the main face is judged")
    return None if found is None else str(found)


def _part(original: SourceClip, result: SourceClip, first: int, stop: int) -> int:
    """Return which frame of the result shows frame `first` of the original."""
    a, b = original.clip, result.clip
    if (a.width, a.height) != (b.width, b.height):
        raise JobError(
            f"{original.path} is {a.width} x {a.height} and {result.path} is {b.width} x {b.height}; "
            "only pictures of one size can be compared"
        )
    if b.num_frames == a.num_frames:
        return first
    if b.num_frames == stop - first:
        return 0
    held = "" if stop - first == a.num_frames else f", {stop - first} of them in the range"
    raise JobError(
        f"{original.path} has {a.num_frames} frames{held}, but {result.path} has {b.num_frames}; "
        "if it was made of a range, give the same --start and --end"
    )


def _sound(result: SourceClip, audio: Path | None) -> Dub | None:
    """Open what the result should speak; None if it has no sound and no other was given."""
    if audio is not None:
        return Dub.open(audio)
    try:
        return Dub.of_clip(result.path, result.start)
    except DubError as error:
        click.echo(f"{one_line(error)}; its mouth is not judged", err=True)
        return None


def _print_json(pair: _Pair, rate: float, found: Mapping[str, Any]) -> None:
    named = {"original": str(pair.original.path), "result": str(pair.result.path), "fps": rate}
    click.echo(json.dumps({**named, **found}, indent=2, allow_nan=False))
