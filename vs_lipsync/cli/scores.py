"""The numbers of a result as a table."""

from collections.abc import Mapping
from typing import Final

from rich.table import Table

from vs_lipsync.evaluation.evaluate import Scores

__all__ = ["OF_THE_WHOLE", "table_of", "tables_of_cast"]

OF_THE_WHOLE: Final = ("frames", "frames_identical", "mse", "psnr", "psnr_mean", "psnr_min", "ssim")
"""Numbers of a result that do not depend on whose mouth is judged."""


def table_of(scores: Scores) -> Table:
    """Return a table for people to read."""
    table = Table("measure", "", "value")
    table.columns[2].justify = "right"
    same = scores.mse == 0
    table.add_row("frames", "compared", f"{scores.frames}")
    table.add_row("", "identical", f"{scores.frames_identical}")
    table.add_row("", "with a mouth", f"{scores.frames_with_mouth}")
    table.add_row("MSE", "all samples", _number(scores.mse, 3))
    table.add_row("", "inside the mouth box", _number(scores.mse_inside, 3))
    table.add_row("", "outside of it", _number(scores.mse_outside, 3))
    table.add_row("PSNR (dB)", "all samples", _ratio(scores.psnr, equal=same))
    table.add_row("", "mean of the frames that differ", _ratio(scores.psnr_mean, equal=same))
    table.add_row("", "least of a frame", _ratio(scores.psnr_min, equal=same))
    table.add_row("", "inside the mouth box", _ratio(scores.psnr_inside, equal=scores.mse_inside == 0))
    table.add_row("", "outside of it", _ratio(scores.psnr_outside, equal=scores.mse_outside == 0))
    table.add_row("SSIM", "mean of the frames", _number(scores.ssim, 4))
    table.add_row("sharpness", "of the lips, share kept", _number(scores.sharpness, 3))
    table.add_row("mouth and dub", "frames compared", f"{scores.motion_frames}")
    table.add_row("", "correlation, within 2 frames", _number(scores.motion_correlation, 3))
    table.add_row("", "the same of the original", _number(scores.motion_correlation_original, 3))
    table.add_row("A/V offset", "frames that the picture is late", _number(scores.av_offset_frames, 0))
    table.add_row("", "in milliseconds", _number(scores.av_offset_ms, 0))
    table.add_row("", "correlation there", _number(scores.av_correlation, 3))
    return table


def tables_of_cast(people: Mapping[str, Scores]) -> tuple[Table, Table]:
    """Return a table of the pictures, and one with a row for each person, for people to read.

    A row has the frames with a mouth, the lips' sharpness, the frames whose mouth is compared with the dub, their
    correlation, the same of the original, and the frames that the picture is late.
    """
    scores = next(iter(people.values()))
    same = scores.mse == 0
    pictures = Table("measure", "", "value")
    pictures.columns[2].justify = "right"
    pictures.add_row("frames", "compared", f"{scores.frames}")
    pictures.add_row("", "identical", f"{scores.frames_identical}")
    pictures.add_row("MSE", "all samples", _number(scores.mse, 3))
    pictures.add_row("PSNR (dB)", "all samples", _ratio(scores.psnr, equal=same))
    pictures.add_row("SSIM", "mean of the frames", _number(scores.ssim, 4))
    table = Table("person", "mouths", "sharpness", "compared", "correlation", "original", "late")
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    for title, one in people.items():
        table.add_row(
            title,
            f"{one.frames_with_mouth}",
            _number(one.sharpness, 3),
            f"{one.motion_frames}",
            _number(one.motion_correlation, 3),
            _number(one.motion_correlation_original, 3),
            _number(one.av_offset_frames, 0),
        )
    return pictures, table


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _ratio(value: float | None, *, equal: bool) -> str:
    return "infinite" if equal else _number(value, 2)
