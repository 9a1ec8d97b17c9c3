// The facts beside the pointer on the timeline.

import {fps, frameCount, reasonOfFrame, reasons} from "./data.js";
import {rangeAt, shotAt} from "./lookup.js";
import {partOf, people} from "./project.js";
import {clock, extent, sentence} from "./text.js";
import {gutter} from "./timeline.js";

const timeline = document.getElementById("timeline");
const tip = document.getElementById("tip");

/** Return what is being dragged in words. */
export const textOf = (grip) => {
  if (grip.kind === "offset") {
    const part = partOf(grip.person);
    return `${people()[grip.person].title} starts at ${((part?.offset ?? 0) + grip.frames / fps).toFixed(3)} s`;
  }
  const what = grip.kind === "exclude" ? "Left alone" : `${people()[grip.person].title} only here`;
  return `${what}\nFrames ${extent(grip)}\n${clock(grip.first)} to ${clock(grip.stop)}`;
};

/** What a drag would do, by what is under the pointer. */
export const HINTS = {
  exclude: "Drag to leave a stretch alone",
  zone: "Drag to dub this person in a stretch alone",
  offset: "Drag to shift the stem",
};

/** Show a text beside the pointer; none over the labels. */
export const showTip = (event, text) => {
  const box = timeline.getBoundingClientRect();
  const x = event.clientX - box.left;
  tip.textContent = text;
  tip.hidden = x < gutter() || !text;
  const room = tip.offsetWidth + 16;
  tip.style.left = `${x + room > box.width ? Math.max(0, x - room) : x + 14}px`;
  tip.style.top = `${Math.max(0, event.clientY - box.top + 16)}px`;
};

/** Return the facts of a frame. */
export const frameText = (at) => {
  const frame = Math.min(frameCount - 1, Math.floor(at));
  return `${sentence(reasons[reasonOfFrame[frame]] ?? reasons[0])}\nFrame ${frame} · ${clock(frame)} · shot ${shotAt(frame) + 1}\nRange ${extent(rangeAt(frame))}`;
};

export const hideTip = () => {
  tip.hidden = true;
};
