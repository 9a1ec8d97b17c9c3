"""Check what the motion net makes of languages that the corpus hardly shows, by voices of espeak-ng.

    python scripts/check_voices.py en hi te

It needs the shared library of espeak-ng, which says when each sound is. For each language it says how often lips are
shut at p, b and m, and how wide and how far open the mouth is at vowels. It is a check that nothing is badly wrong, and
no measure of how good it is.
"""

import ctypes
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import signal

from vs_lipsync.faces.landmarks import MOUTH, canonical_face, mouth_opening, mouth_width
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE

_TEXTS = {
    "en": "My mother bought a map at the market. Papa put the book upon the table, but Bob moved it. "
    "The old man knew a good poem about blue moons. Peter and Emma came home by boat. Who would go there so soon?",
    "hi": "मेरी माँ ने बाज़ार से आम और पपीता खरीदा। बाबा ने मेज़ पर बड़ी किताब रखी। हम सब कल सुबह भोपाल जाएँगे। "
    "पूरा आम मत फेंको। मोहन और रूपा बहुत खुश हुए। यह फूल बहुत सुंदर है।",
    "te": "మా అమ్మ బజారులో మామిడి పండ్లు కొన్నది. బాబు పుస్తకం బల్ల మీద పెట్టాడు. మేము రేపు ఉదయం భీమవరం పోతాము. "
    "పాప పాలు తాగింది. రాము మరియు ఉమ ఊరు వెళ్ళారు. ఈ పువ్వు చాలా బాగుంది.",
    "es": "Mi mamá compró pan y uvas en el mercado. Pepe puso un libro sobre la mesa. Mañana vamos a Bilbao en barco.",
    "fr": "Ma mère a pris des pommes au marché. Papa a mis un beau livre sur la table. Nous partons pour Bordeaux.",
    "ru": "Моя мама купила хлеб и яблоки на рынке. Папа положил большую книгу на стол. Мы поедем утром на пароходе.",
}
_PHONEMES, _IPA = 1, 2  # what espeak_Initialize is to tell of
_RETRIEVE, _UTF8, _PHONEME_EVENT = 2, 1, 7
_SHUT = 0.015  # inter-ocular units
_KINDS = {"a": "aɑɐä", "i": "iɪeɛ", "u": "uʊoɔɒ"}  # vowels that are open, spread and rounded


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", _Name),
    )


class Voices:
    """espeak-ng."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: it is not installed.
        """
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._rate = int(self._library.espeak_Initialize(_RETRIEVE, 0, None, _PHONEMES | _IPA))

    def say(self, language: str, text: str) -> tuple[NDArray[np.float32], list[tuple[float, str]]]:
        """Return samples [n] at 16 kHz of a text, and when (in seconds) each phoneme (in IPA) starts."""
        parts: list[NDArray[np.int16]] = []
        starts: list[tuple[float, str]] = []

        def take(wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]") -> int:
            if wave and count:
                parts.append(np.ctypeslib.as_array(wave, (count,)).copy())
            number = 0
            while events[number].type:
                if events[number].type == _PHONEME_EVENT:
                    name = bytes(events[number].id.string).partition(b"\0")[0].decode(errors="replace")
                    starts.append((events[number].milliseconds / 1000, name))
                number += 1
            return 0

        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        callback = kind(take)
        self._library.espeak_SetSynthCallback(callback)
        self._library.espeak_SetVoiceByName(language.encode())
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        ratio = Fraction(SAMPLE_RATE, self._rate)
        wave = np.concatenate(parts) / 32768
        return signal.resample_poly(wave, ratio.numerator, ratio.denominator).astype(np.float32), starts


def judged(samples: NDArray[np.float32], starts: list[tuple[float, str]]) -> dict[str, float]:
    """Return how often lips shut at p, b and m, and the mean opening and width at vowels, of a voice."""
    times = np.arange(len(samples) * 100 // SAMPLE_RATE) / 100
    points = Motion(Dub.of(samples)).at(times).points
    opening = mouth_opening(points)
    width = mouth_width(points + canonical_face()[list(MOUTH)])
    shut: list[bool] = []
    at: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (start, name), (stop, _) in pairwise(starts):
        if name[:1] in ("p", "b", "m"):
            near = slice(max(0, round(100 * start) - 4), round(100 * stop) + 4)  # within a frame of 25 a second
            shut.append(bool(opening[near].min() <= _SHUT))
        for kind, letters in _KINDS.items():
            if name[:1] and name[0] in letters:
                middle = slice(round(100 * (start + (stop - start) / 4)), round(100 * (stop - (stop - start) / 4)) + 1)
                at[kind].append((float(opening[middle].mean()), float(width[middle].mean())))
    found = {"p, b, m": float(len(shut)), "shut": float(np.mean(shut))}
    for kind, values in at.items():
        found |= {f"opening at {kind}": float(np.mean([o for o, _ in values]))}
        found |= {f"width at {kind}": float(np.mean([w for _, w in values]))}
    return found


@click.command()
@click.argument("languages", nargs=-1, type=click.Choice(sorted(_TEXTS)))
def main(languages: tuple[str, ...]) -> None:
    """Check the motion of espeak-ng's voices."""
    voices = Voices()
    columns = ["p, b, m", "shut", *(f"{what} at {kind}" for what in ("opening", "width") for kind in _KINDS)]
    table = Table("", *columns)
    for language in languages or sorted(_TEXTS):
        found = judged(*voices.say(language, _TEXTS[language]))
        table.add_row(language, *(f"{found.get(column, float('nan')):.3g}" for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
