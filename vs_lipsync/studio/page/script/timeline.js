// The timeline: a ruler, the rows, the marks and the current frame.

import {prepare} from "./canvas/canvas.js";
import {colours} from "./canvas/colours.js";
import {paintCursor} from "./canvas/cursor.js";
import {decodedPicture} from "./canvas/pictures.js";
import {paintRowKeys} from "./canvas/row_keys.js";
import {paintRuler} from "./canvas/ruler.js";
import {chosen, faces, frameCount, onData} from "./data.js";
import {marked, marks} from "./edit.js";
import {rowsNow} from "./rows.js";
import {onState} from "./state.js";
import {draw, onDraw, view} from "./view.js";

const RULER = 24;
const GAP = 8;
const canvas = document.getElementById("lanes");
const pen = canvas.getContext("2d");
let placed = [];
let height = RULER;

/** Pixels left of the timeline, for the labels: fewer where there is little room. */
export const gutter = () => (canvas.clientWidth < 560 ? 88 : 124);

const place = () => {
  placed = rowsNow();
  height = RULER;
  for (const row of placed) {
    row.top = height;
    height += row.height + GAP;
  }
  canvas.style.height = `${height}px`;
  draw();
};

const shortened = (text, room) => {
  if (pen.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > room) end--;
  return `${text.slice(0, end)}…`;
};

const paintFace = (image, x, y, side) => {
  pen.save();
  pen.beginPath();
  pen.arc(x + side / 2, y, side / 2, 0, 7);
  pen.clip();
  pen.drawImage(image, x, y - side / 2, side, side);
  pen.restore();
};

const paintLabel = ({label, above = "", aboveHeight = 0, keys = [], picture = -1, person, top, height: rowHeight}) => {
  const right = gutter() - 14;
  const image = picture >= 0 && gutter() > 100 ? decodedPicture(faces[picture]) : null;
  const y = top + rowHeight / 2 - keys.length * 7.5;
  const room = right - (image ? 30 : 0);
  pen.textAlign = "right";
  pen.fillStyle = colours.ink;
  pen.font = `${person === chosen ? 700 : 550} 12px system-ui, sans-serif`;
  const text = shortened(label, room);
  pen.fillText(text, right, y);
  if (image) paintFace(image, right - pen.measureText(text).width - 30, y, 24);
  paintRowKeys(pen, keys, right, y);
  if (above) {
    pen.fillStyle = colours.dim;
    pen.fillText(above, right, top + aboveHeight / 2);
  }
  pen.textAlign = "left";
};

const paintMarks = (left, scale) => {
  const span = marked();
  if (!span) return;
  const x = left + (span.first - view.first) * scale;
  const width = (span.stop - span.first) * scale;
  pen.fillStyle = colours.view;
  pen.fillRect(x, 0, width, height);
  pen.fillStyle = colours.focus;
  if (marks.first >= 0) pen.fillRect(x - 1, 0, 2, height);
  if (marks.stop >= 0) pen.fillRect(x + width - 1, 0, 2, height);
};

const paintTimeline = () => {
  const left = gutter();
  const width = Math.max(50, Math.floor(prepare(canvas, pen, height)) - left);
  const scale = width / (view.stop - view.first); // pixels per frame
  const area = {pen, left, top: 0, width, height, scale};
  paintRuler(area);
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width, height);
  pen.clip();
  for (const row of placed) row.paint({...area, top: row.top, height: row.height});
  paintMarks(left, scale);
  paintCursor(pen, left + (view.current + 0.5 - view.first) * scale, height);
  pen.restore();
  placed.forEach(paintLabel);
};

/** Let the whole film as a band begin where the rows do. */
const align = () => {
  const band = document.getElementById("map");
  band.style.marginLeft = `${gutter()}px`;
  band.style.width = `calc(100% - ${gutter()}px)`;
  draw();
};

onDraw.push(paintTimeline);
onData.push(place);
onState.push(place);
new ResizeObserver(align).observe(canvas);
place();

/** Return the place under the pointer in frames, which may be a fraction, and the row there with the height in it. */
export const under = (event) => {
  const box = canvas.getBoundingClientRect();
  const share = (event.clientX - box.left - gutter()) / (box.width - gutter());
  const at = view.first + share * (view.stop - view.first);
  const y = event.clientY - box.top;
  const row = placed.find(({top, height: rowHeight}) => y >= top && y < top + rowHeight) ?? null;
  return {at: Math.min(frameCount, Math.max(0, at)), row, y: row ? y - row.top : 0, isLabel: event.clientX - box.left < gutter()};
};

/** Return how many frames are as wide as some pixels. */
export const framesAcross = (pixels) => (pixels / (canvas.clientWidth - gutter())) * (view.stop - view.first);
