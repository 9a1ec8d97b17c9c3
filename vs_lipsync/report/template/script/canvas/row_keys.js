// The keys to the colours of a row, under its label.

import {roundedPath} from "./canvas.js";
import {colours} from "./colours.js";

/** Paint the keys [{text, colour}] of a row whose label ends at `right` and is `y` from the top, in pixels. */
export const paintRowKeys = (pen, keys, right, y) => {
  pen.font = "11px system-ui, sans-serif";
  keys.forEach(({text, colour}, i) => {
    pen.fillStyle = colours.dim;
    pen.fillText(text, right - 12, y + 16 + i * 15);
    pen.fillStyle = colours[colour];
    roundedPath(pen, right - 8, y + 12 + i * 15, 8, 8, 2);
    pen.fill();
  });
};
