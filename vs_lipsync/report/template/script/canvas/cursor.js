// The current frame on a timeline.

import {colours} from "./colours.js";

/** Paint it at a place, from the ruler down to a height, in pixels. */
export const paintCursor = (pen, x, height) => {
  pen.fillStyle = colours.cursor;
  pen.fillRect(x - 0.75, 14, 1.5, height - 14);
  pen.beginPath();
  pen.moveTo(x - 5, 12);
  pen.lineTo(x + 5, 12);
  pen.lineTo(x, 19);
  pen.fill();
};
