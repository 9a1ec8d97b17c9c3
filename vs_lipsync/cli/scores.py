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
    compared, identical, mse, psnr, ssim = _of_the_pictures(scores)
    return _measures(
        compared,
        identical,
        ("", "with a mouth", f"{scores.frames_with_mouth}"),
        mse,
        ("", "inside the mouth box", _number(scores.mse_inside, 3)),
        ("", "outside of it", _number(scores.mse_outside, 3)),
        psnr,
        ("", "mean of the frames that differ", _ratio(scores.psnr_mean, equal=scores.mse == 0)),
        ("", "least of a frame", _ratio(scores.psnr_min, equal=scores.mse == 0)),
        ("", "inside the mouth box", _ratio(scores.psnr_inside, equal=scores.mse_inside == 0)),
        ("", "outside of it", _ratio(scores.psnr_outside, equal=scores.mse_outside == 0)),
        ssim,
        ("sharpness", "of the lips, share kept", _number(scores.sharpness, 3)),
        ("mouth and dub", "frames compared", f"{scores.motion_frames}"),
        ("", "correlation, within 2 frames", _number(scores.motion_correlation, 3)),
        ("", "the same of the original", _number(scores.motion_correlation_original, 3)),
        ("A/V offset", "frames that the picture is late", _number(scores.av_offset_frames, 0)),
        ("", "in milliseconds", _number(scores.av_offset_ms, 0)),
        ("", "correlation there", _number(scores.av_correlation, 3)),
    )


def tables_of_cast(people: Mapping[str, Scores]) -> tuple[Table, Table]:
    """Return a table of the pictures, and one with a row for each person, for people to read.

    A row has the frames with a mouth, the lips' sharpness, the frames whose mouth is compared with the dub, their
    correlation, the same of the original, and the frames that the picture is late.
    """
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
    return _measures(*_of_the_pictures(next(iter(people.values())))), table


type _Row = tuple[str, str, str]


def _of_the_pictures(scores: Scores) -> tuple[_Row, _Row, _Row, _Row, _Row]:
    """Return the rows that are the same whoever's mouth is judged: frames, identical ones, MSE, PSNR and SSIM."""
    return (
        ("frames", "compared", f"{scores.frames}"),
        ("", "identical", f"{scores.frames_identical}"),
        ("MSE", "all samples", _number(scores.mse, 3)),
        ("PSNR (dB)", "all samples", _ratio(scores.psnr, equal=scores.mse == 0)),
        ("SSIM", "mean of the frames", _number(scores.ssim, 4)),
    )


def _measures(*rows: _Row) -> Table:
    table = Table("measure", "", "value")
    table.columns[2].justify = "right"
    for row in rows:
        table.add_row(*row)
    return table


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _ratio(value: float | None, *, equal: bool) -> str:
    return "infinite" if equal else _number(value, 2)
