"""Train the motion net on a corpus (`vs_lipsync.training.corpus` says what that is).

    python scripts/train_motion.py --corpus DIR --work DIR

It renders each recording several times, disturbed in different ways; fits a net to each half of the speakers, to find
by how much the sound of the other half is late and how far mouths open; fits the nets that are kept; and judges the
model on `val`. What is done is kept in the work folder, so that a run that was cut off goes on where it stopped.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.encoder import SpeechEncoder
from vs_lipsync.speech.model import MotionModel, default_model
from vs_lipsync.speech.network import MotionNet, NetShape
from vs_lipsync.training.corpus import Recording, recordings
from vs_lipsync.training.evaluation import babble, evaluate, markdown, summary
from vs_lipsync.training.fit import (
    EncodedAudio,
    Offset,
    Projection,
    TrainingConfig,
    TrainingSequence,
    calibrate,
    encode_noise,
    encode_recordings,
    fit,
    fit_shapes,
    predicted,
)
from vs_lipsync.training.offsets import estimate_offsets

_BEGIN, _END = "<!-- numbers -->", "<!-- end of numbers -->"  # what lies between is written by this program
_ANONYMOUS = 20  # recordings of one "speaker" from which on it must be many people: these are halved by recording


def train(
    corpus: Path, work: Path, output: Path, seed: int, variants: int, nets: int, recipe: TrainingConfig, device: str
) -> None:
    """Train, save and judge a model."""
    work.mkdir(parents=True, exist_ok=True)
    clips = [clip for clip in recordings(corpus, "train") if clip.speaks]
    shapes, shape = fit_shapes(clips), NetShape()
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        sounds, noises = _encoded(clips, default_model().encoder, variants, work, progress)
        projection = Projection(sounds[0])
        sounds = [[projection.apply(sound) for sound in variant] for variant in sounds]
        noises = [[projection.apply(sound) for sound in variant] for variant in noises]

        def fitted(name: str, chosen: Sequence[int], offsets: Sequence[Offset], number: int) -> MotionNet:
            path = work / f"{name}-seed{seed}.pt"
            if path.exists():
                net = MotionNet(shape, len(projection.matrix.T))
                net.load_state_dict(torch.load(path))
                return net.eval()
            task = progress.add_task(name, total=recipe.steps)
            sequences = [
                TrainingSequence([clips[k] for k in chosen], [variant[k] for k in chosen], noise, offsets, shapes)
                for variant, noise in zip(sounds, noises, strict=True)
            ]
            net = fit(
                shape, sequences, shapes, recipe, number, device, lambda step, _: progress.update(task, completed=step)
            )
            torch.save(net.state_dict(), path)
            return net

        codes = _predicted_by_halves(clips, sounds[0], fitted, seed)
        opened = [_opening(code, shapes.mean, shapes.basis, shapes.deviation) for code in codes]
        offsets = estimate_offsets(opened, [clip.opening for clip in clips], [clip.source for clip in clips])
        shapes = calibrate(shapes, codes, clips)
        everyone = range(len(clips))
        kept = [projection.fold(fitted(f"net-{k}", everyone, offsets, 100 * seed + k)) for k in range(nets)]
    model = MotionModel(default_model().encoder, kept, shapes)
    model.save(output, {"seed": str(seed), "recordings": str(len(clips))})
    _judge(model, corpus, output, console)


def _encoded(
    clips: Sequence[Recording], encoder: SpeechEncoder, variants: int, work: Path, progress: Progress
) -> tuple[list[list[EncodedAudio]], list[list[EncodedAudio]]]:
    """Return what the encoder makes of the recordings, [0] as they are and [1:] disturbed, and of noise."""
    sounds, noises = [], []
    task = progress.add_task("render", total=variants * len(clips))
    for variant in range(variants):
        path = work / f"rendered-{variant}.pt"
        if not path.exists():
            made = encode_recordings(clips, encoder, variant or None, lambda: progress.advance(task))
            torch.save((made, encode_noise(encoder, variant)), path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)
        progress.update(task, completed=(variant + 1) * len(clips))
        voices, noise = torch.load(path, weights_only=False)
        sounds.append(voices)
        noises.append(noise)
    return sounds, noises


def _predicted_by_halves(
    clips: Sequence[Recording],
    sounds: Sequence[EncodedAudio],
    fitted: Callable[[str, Sequence[int], Sequence[Offset], int], MotionNet],
    seed: int,
) -> list[NDArray[np.float32]]:
    """Return the codes of each recording by a net that was trained on the other half of the speakers."""
    count = {clip.speaker: sum(c.speaker == clip.speaker for c in clips) for clip in clips}
    halves = np.array(
        [zlib.crc32((clip.name if count[clip.speaker] > _ANONYMOUS else clip.speaker).encode()) % 2 for clip in clips]
    )
    codes: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(clips)
    for half in (0, 1):
        others = [int(k) for k in np.flatnonzero(halves != half)]
        net = fitted(f"half-{half}", others, [_first_guess(clips[k]) for k in others], 100 * seed + 50 + half)
        for k in map(int, np.flatnonzero(halves == half)):
            codes[k] = predicted(net, sounds[k])
    return codes


def _first_guess(clip: Recording) -> Offset:
    """Return the offset that the corpus gives, where it can be trusted."""
    if not np.isfinite(clip.lag) or clip.fit < 0.35:
        return Offset(0.0, 0.4)
    if abs(clip.lag) > 4 and (len(clip.mouth) <= 100 or clip.fit <= 0.5):
        return Offset(0.0, 0.3)
    return Offset(clip.lag, 1.0)


def _opening(
    codes: NDArray[np.float32], mean: torch.Tensor, basis: torch.Tensor, deviation: torch.Tensor
) -> NDArray[np.floating]:
    points = (mean + torch.from_numpy(codes) * deviation @ basis).numpy()
    return mouth_opening(points.reshape(-1, 53, 3))


def _judge(model: MotionModel, corpus: Path, output: Path, console: Console) -> None:
    """Judge a model on `val`, print the main numbers, and write all of them beside it."""
    clips = list(recordings(corpus, "val"))
    clean = summary(evaluate(clips, model))
    noisy = summary(evaluate(clips, model, babble(clips, 10.0)))
    written = {"model": {"sha256": hashlib.sha256(output.read_bytes()).hexdigest()}}
    output.with_suffix(".json").write_text(json.dumps(written | clean | {"babble": noisy}, indent=1) + "\n")
    card = output.with_suffix(".md")
    if card.exists():
        before, _, rest = card.read_text().partition(_BEGIN)
        card.write_text(f"{before}{_BEGIN}\n{markdown(clean, noisy)}\n{_END}{rest.partition(_END)[2]}")
    for name, numbers in clean.items():
        if "median" in numbers:
            console.print(f"{name:10} median {numbers['median']:.3f}, mean {numbers['mean']:.3f}")
    console.print(f"with babble 10 dB below: opening, median {noisy['opening']['median']:.3f}")


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option(
    "--work", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where to keep what is done."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default="models/motion.safetensors")
@click.option("--seed", default=0, show_default=True)
@click.option("--variants", default=6, show_default=True, help="Renderings of the corpus; all but one disturbed.")
@click.option("--nets", default=3, show_default=True, help="Nets whose mean is taken.")
@click.option("--steps", default=TrainingConfig().steps, show_default=True, help="Batches for each net.")
@click.option("--device", default="cpu", show_default=True, help="Where nets are fitted: cpu or cuda.")
@click.option("--threads", default=1, show_default=True)
def main(
    corpus: Path, work: Path, output: Path, seed: int, variants: int, nets: int, steps: int, device: str, threads: int
) -> None:
    """Train the motion net on a corpus and judge it on its val split."""
    torch.set_num_threads(threads)
    train(corpus, work, output, seed, variants, nets, TrainingConfig(steps=steps), device)


if __name__ == "__main__":
    main()
