// What keys do on any timeline: move along it, from shot to shot, and nearer or farther.

import {fps, frameCount, shots} from "./data.js";
import {shotAt} from "./lookup.js";
import {goTo, showAll, stepRange, view, zoom} from "./view.js";

const SECOND = Math.max(1, Math.round(fps));

const nextShot = () => goTo(shots[Math.min(shotAt(view.current) + 1, shots.length - 1)]);

/** Go to the start of the shot, or of the one before if that is where we are. */
const previousShot = () => {
  const shot = shotAt(view.current);
  goTo(shots[shots[shot] === view.current ? Math.max(0, shot - 1) : shot]);
};

/** Keys that other elements have a use for as well. */
export const STEPS = {
  ArrowRight: (event) => goTo(view.current + (event.shiftKey ? SECOND : 1)),
  ArrowLeft: (event) => goTo(view.current - (event.shiftKey ? SECOND : 1)),
  ArrowUp: () => goTo(view.current + 1),
  ArrowDown: () => goTo(view.current - 1),
  PageDown: () => stepRange(1),
  PageUp: () => stepRange(-1),
  Home: () => goTo(0),
  End: () => goTo(frameCount - 1),
};

/** Keys that none has. */
export const MOVES = {
  "]": nextShot,
  "[": previousShot,
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  "0": showAll,
};
