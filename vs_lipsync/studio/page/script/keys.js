// The keys: those of the timeline, and those that hold everywhere but in fields.

import {choose, chosen, fps} from "./data.js";
import {redo, undo} from "./changes.js";
import {excludeMarked, marks, shiftChosen, zoneMarked} from "./edit.js";
import {MOVES, STEPS} from "./moves.js";
import {play} from "./player.js";
import {everybody} from "./project.js";
import {cutHere} from "./shots.js";
import {draw, showAll, stepRange, view, zoom} from "./view.js";
import {setMode} from "./viewer.js";

/** Mark an end of a stretch at the current frame, which belongs to it. */
const mark = (end) => {
  if (end === "first") {
    marks.first = view.current;
    if (marks.stop <= marks.first) marks.stop = -1;
  } else {
    marks.stop = view.current + 1;
    if (marks.first >= marks.stop) marks.first = -1;
  }
  draw();
};

const nextPerson = () => {
  const order = everybody().flatMap(({number}) => (number < 0 ? [] : [number]));
  if (order.length) choose(order[(order.indexOf(chosen) + 1) % order.length]);
};

const ANYWHERE = {
  ...MOVES,
  "1": () => setMode("before"),
  "2": () => setMode("wipe"),
  "3": () => setMode("after"),
  "4": () => setMode("result"),
  " ": play,
  i: () => mark("first"),
  o: () => mark("stop"),
  x: excludeMarked,
  n: zoneMarked,
  c: cutHere,
  p: nextPerson,
  ",": (event) => shiftChosen(event.shiftKey ? -1 : -1 / fps),
  ".": (event) => shiftChosen(event.shiftKey ? 1 : 1 / fps),
  Escape: () => {
    marks.first = -1;
    marks.stop = -1;
    draw();
  },
};

const isField = (element) => element.closest("input, select, textarea, dialog") && element.type !== "radio";

/** Return whether a key is one that what has the focus needs itself. */
const isTheirs = (event) =>
  isField(event.target) ||
  (event.target.closest("button, a, [type=radio]") && (event.key === " " || event.key.startsWith("Arrow")));

const history = (event, key) => {
  if ((key !== "z" && key !== "y") || isField(event.target)) return; // a field has its own history
  event.preventDefault();
  if (key === "y" || event.shiftKey) redo();
  else undo();
};

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.altKey || document.querySelector("dialog[open]")) return; // a dialog has its own
  if (event.ctrlKey || event.metaKey) {
    history(event, key);
    return;
  }
  const onTimeline = event.target.closest("#timeline") || event.target === document.body;
  const act = (onTimeline && STEPS[event.key]) || ANYWHERE[key];
  if (!act || isTheirs(event)) return;
  event.preventDefault();
  act(event);
});

const BUTTONS = {
  undo, redo, exclude: excludeMarked, zone: zoneMarked, fit: showAll,
  "mark-in": () => mark("first"),
  "mark-out": () => mark("stop"),
  previous: () => stepRange(-1),
  next: () => stepRange(1),
  in: () => zoom(0.5),
  out: () => zoom(2),
};
for (const [id, act] of Object.entries(BUTTONS)) document.getElementById(id).addEventListener("click", () => act());
