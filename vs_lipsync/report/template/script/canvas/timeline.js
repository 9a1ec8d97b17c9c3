// The timeline: a ruler, and a row each for shots, plan, people, sound and mouth.

import {prepare} from "./canvas.js";
import {colours} from "./colours.js";
import {paintCursor} from "./cursor.js";
import {dubbed, frameCount, lanes, measured, original, reasonOfFrame, requested} from "../data.js";
import {paintLane} from "./lane_row.js";
import {paintMouth} from "./mouth_row.js";
import {paintPlan} from "./plan_band.js";
import {paintRowKeys} from "./row_keys.js";
import {paintRuler} from "./ruler.js";
import {paintShots} from "./shots_row.js";
import {paintSounds} from "./sound_row.js";
import {draw, onDraw, view} from "../view.js";

/** Pixels left of the timeline, for the labels. */
export const GUTTER = 104;

const RULER = 24;
const GAP = 8;
const canvas = document.getElementById("lanes");
const pen = canvas.getContext("2d");

// Each row: its label, the keys to its colours, its height, and what paints it into an area of the canvas.
const rows = [
  {label: "Shots", height: 66, paint: paintShots},
  {label: "Plan", height: 34, paint: (area) => paintPlan(area, reasonOfFrame, view.first, view.stop)},
  ...lanes.map(({name, tracks}) => ({label: name, height: 40, paint: (area) => paintLane(area, tracks)})),
];
if (original || dubbed) {
  const keys = [];
  if (original) keys.push({text: "original", colour: "wave"});
  if (dubbed) keys.push({text: "dub", colour: "dub"});
  rows.push({label: "Sound", height: 66, keys, paint: (area) => paintSounds(area, original, dubbed)});
}
if (measured) {
  const keys = [{text: "measured", colour: "dim"}];
  if (requested) keys.push({text: "requested", colour: "dub"});
  rows.push({label: "Mouth", height: 78, keys, paint: (area) => paintMouth(area, measured, requested)});
}
let height = RULER;
for (const row of rows) {
  row.top = height;
  height += row.height + GAP;
}
canvas.style.height = `${height}px`;

const paintLabel = ({label, keys = [], top, height: rowHeight}) => {
  const y = top + rowHeight / 2 - keys.length * 7.5;
  pen.textAlign = "right";
  pen.fillStyle = colours.ink;
  pen.font = "550 12px system-ui, sans-serif";
  pen.fillText(label, GUTTER - 14, y);
  paintRowKeys(pen, keys, GUTTER - 14, y);
  pen.textAlign = "left";
};

const paintHovered = (scale) => {
  pen.globalAlpha = 0.35;
  pen.fillStyle = colours.ink;
  pen.fillRect(GUTTER + (view.hovered + 0.5 - view.first) * scale, 16, 1, height - 16);
  pen.globalAlpha = 1;
};

const paintTimeline = () => {
  const width = Math.max(50, Math.floor(prepare(canvas, pen, height)) - GUTTER);
  const scale = width / (view.stop - view.first); // pixels per frame
  const area = {pen, left: GUTTER, top: 0, width, height, scale};
  paintRuler(area);
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER, 0, width, height);
  pen.clip();
  for (const row of rows) row.paint({...area, top: row.top, height: row.height});
  if (view.hovered >= 0) paintHovered(scale);
  paintCursor(pen, GUTTER + (view.current + 0.5 - view.first) * scale, height);
  pen.restore();
  rows.forEach(paintLabel);
};

onDraw.push(paintTimeline);

/** Return the frame under the pointer. */
export const frameUnder = (event) => {
  const box = canvas.getBoundingClientRect();
  const share = (event.clientX - box.left - GUTTER) / (box.width - GUTTER);
  const frame = Math.floor(view.first + share * (view.stop - view.first));
  return Math.min(frameCount - 1, Math.max(0, frame));
};

/** Return how many frames are as wide as some pixels. */
export const framesAcross = (pixels) => (pixels / (canvas.clientWidth - GUTTER)) * (view.stop - view.first);

new ResizeObserver(draw).observe(canvas);
