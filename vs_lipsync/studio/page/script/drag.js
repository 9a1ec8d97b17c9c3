// The mouse, or a finger, on the timeline: moving along it, drawing and moving stretches, and shifting stems.

import {choose, fps, frameCount} from "./data.js";
import {addZone, exclude, moveZone, setPerson} from "./edit.js";
import {partOf, people} from "./project.js";
import {dragged, partAt} from "./rows.js";
import {exclusions, zonesOf} from "./stretches.js";
import {framesAcross, under} from "./timeline.js";
import {HINTS, frameText, hideTip, showTip, textOf} from "./tips.js";
import {draw, goTo, show, view, zoom} from "./view.js";

const timeline = document.getElementById("timeline");
const EDGE = 6; // pixels about the end of a stretch in which it is taken hold of

const kindAt = ({row, y}) => (row?.drag === "person" ? partAt(y) : (row?.drag ?? "scrub"));

const spansOf = (kind, row) => (kind === "exclude" ? exclusions() : zonesOf(people()[row.person]));

/** Return what a drag that begins at a place does. */
const gripAt = (place) => {
  const kind = kindAt(place);
  if (kind === "scrub") return {kind};
  const {at, row} = place;
  if (kind === "offset") return {kind, person: row.person, from: at, frames: 0};
  const room = framesAcross(EDGE);
  for (const {first, stop, number} of spansOf(kind, row)) {
    const grip = {kind, person: row.person, number, first, stop, from: at};
    if (Math.abs(at - first) < room) return {...grip, end: "first"};
    if (Math.abs(at - stop) < room) return {...grip, end: "stop"};
    if (at > first && at < stop) return {...grip, end: "both"};
  }
  const start = Math.floor(at);
  return {kind, person: row.person, number: -1, first: start, stop: start + 1, from: at, end: "new"};
};

const moved = (grip, at) => {
  const by = Math.round(at - grip.from);
  if (grip.kind === "offset") return {...grip, frames: by + grip.ahead};
  if (grip.end === "first") return {...grip, first: Math.min(Math.max(0, Math.round(at)), grip.stop - 1)};
  if (grip.end === "stop") return {...grip, stop: Math.max(Math.min(frameCount, Math.round(at)), grip.first + 1)};
  if (grip.end === "both") {
    const held = Math.min(Math.max(by, -grip.first), frameCount - grip.stop);
    return {...grip, first: grip.first + held, stop: grip.stop + held};
  }
  const [low, high] = [Math.min(grip.from, at), Math.max(grip.from, at)];
  return {...grip, first: Math.floor(low), stop: Math.max(Math.ceil(high), Math.floor(low) + 1)};
};

const finish = async (grip) => {
  const person = people()[grip.person];
  if (grip.kind === "offset") {
    const part = partOf(grip.person);
    const seconds = Math.round((part.offset + grip.frames / fps) * 1000) / 1000;
    if (seconds !== person.offset) await setPerson(person, "offset", seconds);
  } else if (grip.kind === "exclude") {
    await exclude(grip.first, grip.stop, grip.number);
  } else if (grip.number < 0) {
    await addZone(person, grip.first, grip.stop);
  } else {
    await moveZone(person, grip.number, grip.first, grip.stop);
  }
};

let grip = null;

timeline.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const place = under(event);
  if (place.row?.drag === "person") choose(place.row.person);
  if (place.isLabel) return;
  timeline.setPointerCapture(event.pointerId);
  grip = gripAt(place);
  if (grip.kind === "scrub") {
    goTo(place.at);
    return;
  }
  if (grip.kind === "offset") {
    const part = partOf(grip.person);
    if (!part) {
      grip = null;
      return;
    }
    grip.ahead = Math.round((people()[grip.person].offset - part.offset) * fps);
    grip.frames = grip.ahead;
  }
});

timeline.addEventListener("pointermove", (event) => {
  const place = under(event);
  if (!grip) {
    const kind = place.isLabel ? "scrub" : kindAt(place);
    const end = kind === "exclude" || kind === "zone" ? gripAt(place).end : "";
    timeline.classList.toggle("grab", kind === "offset" || end === "both");
    timeline.classList.toggle("edge", end === "first" || end === "stop");
    timeline.classList.toggle("draw", end === "new");
    showTip(event, HINTS[kind] ?? frameText(place.at));
    return;
  }
  if (grip.kind === "scrub") {
    goTo(Math.floor(place.at));
    showTip(event, frameText(place.at));
    return;
  }
  dragged.now = moved(grip, place.at);
  showTip(event, textOf(dragged.now));
  draw();
});

const end = async () => {
  const made = dragged.now;
  grip = null;
  if (made) hideTip();
  if (made) await finish(made);
  dragged.now = null;
  draw();
};

timeline.addEventListener("pointerup", end);
timeline.addEventListener("pointercancel", () => {
  grip = null;
  dragged.now = null;
  draw();
});
timeline.addEventListener("pointerleave", () => {
  hideTip();
});
timeline.addEventListener(
  "wheel",
  (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY * 0.004), under(event).at);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      show(view.first + framesAcross(event.deltaX || event.deltaY), view.stop - view.first);
    }
  },
  {passive: false},
);
