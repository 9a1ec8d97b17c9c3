// The whole clip as a band, with the part that the timeline shows; a click goes there.

import {prepare} from "./canvas.js";
import {colours} from "./colours.js";
import {frameCount, reasonOfFrame} from "../data.js";
import {paintPlan} from "./plan_band.js";
import {goTo, onDraw, show, view} from "../view.js";

const HEIGHT = 30;
const canvas = document.getElementById("map");
const pen = canvas.getContext("2d");

const paintOverview = () => {
  const width = Math.floor(prepare(canvas, pen, HEIGHT));
  paintPlan({pen, left: 0, top: 4, width, height: HEIGHT - 8}, reasonOfFrame, 0, frameCount);
  if (view.stop - view.first < frameCount) {
    const begin = (view.first / frameCount) * width;
    const end = (view.stop / frameCount) * width;
    pen.fillStyle = colours.view;
    pen.fillRect(begin, 0, Math.max(end - begin, 2), HEIGHT);
    pen.strokeStyle = colours.focus;
    pen.lineWidth = 1.5;
    pen.strokeRect(begin + 0.75, 0.75, Math.max(end - begin - 1.5, 2), HEIGHT - 1.5);
  }
  pen.fillStyle = colours.cursor;
  pen.fillRect(((view.current + 0.5) / frameCount) * width - 0.75, 0, 1.5, HEIGHT);
};

const scrub = (event) => {
  const box = canvas.getBoundingClientRect();
  const frame = ((event.clientX - box.left) / box.width) * frameCount;
  const span = view.stop - view.first;
  show(frame - span / 2, span);
  goTo(frame);
};

onDraw.push(paintOverview);
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  scrub(event);
});
canvas.addEventListener("pointermove", (event) => {
  if (event.buttons) scrub(event);
});
