// The timeline for those who hear it: which frame it is, and what happens there.

import {frameCount, onData, reasons} from "./data.js";
import {rangeAt, shotAt} from "./lookup.js";
import {clock, sentence} from "./text.js";
import {onMove, view} from "./view.js";

const slider = document.getElementById("timeline");
slider.setAttribute("aria-valuemax", frameCount - 1);

const tell = () => {
  const frame = view.current;
  const reason = reasons[rangeAt(frame).reason] ?? reasons[0];
  slider.setAttribute("aria-valuenow", frame);
  slider.setAttribute("aria-valuetext", `Frame ${frame}, ${clock(frame)}, shot ${shotAt(frame) + 1}. ${sentence(reason)}`);
};

onMove.push(tell);
onData.push(tell);
