// The row of the sounds: the clip's own, and the dub over it.

import {colours} from "./colours.js";
import {bins} from "../data.js";
import {view} from "../view.js";

const DENSE = 8; // values per pixel from which their mean shows inside their peak

/** Paint loudness as a wave about the middle of the row. */
const paintWave = ({pen, left, top, width, height}, values, colour, alpha) => {
  const perPixel = ((view.stop - view.first) * bins) / width;
  const middle = top + height / 2;
  const peaks = new Path2D();
  const means = new Path2D();
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
    const half = Math.max(0.5, (peak / 510) * height);
    const halfMean = Math.max(0.5, (sum / (end - begin) / 510) * height);
    peaks.rect(left + x, middle - half, 1, 2 * half);
    means.rect(left + x, middle - halfMean, 1, 2 * halfMean);
  }
  pen.fillStyle = colour;
  pen.globalAlpha = perPixel > DENSE ? alpha * 0.4 : alpha;
  pen.fill(peaks);
  if (perPixel > DENSE) {
    pen.globalAlpha = alpha;
    pen.fill(means);
  }
  pen.globalAlpha = 1;
};

/** Paint loudness of the clip's own sound and of a dub; null for none. */
export const paintSounds = (area, original, dubbed) => {
  if (original) paintWave(area, original, colours.wave, 1);
  if (dubbed) paintWave(area, dubbed, colours.dub, 0.7);
};
