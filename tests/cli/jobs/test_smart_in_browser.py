"""What a browser shows of a smart render where copied and encoded pictures meet (8 s)."""

import base64
import json
import os
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.made_smart import footage, make
from tests.report.browser import Browser

pytestmark = pytest.mark.usefixtures("home")

PAGE = """<video muted></video><script>
const video = document.querySelector("video"), canvas = document.createElement("canvas");
const sought = (time) => new Promise((done) => {
  video.onseeked = () => video.requestVideoFrameCallback ? setTimeout(done, 100) : done();
  video.currentTime = time;
});
const shown = async (times) => {
  await new Promise((done, fail) => {
    video.onloadeddata = done; video.onerror = () => fail(video.error.message); video.src = "SOURCE";
  });
  const pen = canvas.getContext("2d", {willReadFrequently: true}), pictures = [];
  canvas.width = 8; canvas.height = 6;
  for (const time of times) {
    await sought(time);
    pen.drawImage(video, 0, 0, 8, 6);
    pictures.push(Array.from(pen.getImageData(0, 0, 8, 6).data));
  }
  return JSON.stringify(pictures);
};
</script>"""


@pytest.fixture
def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("VS_LIPSYNC_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("there is no Chromium to play files in (on the PATH, or VS_LIPSYNC_CHROMIUM)")
    return found


def halves(picture: NDArray[np.float64]) -> tuple[float, float]:
    """Return how bright the upper and the lower half of a picture [height, width, 3 or more] are."""
    middle = len(picture) // 2
    return float(picture[:middle, :, :3].mean()), float(picture[middle:, :, :3].mean())


@pytest.mark.parametrize(
    ("suffix", "kind", "options"),
    [
        (".mp4", "video/mp4", "-c:v libx264 -preset veryfast -bf 3 -g 24"),
        (".webm", "video/webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -b:v 1M -g 24"),
    ],
)
def test_the_right_frames_are_shown_at_the_joins(
    suffix: str, kind: str, options: str, chromium: str, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "dub.wav", np.zeros(64_000, np.float32), 16_000)
    output = tmp_path / f"out{suffix}"
    smart = make(footage(tmp_path / f"a{suffix}", *options.split()), tmp_path / "dub.wav", output, [(30, 34), (60, 61)])
    joins = [run.first for run in smart.runs[1:]]
    numbers = sorted({n for join in [*joins, 30, 34, 60, 61] for n in (join - 1, join)})
    with av.open(str(output)) as container:
        pictures = [frame.to_ndarray(format="rgb24").astype(np.float64) for frame in container.decode(video=0)]
    data = base64.b64encode(output.read_bytes()).decode()
    page = tmp_path / "page.html"
    page.write_text(PAGE.replace("SOURCE", f"data:{kind};base64,{data}"))
    with Browser.opened(chromium, page, tmp_path / "profile") as browser:
        shown = json.loads(browser.value(f"shown({json.dumps([(n + 0.5) / 25 for n in numbers])})"))
    for number, seen in zip(numbers, shown, strict=True):
        picture = np.array(seen, np.float64).reshape(6, 8, 4)
        assert halves(picture) == pytest.approx(halves(pictures[number]), abs=8), number
