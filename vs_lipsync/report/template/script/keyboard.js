// The keys of the timeline.

import {copyFrame, copyZone} from "./clipboard.js";
import {rangeAt} from "./lookup.js";
import {MOVES, STEPS} from "./moves.js";
import {view} from "./view.js";

const KEYS = {
  ...STEPS,
  ...MOVES,
  c: () => copyFrame(view.current),
  z: () => copyZone(rangeAt(view.current)),
};

document.getElementById("timeline").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key](event);
});
