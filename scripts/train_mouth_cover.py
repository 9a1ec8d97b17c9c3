"""Train the net that tells whether something lies before a mouth.

python -m scripts.train_mouth_cover CLIPS models/mouth_cover.onnx [--half] [--kept FOLDER]

CLIPS is a folder with footage, and more of it in its folder `more`. Faces are cut out of it, and things are drawn
before them: fingers, masks, microphones, letters, bars, and shapes of no particular form, in any colour, in the colour
of the skin, and of pieces of pictures. With --half only half of the speakers are taken, so that the others can be
measured (`scripts.measure_covered`).
"""

import hashlib
import pickle
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
from torch import nn

from scripts.covering.crops import Faces, read_faces
from scripts.covering.halves import trained_with
from scripts.covering.made import Example, ExampleMaker
from scripts.covering.network import CoverNet, to_onnx

BATCH: Final = 64
FRESH: Final = 14
"""Examples of a batch that are made for it; the others are taken from those made before."""

MOST: Final = 24_000
"""Examples that are kept."""

_FIRST: Final = 1200
_RATE: Final = 3e-3
_DECAY: Final = 3e-2
_MOUTH: Final = 4.0
"""How much more a cell on the mouth counts than one elsewhere."""


@click.command()
@click.argument("clips", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--half", is_flag=True, help="train with half of the speakers alone")
@click.option("--steps", default=1400, show_default=True, help="batches")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="folder for the faces of the clips")
def main(clips: Path, output: Path, half: bool, steps: int, kept: Path | None) -> None:
    """Train with the faces in CLIPS and write the net to OUTPUT."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    paths = sorted([*clips.glob("*.*"), *(clips / "more").glob("*.*")])
    wanted = [path for path in paths if path.suffix not in (".md", ".csv") and (trained_with(path.stem) or not half)]
    found = [_faces(path, kept) for path in wanted]
    faces = Faces.joined([one for one in found if one is not None])
    click.echo(f"{len(faces.crops)} faces of {len(wanted)} clips")
    net = fit(ExampleMaker(faces, 0), steps)
    output.write_bytes(to_onnx(net).SerializeToString())


def fit(make: ExampleMaker, steps: int) -> CoverNet:
    """Train a net with examples."""
    net = CoverNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    examples: list[Example] = []
    net.train()
    for step in range(steps):
        fresh = [make() for _ in range(FRESH if len(examples) > _FIRST else BATCH)]
        earlier = [examples[i] for i in make.random.integers(max(len(examples), 1), size=BATCH - len(fresh))]
        loss = _loss(net, fresh + earlier)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        for example in fresh:
            if len(examples) < MOST:
                examples.append(example)
            else:
                examples[int(make.random.integers(MOST))] = example
        if step % 100 == 0:
            click.echo(f"step {step}: loss {loss.item():.3f}")
    return net.eval()


def _loss(net: CoverNet, batch: list[Example]) -> torch.Tensor:
    images, covered, mouth = (
        torch.from_numpy(np.array([getattr(one, name) for one in batch], np.float32))
        for name in ("image", "covered", "mouth")
    )
    logits = net(images.contiguous(memory_format=torch.channels_last) / 255)
    losses = nn.functional.binary_cross_entropy_with_logits(logits, covered, reduction="none")
    return (losses * (1 + _MOUTH * mouth)).mean()


def _faces(path: Path, kept: Path | None) -> Faces | None:
    """Read the faces of a clip, or what was kept of them: by `pickle`, in a folder of one's own."""
    if kept is None:
        return read_faces(path)
    file = kept / (hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:20] + ".faces.pickle")
    if not file.exists():
        kept.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(read_faces(path)))
    faces: Faces | None = pickle.loads(file.read_bytes())  # noqa: S301  # written above
    return faces


if __name__ == "__main__":
    main()
