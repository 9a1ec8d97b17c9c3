"""A project on the page, from opening to the rendered file (about 20 s of processor time for the module)."""

import json
import re
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.made_jobs import digest
from tests.report.browser import Browser
from tests.running import last_line, run
from tests.studio.conftest import CUT, FRAMES, TOKEN, Page, Studio, opened
from vs_lipsync.media.source import SourceClip
from vs_lipsync.planes.frames import rgb_of
from vs_lipsync.studio.project_text import new_text


def picture(jpeg: bytes) -> NDArray[np.int64]:
    """The RGB samples of a JPEG."""
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.int64)


def test_what_is_not_the_projects_is_refused(studio: Studio, tmp_path: Path) -> None:
    """Each is a try to read or write something that is none of the page's business."""
    secret = tmp_path / "secret.wav"
    shutil.copy(studio.path.parent / "anna.ogg", secret)
    before = studio.path.read_text()
    for value in (str(secret), f"../{tmp_path.name}/secret.wav", "/etc/passwd"):
        assert studio.change({"path": ["cast"], "append": {"who": [2, 9, 9], "dub": value}})
        assert studio.change({"path": ["settings", "bed"], "value": value})
        assert studio.change({"path": ["output", "file"], "value": f"{value}.mkv"})
    assert studio.path.read_text() == before
    for path in (
        "/page/../session.py", "/page/..%2fsession.py", "/page/%2e%2e/%2e%2e/errors.py", "/page//etc/passwd",
        "/api/played/../../film.toml", "/api/played/7", "/api/frame/../film/1", "/api/result",
    ):  # fmt: skip
        assert studio.ask("GET", path)[0] in (404, 405), path
    assert studio.ask("GET", "/api/frame/before/1?side=100000")[0] == 400
    assert studio.ask("GET", "/api/state?after=-1")[0] == 400
    for body in (b"{", b"[]", b'{"changes": 1}', b'{"changes": [1]}', b"[" * 100_000):
        assert studio.ask("POST", "/api/change", body)[0] == 400
    assert studio.ask("POST", "/api/change", b" " * (2 << 20))[0] == 413
    assert studio.ask("POST", "/api/change", {"changes": []}, {"X-Studio-Token": TOKEN})[0] == 403
    assert studio.ask("POST", "/api/upload?name=../x.wav", b"#EXTM3U\n/etc/passwd")[0] == 409
    assert studio.ask("GET", "/api/state", headers={})[0] == 403
    assert studio.path.read_text() == before


def test_what_the_filter_would_refuse_is_not_saved(studio: Studio) -> None:
    before = studio.path.read_text()
    anna = {"path": ["cast"], "append": {"who": [2, 9, 9], "dub": "anna.ogg"}}
    zones = {"path": ["cast", 0, "zones"], "append": {"start": 1, "stop": 9}}
    assert "no frame" in studio.change(anna, {"path": ["exclude"], "append": "9-3"})
    assert "overlap" in studio.change(anna, zones, zones)
    assert "in the cast twice" in studio.change(anna, anna)
    assert studio.path.read_text() == before


def test_the_frame_before_is_the_films(studio: Studio) -> None:
    """A JPEG of it; a number beyond the end is the last frame's."""
    clip = SourceClip.open(studio.path.parent / "film.mkv").clip
    for n, at in ((0, 0), (CUT, CUT), (10_000, FRAMES - 1)):
        status, headers, data = studio.ask("GET", f"/api/frame/before/{n}?side=640")
        assert status == 200 and headers["content-type"] == "image/jpeg"
        wanted = rgb_of(clip.resize.Bilinear(format=vs.RGB24, matrix_in=6).get_frame(at))
        assert np.abs(picture(data) - wanted).mean() < 4
    assert studio.ask("GET", "/api/frame/after/0")[0] == 409  # nobody speaks yet


def test_from_opening_to_a_rendered_file(studio: Studio, chromium: str, tmp_path: Path) -> None:
    """Cast two people, shift one, leave a stretch alone, undo, look, render: the command line's file is equal."""
    with Browser.opened(chromium, studio.address, tmp_path / "profile") as browser:

        def until(expression: str) -> None:
            end = time.monotonic() + 300
            while not browser.value(expression):
                assert time.monotonic() < end, expression
                time.sleep(0.4)

        def pick(selector: str, value: str) -> None:
            found = f"document.querySelector({json.dumps(selector)})"
            changed = f"{found}.dispatchEvent(new Event('change', {{bubbles: true}}))"
            browser.value(f"({found}.value = {json.dumps(value)}, {changed}, null)")

        until("document.getElementById('clip').textContent === 'film.mkv'")
        assert browser.value("location.search") == ""
        until("document.querySelectorAll('.person').length === 2")
        browser.press("1")  # no mouths are made meanwhile
        pick("#stem-0", "anna.ogg")
        until("[...document.querySelectorAll('#cast select')].filter((stem) => stem.value).length === 1")
        pick("#stem-1", "anna.ogg")
        until("[...document.querySelectorAll('#cast select')].filter((stem) => stem.value).length === 2")
        browser.value("(document.getElementById('name-0').focus(), document.getElementById('name-0').select(), null)")
        browser("Input.insertText", text="Anna 'A' <b>")
        studio.session.pulse.beat()  # news do not take away what is being typed
        until("document.getElementById('name-0').value === \"Anna 'A' <b>\"")
        browser.press("Tab")
        until("document.getElementById('choose-0')?.getAttribute('aria-label') === \"Choose Anna 'A' <b>\"")
        people = studio.session.project.document["cast"]
        assert people[0]["who"][0] != people[1]["who"][0] and people[0]["name"] == "Anna 'A' <b>"
        assert {person["dub"] for person in people} == {"anna.ogg"}
        browser.value("document.getElementById('timeline').focus()")
        for key in ["Home", *["ArrowRight"] * 3, "i", *["ArrowRight"] * 4, "o", "x"]:
            browser.press(key)
        until("document.querySelectorAll('#spans li').length === 1")
        assert studio.session.project.document["exclude"] == ["3-7"]
        browser.value("document.getElementById('timeline').scrollIntoView()")
        left, top, width = browser.value(
            "(({left, top, width}) => [left, top, width])(document.getElementById('lanes').getBoundingClientRect())"
        )
        end, at = left + 124 + (width - 124) * 8 / FRAMES, top + 99  # in the row of what is left alone
        browser.drag((end, at), (end + (width - 124) * 2 / FRAMES, at))
        until("document.querySelectorAll('#spans input')[1].value === '9'")
        assert studio.session.project.document["exclude"] == ["3-9"]
        browser.press("p")
        browser.press(".")
        until("document.getElementById('undo').ariaDisabled === 'false'")
        until("document.getElementById('offset-0')?.value === '0.04'")
        browser.value("document.getElementById('undo').click()")
        until("document.getElementById('offset-0').value === '0'")
        until("document.getElementById('analysis').textContent === ''")
        browser.value("document.getElementById('list').focus()")
        browser.press("Home")
        browser.press("ArrowDown")
        assert browser.text("#list .here").startswith("Stays: ")
        browser.value("document.getElementById('timeline').focus()")
        browser.press("Home")
        browser.press("2")
        until("document.getElementById('now-what').textContent === 'Changes: speaks'")
        until("document.getElementById('over').style.visibility === 'visible'")
        browser.value("document.getElementById('wipe').focus()")
        browser.press("Home")
        assert browser.value("document.getElementById('over').style.clipPath") == "inset(0px 0px 0px 0%)"
        browser.value("document.getElementById('render').click()")
        until("document.getElementById('render-said').textContent.startsWith('film.dubbed.mkv is finished')")
        browser.value("document.getElementById('look').click()")
        until("document.getElementById('right-tag').textContent === 'Result'")
        assert browser.troubles == []
    made = studio.path.parent / "film.dubbed.mkv"
    done = run("dub", studio.path, "-o", tmp_path / "cli.mkv")
    assert done.returncode == 0, done.stderr
    assert made.read_bytes() == (tmp_path / "cli.mkv").read_bytes() or digest(made) == digest(tmp_path / "cli.mkv")
    # What the timeline says is what the command line says of each person.
    told = run("dub", studio.path, "--dry-run").stdout
    parts = studio.session.analyst.parts
    assert parts is not None
    for number, part in enumerate(parts["parts"]):
        block = re.split(r"^\S.*:$", told, flags=re.MULTILINE)[number + 1]
        lines = re.findall(r"^  (\d+)-(\d+) .*?  (?:dub|pass)  (.*)$", block, re.MULTILINE)
        assert [(int(first), int(last) + 1, why) for first, last, why in lines] == [
            (first, stop, parts["reasons"][reason]["text"]) for first, stop, reason in part["ranges"]
        ]
    # What was seen is what was made: the picture after is the result's frame.
    _, headers, after = studio.ask("GET", "/api/frame/after/12?side=640")
    assert headers["x-action"] == "dub"
    _, _, result = studio.ask("GET", "/api/frame/result/12?side=640")
    assert np.abs(picture(after) - picture(result)).mean() < 3
    a_render_is_stopped_and_gone_on_with(studio)  # of that file


def test_a_sound_that_is_sent_can_be_chosen(studio: Studio) -> None:
    sound = (studio.path.parent / "anna.ogg").read_bytes()
    status, _, data = studio.ask("POST", "/api/upload?name=bernd.ogg", sound)
    assert (status, json.loads(data)) == (200, {"name": "bernd.ogg"})
    assert {"name": "bernd.ogg"} in studio.state()["sounds"]


def a_render_is_stopped_and_gone_on_with(studio: Studio) -> None:
    studio.ask("POST", "/api/render", {"overwrite": True, "afresh": True})
    studio.ask("POST", "/api/render", {"stop": True})
    state = studio.wait(lambda state: state["render"]["stage"] != "running")
    assert state["render"]["stage"] == "stopped"
    status, _, data = studio.ask("POST", "/api/render", {})
    assert status == 409 and "is there already" in json.loads(data)["error"]


def test_a_missing_extra_is_one_line(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vs_lipsync.cli.commands.studio.find_spec", lambda name: None if name == "uvicorn" else name)
    done = run("studio", film / "film.mkv")
    assert done.returncode == 2
    assert last_line(done.stderr) == "vs-lipsync: the studio needs uvicorn: pip install 'vs-lipsync[studio]'"


def test_others_are_let_in_with_a_warning(film: Path) -> None:
    """The address is one of those that are kept for documentation, so that nobody can listen there."""
    done = run("studio", film / "film.toml", "--host", "203.0.113.7", "--no-browser")
    assert done.returncode == 1
    assert "warning: whoever can reach 203.0.113.7" in done.stderr
    assert "cannot listen at 203.0.113.7" in last_line(done.stderr)


def test_a_project_of_another_film_is_refused(film: Path, tmp_path: Path) -> None:
    shutil.copy(film / "film.mkv", tmp_path / "other.mkv")
    done = run("studio", tmp_path / "other.mkv", "--project", film / "film.toml", "--no-browser")
    assert done.returncode == 2 and "is of another film" in last_line(done.stderr)


def test_the_pointer_follows_timecodes(film: Path, home: Path, chromium: str, tmp_path: Path) -> None:
    """Half of the film is shown at 50 frames a second, half at 10: what is shown and where the pointer is agree."""
    starts = np.concatenate([np.arange(FRAMES // 2) * 0.02, FRAMES // 2 * 0.02 + np.arange(FRAMES // 2) * 0.1])
    (tmp_path / "times.txt").write_text("\n".join(["# timecode format v2", *(f"{1000 * t:.3f}" for t in starts)]))
    shutil.copy(film / "film.mkv", tmp_path)
    (tmp_path / "film.toml").write_text(f'{new_text("film.mkv")}\n[settings]\ntimecodes = "times.txt"\n')
    seen = """(() => {
      const [video, timeline, seen] = [document.getElementById("video"), document.getElementById("timeline"), []];
      window.seen = seen;
      const look = () => {
        if (!video.hidden && !video.paused) seen.push([video.currentTime, Number(timeline.ariaValueNow)]);
        requestAnimationFrame(look);
      };
      look();
    })()"""
    with opened(tmp_path / "film.toml") as studio, Browser.opened(chromium, studio.address, tmp_path / "p") as browser:
        page = Page(browser)
        page.until("document.getElementById('clip').textContent === 'film.mkv'")
        browser.press("1")
        browser.value(f"({seen}, null)")
        browser.press(" ")
        page.until(f"document.getElementById('timeline').ariaValueNow === '{FRAMES - 1}'")
        page.until("document.getElementById('video').hidden")
        shown = browser.value("window.seen")
    places = [(second, frame) for second, frame in shown if second > 0.5]
    assert len(places) > 3
    for second, frame in places:
        assert abs(frame - (np.searchsorted(starts, second + 1e-3, "right") - 1)) <= 1
