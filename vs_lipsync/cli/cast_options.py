"""The options that say who speaks which dub, and what is heard under them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from vs_lipsync.cli.options import FILE, finite
from vs_lipsync.settings.target import KINDS, click_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vs_lipsync.cli.jobs.cast_sound import CastSound
    from vs_lipsync.media.source import SourceOptions
    from vs_lipsync.settings.cast import CastMember

__all__ = ["CastChoice", "CastType", "cast_options", "check_cast_options"]

_AUTO: Final = "auto"

_GAIN: Final = click.FloatRange(-60.0, 20.0)


@dataclass(frozen=True, slots=True)
class CastChoice:
    """Who speaks which dub, as the command line says it.

    Attributes:
        people: targets, and the file that each speaks.
        told: people of a project file, with settings of their own, in place of people.
        gains: dB by which the dub of each of these is louder.
        stems: files whose speakers are to be found out, in place of people.
        bed: what is heard under the dubs.
        bed_gain: dB by which that is louder.
        stem_gain: dB by which the dubs are louder.
    """

    people: tuple[tuple[str, Path], ...] = ()
    told: "tuple[CastMember, ...]" = ()
    gains: tuple[float, ...] = ()
    stems: tuple[Path, ...] = ()
    bed: Literal["original", "silence"] | Path = "silence"
    bed_gain: float = 0.0
    stem_gain: float = 0.0

    def __bool__(self) -> bool:
        """Return whether there is a cast."""
        return bool(self.people or self.told or self.stems)

    @property
    def files(self) -> list[Path]:
        """The files that are read for it."""
        targets = [Path(who) for who, _ in self.people if _is_file(who)]
        bed = [self.bed] if isinstance(self.bed, Path) else []
        return [*targets, *(dub for _, dub in self.people), *self.stems, *bed]

    def members(
        self, source: Path, offset: float, plan: Path | None, opening: "SourceOptions"
    ) -> "tuple[CastMember, ...] | None":
        """Return the cast, of which people are found out where they are not given; None if there is none.

        Args:
            source: the clip.
            offset: seconds after its first frame at which the dubs start.
            plan: its plan file, if there is one.
            opening: how it is opened.

        Raises:
            click.UsageError: it is not clear who speaks a stem.
            JobError: the clip or a stem cannot be read.
        """
        from vs_lipsync.settings.cast import CastMember  # takes a while to load

        if self.stems:
            from vs_lipsync.cli.jobs.auto_cast import find_cast

            return find_cast(source, self.stems, offset, plan, opening)
        return self.told or tuple(CastMember(who, dub) for who, dub in self.people) or None

    def sound(self) -> "CastSound | None":
        """Return how its dubs are mixed; None if there is no cast."""
        from vs_lipsync.cli.jobs.cast_sound import CastSound  # VapourSynth takes a while to load

        own = self.gains or [0.0] * len((*self.people, *self.stems))
        gains = tuple(gain + self.stem_gain for gain in own)
        return CastSound(self.bed, self.bed_gain, gains) if self else None


class CastType(click.ParamType[tuple[str, Path]]):
    """A person and a dub, with = between them; or auto, which has no dub."""

    name = "WHO=DUB"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        """Split at the = behind which there is the name of a file: names may have one, too."""
        if isinstance(value, tuple):
            return value
        text = str(value)
        if text == _AUTO:
            return _AUTO, Path()
        places = [place for place, letter in enumerate(text) if letter == "="]
        if not places:
            self.fail(f"{text!r} has no =; give WHO=DUB, such as anna.jpg=anna.wav", param, ctx)
        splits = [(text[:place], text[place + 1 :]) for place in places]
        who, dub = next((one for one in splits if _is_known(one[0]) and Path(one[1]).is_file()), splits[0])
        if who == "all":
            self.fail("all is nobody in particular: --cast takes one person for each dub", param, ctx)
        if not _is_known(who):
            self.fail(f"{who!r} is neither a file, nor a place such as 120@640,360, nor main or speaking", param, ctx)
        FILE.convert(dub, param, ctx)
        return who, Path(dub)


def _is_known(who: str) -> bool:
    return who in KINDS or click_in(who) is not None or _is_file(who)


def _is_file(who: str) -> bool:
    return who not in KINDS and click_in(who) is None and Path(who).is_file()


def _bed(ctx: click.Context, param: click.Parameter, value: str) -> str | Path:
    if value in ("original", "silence"):
        return value
    FILE.convert(value, param, ctx)
    return Path(value)


_OPTIONS: Final = (
    click.option(
        "--cast",
        "cast",
        metavar="WHO=DUB|auto",
        type=CastType(),
        multiple=True,
        help="A person and what they speak, in place of --audio and --target; WHO is as for --target, and speaks from "
        "the start of the clip. Give it for each person; they may speak at the same time. Or auto, to find out whose "
        "mouth follows which --stem.",
    ),
    click.option(
        "--stem",
        "stems",
        metavar="FILE",
        type=FILE,
        multiple=True,
        help="With --cast auto: what one person speaks, in time with the original. Give it for each person.",
    ),
    click.option(
        "--bed",
        metavar="original|silence|FILE",
        default="silence",
        show_default=True,
        callback=_bed,
        help="What is heard under the dubs of --cast: INPUT's own sound, nothing, or a file that starts with INPUT.",
    ),
    click.option(
        "--bed-gain",
        metavar="DB",
        type=_GAIN,
        callback=finite,
        default=0.0,
        show_default=True,
        help="How many dB louder that is; below 0 quieter.",
    ),
    click.option(
        "--stem-gain",
        metavar="DB",
        type=_GAIN,
        callback=finite,
        default=0.0,
        show_default=True,
        help="How many dB louder the dubs of --cast are. If the mix goes beyond full scale, all of it is made quieter.",
    ),
)


def cast_options(command: Callable[..., object]) -> Callable[..., object]:
    """Give a command the options of a cast; it is called with all of them in one argument, `casting`."""

    @wraps(command)
    def called(**arguments: Any) -> object:  # noqa: ANN401 - click passes what the options say
        people, stems = arguments.pop("cast"), arguments.pop("stems")
        is_auto = any(who == _AUTO for who, _ in people)
        if is_auto and len(people) > 1:
            raise click.UsageError("--cast auto finds out who speaks all stems: give no other --cast")
        if is_auto != bool(stems):
            raise click.UsageError("--cast auto and --stem belong together: give a --stem for each person")
        people = () if is_auto else people
        values = {name: arguments.pop(name) for name in ("bed", "bed_gain", "stem_gain")}
        project = click.get_current_context().obj  # a project file, where a command takes one
        told, gains = (project.cast, project.gains) if project is not None else ((), ())
        if told and (people or stems):
            raise click.UsageError("the project says who speaks what: leave --cast out")
        if not people and not stems and not told and values != {"bed": "silence", "bed_gain": 0.0, "stem_gain": 0.0}:
            raise click.UsageError("--bed, --bed-gain and --stem-gain are for --cast")
        return command(casting=CastChoice(people, told, gains, stems, **values), **arguments)

    decorated: Callable[..., object] = called
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def check_cast_options(casting: CastChoice, voice: "Mapping[str, Any]") -> None:
    """Refuse what a cast says already.

    Raises:
        click.UsageError: there is a cast, and another dub or target, or somebody is in it twice.
    """
    if not casting:
        return
    for name, option in (("dub", "--audio"), ("target", "--target")):
        if voice[name] is not None:
            raise click.UsageError(f"give {option} or --cast, not both: --cast says who speaks what")
    for stem in casting.stems:
        if casting.stems.count(stem) > 1:
            raise click.UsageError(f"--stem has {stem} twice")
    named = [who for who, _ in casting.people]
    for who in named:
        if named.count(who) > 1:
            raise click.UsageError(f"--cast has {who} twice; join the dubs of one person, such as by an .srt file")
