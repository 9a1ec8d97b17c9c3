// The keys of the timeline.

import {copyFrame, copyZone} from "./clipboard.js";
import {fps, frameCount, rangeAt, shotAt, shots} from "./data.js";
import {goTo, showAll, stepRange, view, zoom} from "./view.js";

const SECOND = Math.max(1, Math.round(fps));

const nextShot = () => goTo(shots[Math.min(shotAt(view.current) + 1, shots.length - 1)]);

/** Go to the start of the shot, or of the one before if that is where we are. */
const previousShot = () => {
  const shot = shotAt(view.current);
  goTo(shots[shots[shot] === view.current ? Math.max(0, shot - 1) : shot]);
};

const KEYS = {
  ArrowRight: (event) => goTo(view.current + (event.shiftKey ? SECOND : 1)),
  ArrowLeft: (event) => goTo(view.current - (event.shiftKey ? SECOND : 1)),
  ArrowUp: () => goTo(view.current + 1),
  ArrowDown: () => goTo(view.current - 1),
  PageDown: () => stepRange(1),
  PageUp: () => stepRange(-1),
  Home: () => goTo(0),
  End: () => goTo(frameCount - 1),
  "]": nextShot,
  "[": previousShot,
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  "0": showAll,
  c: () => copyFrame(view.current),
  z: () => copyZone(rangeAt(view.current)),
};

document.getElementById("timeline").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key](event);
});
