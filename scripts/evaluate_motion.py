"""Judge the motion net on recordings of speakers whom it never heard; `vs_lipsync.training.evaluation` says how.

python scripts/evaluate_motion.py --corpus DIR [--split val] [--noise 10] [--json]
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from vs_lipsync.speech.model import MotionModel, default_model
from vs_lipsync.training.corpus import recordings
from vs_lipsync.training.evaluation import MEASURES, babble, evaluate, summary

_LEAST_FRAMES = 20


def _print(tables: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    for title, numbers in tables.items():
        table = Table(title=f"{title}: {numbers['clips']['count']} clips, {numbers['clips']['speakers']} speakers")
        for column in ("", "median", "95 %", "mean", "quartiles"):
            table.add_column(column, justify="left" if not column else "right")
        for name in MEASURES:
            row = numbers[name]
            table.add_row(
                name, f"{row['median']:.3f}", _pair(row["interval"]), f"{row['mean']:.3f}", _pair(row["quartiles"])
            )
        console.print(table)


def _pair(values: list[float]) -> str:
    return f"{values[0]:.3f} .. {values[1]:.3f}"


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--split", default="val", show_default=True)
@click.option("--model", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A motion model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--noise", type=float, help="Also judge with babble this many dB below the voice.")
def main(corpus: Path, split: str, path: Path | None, as_json: bool, noise: float | None) -> None:
    """Judge a motion net on the recordings of a corpus."""
    model = MotionModel.load(path) if path else default_model()
    clips = [clip for clip in recordings(corpus, split) if clip.seen.sum() >= _LEAST_FRAMES]
    scores = evaluate(clips, model)
    overall = summary(scores)
    languages = {
        language: summary([s for s in scores if s.language == language])
        for language in sorted({s.language for s in scores})
    }
    noisy = summary(evaluate(clips, model, babble(clips, noise))) if noise is not None else None
    if as_json:
        click.echo(json.dumps(overall | {"languages": languages} | ({"babble": noisy} if noisy else {})))
        return
    console = Console()
    _print(languages | {"all": overall} | ({f"babble {noise:g} dB": noisy} if noisy else {}), console)


if __name__ == "__main__":
    main()
