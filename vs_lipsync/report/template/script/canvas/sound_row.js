// The row of the sounds: the clip's own, and the dub over it.

import {colours} from "./colours.js";
import {bins} from "../data.js";
import {view} from "../view.js";

const DENSE = 8; // values per pixel from which their mean shows inside their peak

/** Return half the height of the wave in each pixel, as its peak has it, and as its mean does; 0 for silence. */
const halves = ({width, height}, values) => {
  const perPixel = ((view.stop - view.first) * bins) / width;
  const [peaks, means] = [new Float32Array(width), new Float32Array(width)];
  for (let x = 0; x < width; x++) {
    const begin = Math.floor(view.first * bins + x * perPixel);
    const next = Math.floor(view.first * bins + (x + 1) * perPixel);
    const end = Math.min(values.length, Math.max(begin + 1, next));
    let peak = 0;
    let sum = 0;
    for (let n = begin; n < end; n++) {
      sum += values[n];
      if (values[n] > peak) peak = values[n];
    }
    if (!peak) continue;
    peaks[x] = Math.max(0.5, (peak / 510) * height);
    means[x] = Math.max(0.5, (sum / (end - begin) / 510) * height);
  }
  return {peaks, means, isDense: perPixel > DENSE};
};

/** Paint columns about the middle of the row: single rectangles, as a path of many takes three times as long. */
const paintColumns = ({pen, left, top, height}, columns) => {
  const middle = top + height / 2;
  for (let x = 0; x < columns.length; x++) {
    if (columns[x]) pen.fillRect(left + x, middle - columns[x], 1, 2 * columns[x]);
  }
};

/** Paint loudness as a wave about the middle of the row. */
const paintWave = (area, values, colour, alpha) => {
  const {pen} = area;
  const {peaks, means, isDense} = halves(area, values);
  pen.fillStyle = colour;
  pen.globalAlpha = isDense ? alpha * 0.4 : alpha;
  paintColumns(area, peaks);
  pen.globalAlpha = alpha;
  if (isDense) paintColumns(area, means);
  pen.globalAlpha = 1;
};

/** Paint loudness of the clip's own sound and of a dub; null for none. */
export const paintSounds = (area, original, dubbed) => {
  if (original) paintWave(area, original, colours.wave, 1);
  if (dubbed) paintWave(area, dubbed, colours.dub, 0.7);
};
