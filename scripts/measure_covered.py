"""Measure whether mouths are left alone that something lies before, and whether others are not.

python -m scripts.measure_covered CLIPS [--half report] [--kept FOLDER] [--strips FOLDER --dub FILE]

CLIPS is a folder with footage, and more of it in its folder `more`; the scenes below are made of it. Each drawn cover
comes before the mouths of some speakers, and so do real hands, cut out of other clips. The speakers are those that the
net was trained with (`train`) or others (`report`). Strips are pictures of 20 consecutive frames about the moments when
a cover comes and goes, the source above what is made of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import cv2
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from scripts.covering.halves import REAL_COVERS, trained_with
from scripts.measuring.covered import covered_clip, look, opened, plans_of
from scripts.measuring.covers import COVERS, Cover, Drawing, cut_out
from vs_lipsync.filter import lipsync
from vs_lipsync.plan.frame_plan import FramePlan, Reason
from vs_lipsync.plan.grid import Grid
from vs_lipsync.planes.frames import rgb_of

LEAST: Final = 0.25
"""Hidden share of the lips from which a mouth counts as covered."""

LONGEST: Final = 130
"""Frames of a clip as it is that are looked at."""

SCENE: Final = 84
"""Frames of a clip in which something is drawn."""

NEAR: Final = 8
"""Frames beside a cover in which it is no false alarm to pass."""

STRIP: Final = 20

HANDS: Final = {
    "real hand": ("vlog-b.mp4", 110, (170, 300, 340, 600), 75.0, 2.6, (0.7, 0.15), (3.4, 0.8)),
    "real fist": ("more/m13.mp4", 60, (590, 490, 870, 660), 35.0, 2.6, (0.4, 0.2), (2.4, 2.4)),
    "real finger": ("vertical-jump-cuts.mp4", 600, (255, 230, 355, 445), 0.0, 2.2, (0.0, 0.55), (0.5, 2.8)),
}
"""Clip, frame, box about the hand, degrees to turn it, its length and place, whence it comes: see `cut_out`."""

TRAINED: Final = ("talk-512.mp4", "more/m00.mp4", "more/m02.mp4", "more/m05.mp4", "more/m36.mp4", "more/m01.mp4",
                  "vlog-a.mp4", "more/m24.mp4", "film-24fps.mp4", "more/m19.mp4")  # fmt: skip
OTHERS: Final = ("french-50s.mp4", "more/m03.mp4", "more/m04.mp4", "more/m06.mp4", "more/m32.mp4", "more/m35.mp4",
                 "more/m39.mp4", "more/m26.mpg", "more/m28.mpg", "more/m30.mpg", "more/m07.mp4", "more/m09.webm",
                 "more/m37.mp4", "grid-3s.mpg")  # fmt: skip


def scenes(root: Path, half: str) -> Iterator[tuple[Cover, Drawing | None, str]]:
    """Yield what is drawn, and in which clip."""
    covers: list[tuple[Cover, Drawing | None]] = [(cover, None) for cover in COVERS]
    for name, (clip, number, box, turn, size, shift, comes) in HANDS.items():
        with (
            vs.core.bs.VideoSource(str(root / clip), cachemode=0)
            .resize.Bicubic(format=vs.RGB24, matrix_in=1)
            .get_frame(number) as frame
        ):
            covers.append((Cover(name, lambda skin: skin, comes), cut_out(rgb_of(frame), box, turn, size, shift)))
    # Two that are there from the first to the last frame.
    covers += [(replace(COVERS[index], name=f"{COVERS[index].name} throughout", takes=0.0), None) for index in (0, 5)]
    clips = TRAINED if half == "train" else OTHERS
    for number, (cover, drawing) in enumerate(covers):
        yield cover, drawing, clips[number % len(clips)]


@click.command()
@click.argument("root", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--half", type=click.Choice(["train", "report"]), default="report", show_default=True)
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for what was seen in the clips")
@click.option("--strips", type=click.Path(file_okay=False, path_type=Path), help="folder for pictures to look at")
@click.option("--dub", type=click.Path(exists=True, dir_okay=False), help="sound that is put into the mouths of strips")
def main(root: Path, half: str, kept: Path | None, strips: Path | None, dub: str | None) -> None:
    """Measure covers drawn into the clips in ROOT, and false alarms in the clips as they are."""
    if strips is not None and dub is None:
        raise click.UsageError("strips need --dub")
    grid = Grid.for_frames_of(0)
    clean: dict[str, list[FramePlan]] = {}
    for path in sorted([*root.glob("*.*"), *(root / "more").glob("*.*")]):
        if path.suffix not in (".md", ".csv") and trained_with(path.stem) == (half == "train"):
            clip = opened(path, 0, LONGEST)
            clean[str(path.relative_to(root))] = list(plans_of(look(clip, f"{path} {LONGEST}", kept), grid))
    _tell_false_alarms(clean)
    click.echo("scene clip covered passed partly passed beside false")
    table = []
    for cover, drawing, name in scenes(root, half):
        clip, plans = opened(root / name, 0, SCENE), clean[name][:SCENE]
        length = clip.num_frames
        first, stop = (0, length) if not cover.takes else (length * 3 // 10, length * 7 // 10)
        shown = replace(cover, comes=(0.0, 0.0), takes=0.1) if not cover.takes else cover
        scene = covered_clip(clip, plans, shown, drawing, first, stop)
        seen = list(plans_of(look(scene.clip, f"{cover.name} {root / name} {SCENE}", kept), grid))
        table.append(_counts(seen, scene.shares, scene.present))
        click.echo(f"{cover.name}, {name}: " + " ".join(str(number) for number in table[-1]))
        if strips is not None and dub is not None and cover.takes:
            stem = f"{cover.name} {Path(name).stem}".replace(" ", "-")
            _write_strips(strips, stem, scene.clip, seen, (first, stop), dub)
    covered, passed, partly, partly_passed, beside, false = np.sum(table, 0)
    click.echo(
        f"{len(table)} scenes: {passed} of {covered} covered frames pass ({passed / covered:.2%}), {partly_passed} of "
        f"{partly} with a smaller part covered; {false} of {beside} beside the covers"
    )


def _counts(
    seen: list[FramePlan], shares: NDArray[np.float64], present: NDArray[np.bool_]
) -> tuple[int, int, int, int, int, int]:
    """Return the frames covered, those of them that pass, the same of those partly covered, and of those without."""
    passes = np.array([plan.reason is not Reason.TARGET for plan in seen])
    alarms = np.array([plan.reason is Reason.COVERED for plan in seen])
    covered = shares >= LEAST
    partly = (shares > 0.02) & ~covered
    away = ~np.isnan(shares) & (np.convolve(present, np.ones(2 * NEAR + 1), "same") == 0)
    return (
        int(covered.sum()), int((passes & covered).sum()), int(partly.sum()), int((passes & partly).sum()),
        int(away.sum()), int((alarms & away).sum()),
    )  # fmt: skip


def _tell_false_alarms(clean: dict[str, list[FramePlan]]) -> None:
    usable = alarms = 0
    for name, plans in clean.items():
        if Path(name).stem in REAL_COVERS:
            begun, covered = REAL_COVERS[Path(name).stem]
            real = [plan.reason is not Reason.TARGET for plan in plans[covered:]]
            click.echo(f"{name}: {sum(real)} of {len(real)} frames pass that are really covered")
        else:
            begun = len(plans)
        numbers = [plan.number for plan in plans[:begun] if plan.reason is Reason.COVERED]
        count = len(numbers) + sum(plan.reason is Reason.TARGET for plan in plans[:begun])
        usable, alarms = usable + count, alarms + len(numbers)
        if numbers:
            click.echo(f"{name}: {len(numbers)} of {count} frames: {numbers}")
    click.echo(f"{len(clean)} clips as they are: {alarms} of {usable} frames ({alarms / max(usable, 1):.2%})")


def _write_strips(
    folder: Path, name: str, clip: vs.VideoNode, seen: list[FramePlan], moments: tuple[int, int], dub: str
) -> None:
    """Write pictures of the faces about the moments when a cover comes and goes."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = clip.resize.Bicubic(format=vs.YUV444P8, matrix=1)
    made = lipsync(picture, dub).resize.Bicubic(format=vs.RGB24, matrix_in=1)
    known = [plan for plan in seen if plan.landmarks is not None]
    if not known:
        return
    for word, moment in zip(("comes", "goes"), moments, strict=True):
        first = min(max(moment - STRIP // 2 + (5 if word == "comes" else -5), 0), clip.num_frames - STRIP)
        rows = []
        for node in (clip, made):
            row = []
            for number in range(first, first + STRIP):
                near = min(known, key=lambda plan: abs(plan.number - number)).landmarks
                assert near is not None
                low, high = near[:, :2].min(0), near[:, :2].max(0)
                with node.get_frame(number) as frame:
                    face = _square(rgb_of(frame), (low + high) / 2, float((high - low).max()))
                    label = str(frame.props.get("LipSyncReason", ""))[:14] if node is made else str(number)
                row.append(cv2.putText(face, label, (2, 12), 0, 0.4, (255, 255, 0)))
            rows.append(row)
        halves = [np.hstack(row[part : part + 10]) for part in (0, 10) for row in rows]
        cv2.imwrite(str(folder / f"{name}-{word}.png"), np.vstack(halves)[..., ::-1])


def _square(rgb: NDArray[np.uint8], centre: NDArray[np.floating], size: float, side: int = 130) -> NDArray[np.uint8]:
    scale = side / (1.25 * size)
    matrix = np.array([[scale, 0, side / 2 - scale * centre[0]], [0, scale, side / 2 - scale * centre[1]]])
    return np.asarray(cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    main()
