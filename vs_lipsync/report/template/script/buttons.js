// The buttons about the timeline.

import {copyExclusion, copyFrame, copyZone} from "./clipboard.js";
import {rangeAt} from "./lookup.js";
import {clock} from "./text.js";
import {canZoomIn, canZoomOut, onDraw, showAll, stepRange, view, zoom} from "./view.js";

const ACTIONS = {
  previous: () => stepRange(-1),
  next: () => stepRange(1),
  in: () => zoom(0.5),
  out: () => zoom(2),
  fit: showAll,
  "copy-frame": () => copyFrame(view.current),
  "copy-zone": () => copyZone(rangeAt(view.current)),
  "copy-exclude": () => copyExclusion(rangeAt(view.current)),
};

for (const [id, act] of Object.entries(ACTIONS)) document.getElementById(id).addEventListener("click", act);

onDraw.push(() => {
  document.getElementById("span").textContent = `${clock(view.first, false)} – ${clock(view.stop, false)}`;
  document.getElementById("out").disabled = !canZoomOut();
  document.getElementById("fit").disabled = !canZoomOut();
  document.getElementById("in").disabled = !canZoomIn();
});
