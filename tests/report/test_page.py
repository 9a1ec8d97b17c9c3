"""The page: what it says, that it stays small and safe, and that it works in a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import mixed
from tests.report.browser import Browser
from tests.report.films import film
from vs_lipsync import write_plan
from vs_lipsync.plan.outcomes import Outcome, Range
from vs_lipsync.report.gather import gather
from vs_lipsync.report.page import render
from vs_lipsync.report.report import Report
from vs_lipsync.settings.voice import Voice


@contextmanager
def opened(chromium: str, report: Report, folder: Path) -> Iterator[Browser]:
    """Open the page of a report from a file; there must be nothing to complain of."""
    path = folder / "page.html"
    path.write_text(render(report), encoding="utf-8")
    with Browser.opened(chromium, path, folder / "profile") as browser:
        catch = "navigator.clipboard.writeText = async (text) => { copied.push(text); }"
        browser.value(f"(window.copied = [], {catch}, null)")
        yield browser
        assert browser.troubles == []


class Elements(HTMLParser):
    """The elements of a page, and the data in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def short() -> Report:
    ranges = [
        Range(0, 59, Outcome("dub", "target speaks")),
        Range(60, 74, Outcome("pass", "no face")),
        Range(75, 99, Outcome("pass", "excluded")),
    ]
    return Report("clip.mp4", 100, Fraction(25), 640, 360, "", [0, 60], ranges)


def test_totals_are_counted() -> None:
    text = " ".join("".join(Elements(render(short())).texts).split())
    assert "60 of 100 frames change60.0 %" in text
    for row in ("target speakschanges6060.0 %", "no facestays1515.0 %", "excludedstays2525.0 %"):
        assert row in text
    assert "0:00:04.000" in text


def test_names_are_text_whatever_is_in_them() -> None:
    nasty = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'{{ 7 * 7 }}\u2028.mkv"
    plain, page = Elements(render(film(0.2))), render(film(0.2, name=nasty, dub=nasty))
    elements = Elements(page)
    assert elements.names == plain.names
    assert nasty in elements.texts
    data = page.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)["dub"] == nasty


def test_nothing_is_loaded_from_anywhere() -> None:
    elements = Elements(render(film(0.2)))
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(elements.names)
    assert not [value for name, value in elements.attributes if name in ("src", "srcset", "action", "data") and value]
    assert [value for name, value in elements.attributes if name == "href"] == ["#timeline"]
    policy = [value for name, value in elements.attributes if name == "content" and value and "default-src" in value]
    assert policy and "default-src 'none'" in policy[0]


def test_a_film_of_two_hours_is_a_page_of_a_few_megabytes() -> None:
    assert len(render(film(120)).encode()) < 6 << 20


def test_a_film_of_two_hours_is_looked_through_by_keyboard(chromium: str, tmp_path: Path) -> None:
    report = film(120)
    with opened(chromium, report, tmp_path) as browser:
        said = "document.getElementById('timeline').getAttribute('aria-valuetext')"
        ranges, last = report.ranges, report.frames - 1
        for _ in range(30):  # from the top of the page, as far as the timeline
            browser.press("Tab")
            if browser.value("document.activeElement.id") == "timeline":
                break
        assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert browser.value(said) == f"Frame 0, 0:00:00.000, shot 1. {sentence(ranges[0])}"
        for keys, frame in (
            (["ArrowRight", "ArrowRight", "ArrowLeft"], 1),
            (["PageDown"], ranges[1].first),
            (["PageDown"], ranges[2].first),
            (["PageUp"], ranges[1].first),
            (["Home", "]"], report.shots[1]),
            (["]", "["], report.shots[1]),
            (["End"], last),
            (["ArrowRight", "PageDown"], last),
            (["Home"], 0),
        ):
            for key in keys:
                browser.press(key)
            assert browser.text("#now-frame") == f"{frame:,}"
        browser.press("ArrowRight", shift=True)
        assert browser.text("#now-frame") == "24"
        browser.press("Home")
        assert browser.text("#span") == "0:00:00 – 1:59:59"
        for _ in range(30):
            browser.press("+")
        assert browser.text("#span") == "0:00:00 – 0:00:00"
        browser.press("0")
        assert browser.text("#span") == "0:00:00 – 1:59:59"
        for key in "cz":
            browser.press(key)
        assert browser.value("copied") == ["0", zone(ranges[0], "voice.wav")]


def test_the_mouse_tells_why_and_buttons_copy(chromium: str, tmp_path: Path) -> None:
    report = film(2)
    with opened(chromium, report, tmp_path) as browser:
        left, right, top = browser.value(
            "(({left, right, top}) => [left, right, top])(document.getElementById('lanes').getBoundingClientRect())"
        )
        x = left + 104 + 0.4 * (right - left - 104)
        browser.point(x, top + 110)
        tip = browser.text("#tip")
        number = int(tip.split("Frame ")[1].split(" ")[0])
        assert abs(number - 0.4 * report.frames) < 5
        here = next(one for one in report.ranges if one.first <= number <= one.last)
        assert tip.startswith(sentence(here))
        browser.value("document.getElementById('copy-exclude').click()")
        browser.value("document.querySelectorAll('#rows tr')[3].querySelectorAll('button').forEach((b) => b.click())")
        first, fourth = report.ranges[0], report.ranges[3]
        assert browser.value("copied") == [
            f'[{first.first}, {first.last}, ""]', str(fourth.first), zone(fourth, "voice.wav")
        ]  # fmt: skip
        assert browser.text("#now-frame") == str(fourth.first)
        chosen = next(
            i for i, reason in enumerate(browser.value("[...filter.options].map((o) => o.text)")) if "no face" in reason
        )
        browser.value(f"(filter.selectedIndex = {chosen}, filter.dispatchEvent(new Event('change')), null)")
        count = sum(one.outcome.reason == "no face" for one in report.ranges)
        assert browser.text("#page").startswith(f"{count} ranges")
        colours = []
        for dark in (False, True):
            browser.show_dark(dark)
            browser.value("new Promise((done) => setTimeout(done, 200))")
            colours.append(browser.value("lanes.toDataURL()"))
        assert colours[0] != colours[1]


def zone(frames: Range, dub: str) -> str:
    return f'[[zones]]\nstart = {frames.first}\nstop = {frames.last + 1}\n# dub = "{dub}"\n'


def sentence(frames: Range) -> str:
    return f"{'Changes' if frames.outcome.action == 'dub' else 'Stays'}: {frames.outcome.reason}"


def check_gathered(report: Report, clip: vs.VideoNode) -> None:
    assert [one.first for one in report.ranges[1:]] == [one.last + 1 for one in report.ranges[:-1]]
    assert (report.ranges[0].first, report.ranges[-1].last) == (0, clip.num_frames - 1)
    assert report.measured is not None and report.requested is not None
    dubbed = np.zeros(clip.num_frames, bool)
    for one in report.ranges:
        dubbed[one.first : one.last + 1] = one.outcome.action == "dub"
    np.testing.assert_array_equal(np.isfinite(report.requested), dubbed)
    assert np.isfinite(report.measured[dubbed]).all()


def test_what_a_plan_and_a_dub_say_is_gathered(tmp_path: Path) -> None:
    clip = mixed()
    write_plan(clip, tmp_path / "plan.json")
    report = gather(clip, tmp_path / "plan.json", name="a", voice=Voice(DEMO_DUB, offset=0.4, original=DEMO_DUB))
    check_gathered(report, clip)
    assert [(one.first, one.last, one.outcome.reason) for one in report.ranges] == [
        (0, 9, "outside the dub"), (10, 23, "target speaks"), (24, 47, "no face"), (48, 71, "target speaks")
    ]  # fmt: skip
    assert list(report.shots) == [0, 24, 48]
    assert sorted(report.thumbnails) == [0, 1, 2]
    (lane,) = report.lanes
    assert lane.name == "Person 1"
    assert [(span.first, span.stop, span.picture, span.target) for span in lane.spans] == [
        (0, 24, 0, True), (48, 72, 1, True)
    ]  # fmt: skip
    sounds = report.sounds
    assert sounds.original is not None and sounds.dub is not None
    late = round(0.4 * 25 * sounds.bins)
    np.testing.assert_allclose(sounds.dub[late:], sounds.original[:-late], atol=1e-6)
    assert not sounds.dub[:late].any()


def test_the_page_of_real_footage_works(chromium: str, clips: Path, tmp_path: Path) -> None:
    source = clips / "vertical-jump-cuts.mp4"
    clip = vs.core.bs.VideoSource(str(source), cachemode=0)[:150]
    write_plan(clip, tmp_path / "plan.json")
    report = gather(clip, tmp_path / "plan.json", name=source.name, voice=Voice(DEMO_DUB, original=source))
    check_gathered(report, clip)
    assert report.sounds.original is not None and report.sounds.original.max() > 0.05
    assert len(report.shots) >= 2
    with opened(chromium, report, tmp_path) as browser:
        browser.value("document.getElementById('timeline').focus()")
        browser.press("End")
        assert browser.text("#now-frame") == "149"
        image = "document.getElementById('still')"
        assert browser.value(f"{image}.decode().then(() => {image}.naturalHeight)") == 96
