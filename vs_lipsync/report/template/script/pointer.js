// The mouse, or a finger, on the timeline.

import {frameUnder, framesAcross} from "./canvas/timeline.js";
import {hideTip, showTip} from "./tooltip.js";
import {draw, goTo, show, view, zoom} from "./view.js";

const timeline = document.getElementById("timeline");
let isDragging = false;

timeline.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  isDragging = true;
  timeline.setPointerCapture(event.pointerId);
  goTo(frameUnder(event));
});

timeline.addEventListener("pointerup", () => {
  isDragging = false;
});

timeline.addEventListener("pointermove", (event) => {
  view.hovered = frameUnder(event);
  if (isDragging) goTo(view.hovered);
  showTip(event, view.hovered);
  draw();
});

timeline.addEventListener("pointerleave", () => {
  view.hovered = -1;
  hideTip();
  draw();
});

timeline.addEventListener(
  "wheel",
  (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY * 0.004), frameUnder(event));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      show(view.first + framesAcross(event.deltaX || event.deltaY), view.stop - view.first);
    }
  },
  {passive: false},
);
