"""Render files of different origin in part, and look at each result: a row of a table for each.

python -m scripts.check_smart footage.mp4 voice.wav [--seconds 60] [--only 3 --only 8] [--keep FOLDER]

Each file is a minute of the footage, small, whose frames carry their numbers, with a click in the sound a second
before its end. A few seconds are dubbed. Looked at are: the packets that are the source's, bit for bit; what FFmpeg
says while it decodes all; the numbers of all frames, by PyAV's own decoders; how far the click and the frame that
belongs to it have moved apart; and the frames about the joins in Chromium, where it can play the file. Exit code 0:
all is right.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import av
import click
import numpy as np
import soundfile

from scripts.measuring.origins import ORIGINS, RATE, Origin, click_at, make_pictures, number_in, with_click
from tests.report.browser import Browser
from vs_lipsync.media.ffmpeg import ffmpeg_program, run_ffmpeg
from vs_lipsync.media.smart.nal import split_annex_b, split_prefixed

DUBBED = 4.0
PROGRAM = str(Path(sys.executable).parent / "vs-lipsync")

PAGE = """<video muted></video><script>
const video = document.querySelector("video"), canvas = document.createElement("canvas");
const shown = async (times) => {
  await new Promise((done, fail) => {
    video.onloadeddata = done; video.onerror = () => fail(video.error.message); video.src = "SOURCE";
  });
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext("2d", {willReadFrequently: true}), rows = [];
  for (const time of times) {
    const sought = new Promise((done) => {
      video.onseeked = () => setTimeout(() => done(""), 120); video.onerror = () => done(video.error.message);
      setTimeout(() => done(`nothing is shown at ${time}`), 60000); video.currentTime = time;
    });
    const trouble = await sought;
    if (trouble) return JSON.stringify([trouble, []]);
    pen.drawImage(video, 0, 0);
    rows.push(Array.from(pen.getImageData(0, 0, canvas.width, 24).data).filter((_, at) => at % 4 == 1));
  }
  return JSON.stringify([canvas.width, rows]);
};
</script>"""


@dataclass(frozen=True)
class Shown:
    """What a decoder shows of a file: the number of each frame, and when it is shown, in seconds."""

    numbers: list[int]
    times: list[float]

    @classmethod
    def of(cls, path: Path) -> "Shown":
        """Decode a file's pictures by PyAV."""
        numbers, times = [], []
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                luma = frame.reformat(format="gray").to_ndarray()
                numbers.append(number_in(luma))
                times.append(float(frame.time or 0))
        return cls(numbers, times)


@dataclass(frozen=True)
class Row:
    """What was found of a file."""

    origin: Origin
    copied: str
    packets: str
    faults: str
    order: str
    apart: str
    browser: str

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong."""
        return not any("WRONG" in text for text in (self.packets, self.faults, self.order, self.apart, self.browser))

    def __str__(self) -> str:
        """Return it as a row of a table."""
        cells = self.origin.name, self.copied, self.packets, self.faults, self.order, self.apart, self.browser
        return f"| {' | '.join(cells)} |"


def _offset(seconds: float) -> float:
    """Return the second of a file at which the dub begins."""
    return round(seconds / 3, 2)


def _packets(path: Path) -> Counter[object]:
    """Return the packets of a file's pictures, with how often each is there; NAL units without what separates them."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        data = [bytes(packet) for packet in container.demux(stream) if packet.size]
        header = bytes(stream.codec_context.extradata or b"")
        if stream.codec_context.name not in ("h264", "hevc"):
            return Counter(data)
    split = (lambda one: split_prefixed(one, 4)) if header[:1] == b"\1" else split_annex_b
    return Counter(tuple(split(one)) for one in data)


def _complaints(path: Path) -> list[str]:
    command = [ffmpeg_program(), "-v", "warning", "-i", str(path), "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return [re.sub(r"0x[0-9a-f]+", "", line) for line in said.splitlines()]


def _in_browser(program: str, output: Path, kind: str, shown: Shown, joins: list[int], folder: Path) -> str:
    """Compare what Chromium shows about the joins with what PyAV decodes."""
    near = sorted({n for join in joins for n in range(join - 2, join + 2)})
    page = folder / "page.html"
    data = base64.b64encode(output.read_bytes()).decode()
    page.write_text(PAGE.replace("SOURCE", f"data:{kind};base64,{data}"), encoding="utf-8")
    times = [(shown.times[n] + shown.times[n + 1]) / 2 for n in near]
    with Browser.opened(program, page, folder / "profile") as browser:
        width, rows = json.loads(browser.value(f"shown({json.dumps(times)})"))
    if isinstance(width, str):
        return f"WRONG: {width}"
    seen = [number_in(np.array(row, np.float64).reshape(24, width)[11:13].repeat(180, 0)) for row in rows]
    wrong = [n for n, number in zip(near, seen, strict=True) if number != shown.numbers[n]]
    return f"WRONG at {wrong}" if wrong else f"{len(near)} frames right"


def _look(origin: Origin, source: Path, output: Path, said: str, folder: Path, seconds: float) -> Row:
    """Look at a finished file."""
    found = re.search(r"(\d+) of (\d+) frames are copied as they are, (\d+%)", said)
    if found is None:
        why = next((line for line in said.splitlines() if "not copied" in line or "thrown away" in line), "?")
        return Row(origin, why, "WRONG", "", "", "", "")
    runs = [(int(a), int(b) + 1) for a, b in re.findall(r"^  (\d+)-(\d+)  \S+ to", said, re.MULTILINE)]
    before, after = _packets(source), _packets(output)
    equal = sum((before & after).values())
    packets = f"{equal} equal" if equal >= int(found[1]) else f"WRONG: {equal} of {found[1]} equal"
    news = [line for line in _complaints(output) if line not in _complaints(source)]
    first, shown = Shown.of(source), Shown.of(output)
    order = f"{len(shown.numbers)} frames in order"
    if shown.numbers != first.numbers:
        order = f"WRONG: {len(shown.numbers)} frames, of {len(first.numbers)}"
    apart = _apart((source, first), (output, shown), seconds)
    browser, program = "not played by Chromium", shutil.which("chromium")
    if origin.browser and program:
        joins = [frame for run in runs for frame in run if 2 <= frame < len(shown.numbers) - 2]
        browser = _in_browser(program, output, origin.browser, shown, joins, folder)
        if "WRONG" in browser:  # there are sources that Chromium cannot seek in either
            alone = folder / f"alone{origin.output}"
            run_ffmpeg(["-i", str(source), "-map", "0:v:0", "-c", "copy", "-y", str(alone)])
            same = _in_browser(program, alone, origin.browser, Shown.of(alone), joins, folder)
            browser = "it says the same of the source" if same == browser else browser
    return Row(
        origin,
        f"{found[1]} of {found[2]}, {found[3]} of the bytes",
        packets,
        f"WRONG: {news[0]}" if news else "none",
        order,
        apart,
        browser,
    )


def _apart(before: tuple[Path, Shown], after: tuple[Path, Shown], seconds: float) -> str:
    """Tell how far the sound is from where it was beside the pictures, at the end and in the dub."""
    marked = round((seconds - 1) * RATE)
    picture = [shown.times[shown.numbers.index(marked)] for _, shown in (before, after)]
    # The dub is the first sound of the output, the source's own the second.
    heard = [click_at(before[0], 0, picture[0]), click_at(after[0], 1, picture[1])]
    moved = (heard[1] - picture[1]) - (heard[0] - picture[0])
    spoken = after[1].times[0] + _offset(seconds) + DUBBED - 0.6
    late = click_at(after[0], 0, spoken) - spoken
    text = f"{1000 * moved:+.1f} ms, dub {1000 * late:+.1f} ms"
    return text if abs(moved) <= 0.010 and abs(late) <= 0.010 else f"WRONG: {text}"


def _render(origin: Origin, pictures: tuple[Path, Path], dub: Path, folder: Path, seconds: float) -> Row:
    folder.mkdir(exist_ok=True)
    source, output = folder / f"source{origin.suffix}", folder / f"dubbed{origin.output}"
    origin.make(*pictures, source)
    options = origin.options.split()
    if origin.varies:
        times = folder / "times.txt"
        shown = Shown.of(source).times
        times.write_text("# timecode format v2\n" + "".join(f"{1000 * (one - shown[0]):.3f}\n" for one in shown))
        options += ["--timecodes", str(times)]
    command = [
        PROGRAM,
        "dub",
        str(source),
        "--audio",
        str(dub),
        "--offset",
        str(_offset(seconds)),
        "-o",
        str(output),
        "--smart",
    ]
    done = subprocess.run([*command, *options, "--overwrite"], capture_output=True, text=True, check=False)
    if done.returncode:
        return Row(origin, done.stderr.splitlines()[-1], "WRONG", "", "", "", "")
    return _look(origin, source, output, done.stderr.replace("\r", "\n"), folder, seconds)


@click.command()
@click.argument("footage", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("voice", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seconds", default=60.0, show_default=True, help="Length of each file.")
@click.option("--only", type=click.IntRange(1, len(ORIGINS)), multiple=True, help="Number of a file, from 1 on.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder in which the files are left.")
def main(footage: Path, voice: Path, seconds: float, only: tuple[int, ...], keep: Path | None) -> None:
    """Render files made of FOOTAGE in part, with VOICE as the dub."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep.absolute() if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        pictures = make_pictures(footage, voice, seconds, folder)
        dub = folder / "dub.wav"
        run_ffmpeg(
            ["-stream_loop", "-1", "-i", str(voice), "-t", str(DUBBED), "-ac", "1", "-ar", "48000", "-y", str(dub)]
        )
        samples, rate = soundfile.read(dub, dtype="float32")
        soundfile.write(dub, with_click(samples, DUBBED - 0.6), rate)
        rows = []
        for number, origin in enumerate(ORIGINS, 1):
            if not only or number in only:
                rows.append(_render(origin, pictures, dub, folder / str(number), seconds))
                click.echo(str(rows[-1]))
    sys.exit(0 if all(row.is_right for row in rows) else 1)


if __name__ == "__main__":
    main()
