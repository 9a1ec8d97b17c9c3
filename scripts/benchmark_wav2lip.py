"""Measure Wav2Lip's forms against each other, in one run: plain, folded, and the lower part alone.

    python scripts/benchmark_wav2lip.py [--device cuda] [--batch 16] [--rounds 10] [--threads 2]

Weights are random, which changes nothing of the time. Rounds take turns, so that what else the machine does falls on
all forms alike, and the fastest round of each counts. On a CPU, processor time is given too: it says more when the
machine is busy. On a GPU, batches of 1 to 128 are measured in single and half precision.
"""

import copy
import time
from collections.abc import Callable

import click
import numpy as np
import torch
from torch import Tensor

from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.wav2lip.engine import TorchEngine
from vs_lipsync.mouth.wav2lip.network import Wav2Lip, fold


@click.command()
@click.option("--device", default="cpu", show_default=True)
@click.option("--batch", default=16, show_default=True)
@click.option("--rounds", default=10, show_default=True)
@click.option("--threads", default=0, help="Threads on a CPU. Default: all.")
def main(device: str, batch: int, rounds: int, threads: int) -> None:
    """Print milliseconds per face and ratios."""
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(0)
    chosen = resolve_device(device)
    plain = Wav2Lip().eval().requires_grad_(False)
    if chosen.type == "cpu":
        click.echo(f"{torch.get_num_threads()} threads, batch {batch}")
        _compare_forms(plain, batch, rounds)
    else:
        click.echo(torch.cuda.get_device_name(chosen))
        _compare_batches(plain, str(chosen), rounds)


def _inputs(batch: int) -> tuple[Tensor, Tensor]:
    return torch.rand(batch, 1, 80, 16) * 8 - 4, torch.rand(batch, 6, 96, 96)


def _compare_forms(plain: Wav2Lip, batch: int, rounds: int) -> None:
    folded = fold(copy.deepcopy(plain))
    mel, faces = _inputs(batch)
    laid_out = faces.contiguous(memory_format=torch.channels_last)
    forms: dict[str, Callable[[], Tensor]] = {
        "plain": lambda: plain(mel, faces),
        "folded, channels-last": lambda: folded(mel, laid_out),
        "and the lower part alone (fast path)": lambda: folded(mel, laid_out, lower=True),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in forms}
    with torch.inference_mode():
        for run in range(rounds + 1):
            for name, form in forms.items():
                wall, processor = time.perf_counter(), time.process_time()
                form()
                spent = (time.perf_counter() - wall, time.process_time() - processor)
                if run:  # the first one warms up
                    taken[name].append(spent)
    best = {name: np.min(spent, axis=0) for name, spent in taken.items()}
    for name, (wall, processor) in best.items():
        ratios = best[name] / best["plain"]
        click.echo(
            f"{name}: {1e3 * wall / batch:.1f} ms per face ({ratios[0]:.2f} of plain), "
            f"processor time {1e3 * processor / batch:.1f} ms ({ratios[1]:.2f})"
        )


def _compare_batches(plain: Wav2Lip, device: str, rounds: int) -> None:
    for half in (False, True):
        for batch in (1, 2, 4, 8, 16, 32, 64, 128):
            engine = TorchEngine(copy.deepcopy(plain), device, batch=batch, half=half)
            mel, faces = (values.numpy() for values in _inputs(batch))
            spent = []
            for _ in range(rounds + 1):  # the first one warms up; results are on the CPU again when `run` returns
                start = time.perf_counter()
                engine.run(mel, faces)
                spent.append(time.perf_counter() - start)
            click.echo(f"{'half' if half else 'single'}, batch {batch}: {batch / min(spent[1:]):.0f} faces per second")


if __name__ == "__main__":
    main()
