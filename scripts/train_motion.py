"""Train the motion net on a corpus (`vs_lipsync.training.corpus` says what that is).

    python scripts/train_motion.py --corpus DIR --work DIR

It renders each recording several times, disturbed in different ways; fits a net to each half of the speakers, to find
by how much the sound of the other half is late and how far mouths open; fits the nets that are kept; and judges the
model on `val`. For the tables of the model card it also fits a net without each of some languages, and nets to parts of
the speakers. What is done is kept in the work folder, so that a run that was cut off goes on where it stopped.
"""

import dataclasses
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.encoder import SpeechEncoder, default_encoder
from vs_lipsync.speech.head import NetShape
from vs_lipsync.speech.model import MotionModel
from vs_lipsync.speech.shapes import Shapes
from vs_lipsync.training.calibration import Prediction, calibrate, fit_shapes
from vs_lipsync.training.corpus import Recording, recordings
from vs_lipsync.training.encoding import EncodedAudio, encode_noise, encode_recordings, encode_vowels
from vs_lipsync.training.evaluation import babble, evaluate, markdown, music, summary
from vs_lipsync.training.fit import Offset, Projection, TrainingConfig, TrainingSequence, fit, predicted
from vs_lipsync.training.network import MotionNet
from vs_lipsync.training.offsets import estimate_offsets

_BEGIN, _END = "<!-- numbers -->", "<!-- end of numbers -->"  # what lies between is written by this program
_ANONYMOUS = 20  # recordings of one "speaker" from which on it must be many people: these are halved by recording
_ROWS = {
    "babble": "babble 10 dB below",
    "music": "music 10 dB below",
    "in step": "lags around the recordings' own offsets",
}
_PARTS = {"a quarter": 64, "half": 128}  # of the speakers, in 256ths


class Trainer:
    """Recordings as the encoder hears them, and nets fitted to any of them."""

    def __init__(
        self,
        clips: Sequence[Recording],
        encoder: SpeechEncoder,
        work: Path,
        variants: int,
        config: TrainingConfig,
        device: str,
        progress: Progress,
    ) -> None:
        """Render the recordings, or read what was rendered before."""
        self.clips = clips
        self.shapes = fit_shapes(clips)
        self._work, self._config, self._device, self._progress = work, config, device, progress
        self._sounds: list[list[EncodedAudio]] = []
        self._noises: list[list[EncodedAudio]] = []
        self._vowels: list[list[EncodedAudio]] = []
        task = progress.add_task("render", total=variants * len(clips))
        projection: Projection | None = None
        for variant in range(variants):
            voices, noises, vowels = self._rendered(encoder, variant)
            progress.update(task, completed=(variant + 1) * len(clips))
            projection = projection or Projection(voices)
            self._sounds.append([projection.apply(sound) for sound in voices])
            self._noises.append([projection.apply(sound) for sound in noises])
            self._vowels.append([projection.apply(sound) for sound in vowels])
        assert projection is not None
        self.projection = projection

    def fitted(self, name: str, chosen: Sequence[int], offsets: Sequence[Offset], seed: int) -> MotionNet:
        """Fit a net to some of the recordings, with their offsets, or read the one of this name."""
        path = self._work / f"{name}.pt"
        shape = NetShape()
        if path.exists():
            net = MotionNet(shape, self.projection.size)
            net.load_state_dict(torch.load(path))
            return net.eval()
        task = self._progress.add_task(name, total=self._config.steps)
        sequences = [
            TrainingSequence(
                [self.clips[k] for k in chosen], [voices[k] for k in chosen], noises, vowels, offsets, self.shapes
            )
            for voices, noises, vowels in zip(self._sounds, self._noises, self._vowels, strict=True)
        ]
        net = fit(
            shape,
            sequences,
            self.shapes,
            self._config,
            seed,
            self._device,
            lambda step, _: self._progress.update(task, completed=step),
        )
        torch.save(net.state_dict(), path)
        return net

    def predict(self, net: MotionNet, number: int) -> Prediction:
        """Return what a net says of an undisturbed recording."""
        return predicted(net, self._sounds[0][number])

    def _rendered(self, encoder: SpeechEncoder, variant: int) -> tuple[list[EncodedAudio], ...]:
        """Return what the encoder makes of the recordings, as they are (0) or disturbed, of noise and of held vowels.

        Every other rendering is heard as one long sound, so that nets learn from recordings alone and among others.
        """
        path = self._work / f"rendered-{variant}.pt"
        if not path.exists():
            made = encode_recordings(self.clips, encoder, variant or None, variant % 2 == 1)
            kinds = (made, encode_noise(encoder, variant), encode_vowels(encoder, variant))
            torch.save(kinds, path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)
        voices, noises, vowels = torch.load(path, weights_only=False)
        return voices, noises, vowels


def _predictions_by_halves(trainer: Trainer, seed: int) -> list[Prediction]:
    """Return what a net that was trained on the other half of the speakers says of each recording."""
    clips = trainer.clips
    count = Counter(clip.speaker for clip in clips)
    halves = np.array([_share(clip.name if count[clip.speaker] > _ANONYMOUS else clip.speaker) % 2 for clip in clips])
    predictions: dict[int, Prediction] = {}
    for half in (0, 1):
        others = [int(k) for k in np.flatnonzero(halves != half)]
        guesses = [_first_guess(clips[k]) for k in others]
        net = trainer.fitted(f"half-{half}-seed{seed}", others, guesses, 100 * seed + 50 + half)
        predictions |= {k: trainer.predict(net, k) for k in map(int, np.flatnonzero(halves == half))}
    return [predictions[k] for k in range(len(clips))]


def _share(name: str) -> int:
    return zlib.crc32(name.encode()) & 255


def _first_guess(clip: Recording) -> Offset:
    """Return the offset that the corpus gives, where it can be trusted."""
    if not np.isfinite(clip.lag) or clip.fit < 0.35:
        return Offset(0.0, 0.4)
    if abs(clip.lag) > 4 and (len(clip.mouth) <= 100 or clip.fit <= 0.5):
        return Offset(0.0, 0.3)
    return Offset(clip.lag, 1.0)


def _without_languages(
    trainer: Trainer, shapes: Shapes, offsets: Sequence[Offset], languages: Sequence[str], seed: int
) -> dict[str, Any]:
    """Return, by language, the scores on its recordings of a net that was trained without it and its speakers."""
    found = {}
    clips = trainer.clips
    for language in languages:
        tested = [clip for clip in clips if clip.language == language]
        heard = {clip.speaker for clip in tested}
        kept = [k for k, clip in enumerate(clips) if clip.language != language and clip.speaker not in heard]
        if tested:
            net = trainer.fitted(f"without-{language}-seed{seed}", kept, [offsets[k] for k in kept], 100 * seed)
            model = MotionModel(default_encoder(), [trainer.projection.fold(net)], shapes)
            found[language] = summary(evaluate(tested, model, by_offset=True))
    return found


def _by_amount(
    trainer: Trainer, shapes: Shapes, offsets: Sequence[Offset], val: Sequence[Recording], seed: int
) -> dict[str, Any]:
    """Return, by share of the speakers, the scores on `val` of one net that was trained on them."""
    found = {}
    for name, least in _PARTS.items():
        kept = [k for k, clip in enumerate(trainer.clips) if _share(f"{clip.speaker} part") < least]
        net = trainer.fitted(f"{name.replace(' ', '-')}-seed{seed}", kept, [offsets[k] for k in kept], 100 * seed)
        model = MotionModel(default_encoder(), [trainer.projection.fold(net)], shapes)
        found[name] = summary(evaluate(val, model)) | {"heard": _amount([trainer.clips[k] for k in kept])}
    return found


def _amount(clips: Sequence[Recording]) -> dict[str, int]:
    """Return how much there is to learn from recordings."""
    minutes = round(sum(len(clip.mouth) for clip in clips) / 25 / 60)
    return {"count": len(clips), "speakers": len({clip.speaker for clip in clips}), "minutes": minutes}


def train(
    corpus: Path,
    work: Path,
    output: Path,
    seed: int,
    variants: int,
    nets: int,
    config: TrainingConfig,
    languages: Sequence[str],
    device: str,
) -> None:
    """Train, save and judge a model."""
    work.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    clips = [clip for clip in recordings(corpus, "train") if clip.speaks]
    with Progress(console=console) as progress:
        trainer = Trainer(clips, default_encoder(), work, variants, config, device, progress)
        predictions = _predictions_by_halves(trainer, seed)
        opened = [mouth_opening(trainer.shapes.displacement(each.codes)) for each in predictions]
        offsets = estimate_offsets(opened, [clip.opening for clip in clips], [clip.source for clip in clips])
        shapes = calibrate(trainer.shapes, predictions, clips)
        everyone = range(len(clips))
        kept = [trainer.fitted(f"net-{k}-seed{seed}", everyone, offsets, 100 * seed + k) for k in range(nets)]
        heads = [trainer.projection.fold(net) for net in kept]
        model = MotionModel(default_encoder(), heads, shapes)
        model.save(output, {"seed": str(seed), "recordings": str(len(clips))})
        val = list(recordings(corpus, "val"))
        single = MotionModel(default_encoder(), heads[:1], shapes)
        tables = {
            "languages": _without_languages(trainer, shapes, offsets, languages, seed),
            "amounts": _by_amount(trainer, shapes, offsets, val, seed)
            | {"all": summary(evaluate(val, single)) | {"heard": _amount(clips)}},
        }
    _judge(model, val, output, tables, console)


def _judge(
    model: MotionModel, val: Sequence[Recording], output: Path, tables: dict[str, Any], console: Console
) -> None:
    """Judge a model on `val`, print the main numbers, and write all of them beside it."""
    clean = summary(evaluate(val, model))
    disturbed = {
        "babble": summary(evaluate(val, model, babble(val, 10.0))),
        "music": summary(evaluate(val, model, music(10.0))),
        "in step": summary(evaluate(val, model, by_offset=True)),
    }
    written = {"model": {"sha256": hashlib.sha256(output.read_bytes()).hexdigest()}}
    output.with_suffix(".json").write_text(json.dumps(written | clean | disturbed | tables, indent=1) + "\n")
    card = output.with_suffix(".md")
    if card.exists():
        before, _, rest = card.read_text().partition(_BEGIN)
        text = "\n\n".join(
            [
                markdown(clean, {_ROWS[k]: v for k, v in disturbed.items()}),
                *(_rows(name, table) for name, table in tables.items()),
            ]
        )
        card.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{rest.partition(_END)[2]}")
    for name, numbers in (clean | {f"opening, {k}": v["opening"] for k, v in disturbed.items()}).items():
        if "median" in numbers:
            console.print(f"{name:16} median {numbers['median']:.3f}, mean {numbers['mean']:.3f}")
    for table in tables.values():
        for name, numbers in table.items():
            console.print(f"{name:16} opening, median {numbers['opening']['median']:.3f}")


def _rows(name: str, table: dict[str, Any]) -> str:
    """Return the table of scores by language or by amount of data."""
    lines = [
        f"| {name} | recordings | speakers | opening, median | mean | width, median |",
        "|---|---|---|---|---|---|",
    ]
    for row, numbers in table.items():
        opening, width, counted = numbers["opening"], numbers["width"], numbers.get("heard", numbers["clips"])
        values = f"{opening['median']:.3f} | {opening['mean']:.3f} | {width['median']:.3f}"
        lines.append(f"| {row} | {counted['count']} | {counted['speakers']} | {values} |")
    return "\n".join(lines)


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option(
    "--work", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where to keep what is done."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default="models/motion.safetensors")
@click.option("--seed", default=0, show_default=True)
@click.option("--variants", default=4, show_default=True, help="Renderings of the corpus; all but one disturbed.")
@click.option("--nets", default=3, show_default=True, help="Nets whose mean is taken.")
@click.option("--steps", default=TrainingConfig().steps, show_default=True, help="Batches for each net.")
@click.option(
    "--languages", default="es,pt,fr,ru", show_default=True, help="Languages to judge by nets that never heard them."
)
@click.option("--device", default="cpu", show_default=True, help="Where nets are fitted: cpu or cuda.")
@click.option("--threads", default=1, show_default=True)
def main(
    corpus: Path,
    work: Path,
    output: Path,
    seed: int,
    variants: int,
    nets: int,
    steps: int,
    languages: str,
    device: str,
    threads: int,
) -> None:
    """Train the motion net on a corpus and judge it on its val split."""
    torch.set_num_threads(threads)
    config = dataclasses.replace(TrainingConfig(), steps=steps)
    chosen = [language for language in languages.split(",") if language]
    train(corpus, work, output, seed, variants, nets, config, chosen, device)


if __name__ == "__main__":
    main()
