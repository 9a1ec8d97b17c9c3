// The row of shots with their pictures.

import {roundedPath} from "./canvas.js";
import {colours} from "./colours.js";
import {aspect, frameCount, shots, thumbnails} from "../data.js";
import {indexAt, shotAt} from "../lookup.js";
import {decodedPicture} from "./pictures.js";
import {view} from "../view.js";

const LEAST_WIDTH = 26; // pixels of a shot on average from which each has its own picture
const GAP = 3;

/** Numbers of the shots that have pictures. */
const pictured = () => Object.keys(thumbnails).map(Number).sort((a, b) => a - b);

const paintBox = ({pen, left, top, height}, x, width) => {
  roundedPath(pen, left + x, top, width, height, 5);
  pen.fillStyle = colours.sunk;
  pen.fill();
};

/** Return the shot with a picture that is nearest to a shot. */
const nearestPictured = (numbers, shot) => {
  const before = indexAt(numbers, shot, (number) => number);
  const candidates = [numbers[before], numbers[before + 1]].filter((number) => number !== undefined);
  return candidates.sort((a, b) => Math.abs(a - shot) - Math.abs(b - shot))[0];
};

/** Paint the pictures of the shots nearest to evenly spaced places: shots are too short for one each. */
const paintFilmstrip = (area, numbers) => {
  const {pen, left, top, width, height, scale} = area;
  const slots = Math.max(1, Math.round(width / (Math.max(24, Math.round(height * aspect)) + GAP)));
  const slot = width / slots;
  const reach = slot / scale; // frames
  for (let i = 0; i < slots; i++) {
    const shot = nearestPictured(numbers, shotAt(view.first + ((i + 0.5) * slot) / scale));
    const start = shots[shot];
    paintBox(area, i * slot, slot - GAP);
    // The picture of a shot that is further away would mislead.
    const isNear = start >= view.first + (i - 0.5) * reach && start < view.first + (i + 1.5) * reach;
    const image = isNear ? decodedPicture(thumbnails[shot]) : null;
    if (!image) continue;
    pen.save();
    pen.clip();
    const zoomed = Math.max((slot - GAP) / image.naturalWidth, height / image.naturalHeight);
    const w = image.naturalWidth * zoomed;
    const h = image.naturalHeight * zoomed;
    pen.drawImage(image, left + i * slot + (slot - GAP - w) / 2, top + (height - h) / 2, w, h);
    pen.restore();
  }
};

/** Paint a shot's picture at the left of its box, which is the current path; of a wider one only the middle shows. */
const paintPicture = ({pen, left, top, height}, x, width, image) => {
  const full = (height * image.naturalWidth) / image.naturalHeight;
  const shown = Math.min(full, width);
  const part = (shown / full) * image.naturalWidth;
  pen.save();
  pen.clip();
  pen.drawImage(
    image, (image.naturalWidth - part) / 2, 0, part, image.naturalHeight, left + x, top, shown, height,
  );
  pen.restore();
};

const paintNumber = ({pen, left, top, height}, x, shot) => {
  const text = String(shot + 1);
  const room = pen.measureText(text).width + 10;
  pen.fillStyle = "rgba(0,0,0,.58)";
  roundedPath(pen, left + x + 4, top + height - 20, room, 16, 4);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.fillText(text, left + x + 9, top + height - 11.5);
};

const paintShot = (area, shot, x, width) => {
  const {pen} = area;
  paintBox(area, x, Math.max(width, 1));
  if (width < 14) {
    pen.fillStyle = colours.line;
    pen.fill();
    return;
  }
  const image = decodedPicture(thumbnails[shot]);
  if (image) paintPicture(area, x, width, image);
  if (width > 44) paintNumber(area, x, shot);
};

/** Paint the shots in view. */
export const paintShots = (area) => {
  const {width, scale} = area;
  const first = shotAt(Math.floor(view.first));
  const last = shotAt(Math.min(frameCount - 1, Math.ceil(view.stop) - 1));
  const numbers = pictured();
  if (numbers.length && width / (last - first + 1) < LEAST_WIDTH) {
    paintFilmstrip(area, numbers);
    return;
  }
  let painted = -Infinity;
  for (let shot = first; shot <= last; shot++) {
    const [start, stop] = [shots[shot], shots[shot + 1] ?? frameCount];
    const x = Math.max(0, (start - view.first) * scale);
    const end = Math.min(width, (stop - view.first) * scale);
    if (end - painted < 1) continue;
    painted = end;
    paintShot(area, shot, x, end - x - (scale * (stop - start) > 4 ? 2 : 0));
  }
};
