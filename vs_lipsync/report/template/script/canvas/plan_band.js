// The plan as a band of colours, one reason per pixel: high where frames change, low where they stay.

import {colours} from "./colours.js";
import {frameCount, reasons} from "../data.js";

/** Return the reason that most frames of each of `width` pixels have, which show frames first..stop. */
const commonReasons = (reasonOfFrame, first, stop, width) => {
  const common = new Uint8Array(width);
  const counts = new Uint32Array(reasons.length);
  const framesPerPixel = (stop - first) / width;
  for (let x = 0; x < width; x++) {
    const begin = Math.floor(first + x * framesPerPixel);
    const end = Math.min(frameCount, Math.max(begin + 1, Math.floor(first + (x + 1) * framesPerPixel)));
    if (end - begin === 1) {
      common[x] = reasonOfFrame[begin];
      continue;
    }
    counts.fill(0);
    for (let frame = begin; frame < end; frame++) counts[reasonOfFrame[frame]]++;
    common[x] = counts.indexOf(Math.max(...counts));
  }
  return common;
};

const KEPT = 3; // results of each plan: that of the overview, and those of the view
const known = new WeakMap();

/** Return the same, which is reckoned once for as long as what is shown stays. */
const keptReasons = (reasonOfFrame, first, stop, width) => {
  const kept = known.get(reasonOfFrame) ?? known.set(reasonOfFrame, new Map()).get(reasonOfFrame);
  const key = `${first} ${stop} ${width}`;
  const found = kept.get(key) ?? commonReasons(reasonOfFrame, first, stop, width);
  kept.delete(key); // so that it is the newest
  kept.set(key, found);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
};

/** Paint frames first..stop into an area; `reasonOfFrame` has the index of each frame's reason. */
export const paintPlan = ({pen, left, top, width, height}, reasonOfFrame, first, stop) => {
  const pixels = keptReasons(reasonOfFrame, first, stop, width);
  for (let x = 0; x < pixels.length;) {
    let end = x + 1;
    while (end < pixels.length && pixels[end] === pixels[x]) end++;
    const reason = reasons[pixels[x]];
    const above = reason.kind === "pass" ? height * 0.55 : 0;
    pen.fillStyle = colours[`c${reason.colour}`];
    pen.fillRect(left + x, top + above, end - x, height - above);
    x = end;
  }
};
