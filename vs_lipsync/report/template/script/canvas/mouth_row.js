// The row of the mouth: how far it is open in the clip, and how far the dub requests it to be.

import {colours} from "./colours.js";
import {frameCount, UNKNOWN} from "../data.js";
import {view} from "../view.js";

const DENSE = 1.5; // frames per pixel from which a pixel shows their mean
const SPREAD_FROM = 6; // frames per pixel from which it shows their least and greatest, too

/** Continue the current line to a point, or begin one. */
const lineOrMove = (pen, isBegun, x, y) => {
  if (isBegun) pen.lineTo(x, y);
  else pen.moveTo(x, y);
};

/** Add the mean of each pixel to the line, and fill the band from the least to the greatest. */
const addMeans = ({pen, left, width}, values, yOf, colour) => {
  const perPixel = (view.stop - view.first) / width;
  let isBegun = false;
  pen.fillStyle = colour;
  pen.globalAlpha = 0.16;
  for (let x = 0; x < width; x++) {
    const end = Math.min(frameCount, Math.floor(view.first + (x + 1) * perPixel) + 1);
    let [low, high, sum, count] = [UNKNOWN, -1, 0, 0];
    for (let frame = Math.floor(view.first + x * perPixel); frame < end; frame++) {
      const value = values[frame];
      if (value === UNKNOWN) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
      count++;
    }
    if (count) {
      if (perPixel > SPREAD_FROM) pen.fillRect(left + x, yOf(high) - 0.5, 1, yOf(low) - yOf(high) + 1);
      lineOrMove(pen, isBegun, left + x + 0.5, yOf(sum / count));
    }
    isBegun = count > 0;
  }
  pen.globalAlpha = 1;
};

/** Add each frame to the line. */
const addFrames = ({pen, left, scale}, values, yOf) => {
  let isBegun = false;
  for (let n = Math.max(0, Math.floor(view.first) - 1); n < Math.min(frameCount, view.stop + 1); n++) {
    const isKnown = values[n] !== UNKNOWN;
    if (isKnown) lineOrMove(pen, isBegun, left + (n + 0.5 - view.first) * scale, yOf(values[n]));
    isBegun = isKnown;
  }
};

const paintCurve = (area, values, colour, thickness) => {
  const {pen, top, width, height} = area;
  const yOf = (value) => top + height - 3 - (value / 254) * (height - 6);
  const isDense = (view.stop - view.first) / width > DENSE;
  pen.strokeStyle = colour;
  pen.lineWidth = isDense ? 1 : thickness; // thin lines without joins are drawn several times as fast
  pen.lineJoin = isDense ? "bevel" : "round";
  pen.beginPath();
  if (isDense) addMeans(area, values, yOf, colour);
  else addFrames(area, values, yOf);
  pen.stroke();
};

/** Paint the openings of each frame; `requested` is null without a dub, and `made` while nobody has read the result. */
export const paintMouth = (area, measured, requested, made = null) => {
  paintCurve(area, measured, colours.dim, 1.4);
  if (requested) paintCurve(area, requested, colours.dub, 2);
  if (made) paintCurve(area, made, colours.focus, 1.4);
};
