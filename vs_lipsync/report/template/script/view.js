// What is in view: the part of the clip on the timeline, the current frame, and the frame under the pointer.

import {frameCount, ranges} from "./data.js";
import {rangeIndexAt} from "./lookup.js";

const LEAST_SPAN = Math.min(12, frameCount);

/** The timeline shows frames first..stop, which may be fractions; `hovered` is -1 when the pointer is elsewhere. */
export const view = {first: 0, stop: frameCount, current: 0, hovered: -1};

/** Functions to call when the current frame has been set, and when what is drawn has to be drawn anew. */
export const onMove = [];
export const onDraw = [];

let scheduled = false;

/** Draw before the next repaint, however often it is called until then. */
export const draw = () => {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const paint of onDraw) paint();
  });
};

export const canZoomIn = () => view.stop - view.first > LEAST_SPAN;
export const canZoomOut = () => view.stop - view.first < frameCount;

const clampedSpan = (span) => Math.min(frameCount, Math.max(LEAST_SPAN, span));

/** Show `span` frames from `start` on. */
export const show = (start, span) => {
  const shown = clampedSpan(span);
  view.first = Math.min(Math.max(0, start), frameCount - shown);
  view.stop = view.first + shown;
  draw();
};

export const showAll = () => show(0, frameCount);

/** Show `factor` times as many frames, the frame `around` staying in its place. */
export const zoom = (factor, around = view.current + 0.5) => {
  const before = view.stop - view.first;
  const span = clampedSpan(before * factor);
  show(around - ((around - view.first) / before) * span, span);
};

/** Make a frame the current one, and bring it into view. */
export const goTo = (frame) => {
  view.current = Math.min(Math.max(0, Math.round(frame)), frameCount - 1);
  if (view.current < view.first || view.current >= view.stop) {
    const span = view.stop - view.first;
    show(view.current - span / 2, span);
  }
  for (const update of onMove) update();
  draw();
};

/** Go to the start of the next range, or of the previous one for -1. */
export const stepRange = (direction) => {
  const range = ranges[rangeIndexAt(view.current) + direction];
  if (range) goTo(range.first);
};
