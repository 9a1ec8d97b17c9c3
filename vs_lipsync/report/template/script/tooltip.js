// The facts of the frame under the pointer.

import {reasonOfFrame, reasons} from "./data.js";
import {rangeAt, shotAt} from "./lookup.js";
import {clock, extent, sentence} from "./text.js";
import {GUTTER} from "./canvas/timeline.js";

const tip = document.getElementById("tip");

/** Show them beside the pointer, unless it is over the labels. */
export const showTip = (event, frame) => {
  const box = event.currentTarget.getBoundingClientRect();
  const x = event.clientX - box.left;
  tip.textContent = [
    sentence(reasons[reasonOfFrame[frame]]),
    `Frame ${frame} · ${clock(frame)} · shot ${shotAt(frame) + 1}`,
    `Range ${extent(rangeAt(frame))}`,
  ].join("\n");
  tip.hidden = x < GUTTER;
  const room = tip.offsetWidth + 16;
  tip.style.left = `${x + room > box.width ? x - room : x + 14}px`;
  tip.style.top = `${Math.max(0, event.clientY - box.top + 16)}px`;
};

export const hideTip = () => {
  tip.hidden = true;
};
