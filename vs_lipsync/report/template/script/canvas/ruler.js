// The times along the top of the timeline, or frame numbers where frames are wide.

import {colours} from "./colours.js";
import {fps} from "../data.js";
import {clock} from "../text.js";
import {view} from "../view.js";

const SECOND_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const FRAME_STEPS = [1, 2, 5, 10, 20, 50];
const FRAMES_FROM = 320; // pixels per second
const FRAME_ROOM = 64;
const TIME_ROOM = 86;

/** Paint the ruler, and its lines through all rows; `area` is the whole timeline right of the labels. */
export const paintRuler = ({pen, left, width, height, scale}) => {
  const second = scale * fps;
  const mark = (x, text) => {
    pen.fillStyle = colours.line;
    pen.fillRect(left + x, 16, 1, height - 16);
    pen.fillStyle = colours.dim;
    if (x < width - 46) pen.fillText(text, left + x + 1, 8);
  };
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  if (second > FRAMES_FROM) {
    const step = FRAME_STEPS.find((frames) => frames * scale > FRAME_ROOM) ?? 100;
    for (let frame = Math.ceil(view.first / step) * step; frame < view.stop; frame += step) {
      mark((frame - view.first) * scale, String(frame));
    }
  } else {
    const step = SECOND_STEPS.find((seconds) => seconds * second > TIME_ROOM) ?? 3600;
    for (let time = Math.ceil(view.first / fps / step) * step; time * fps < view.stop; time += step) {
      mark((time * fps - view.first) * scale, clock(time * fps, false));
    }
  }
};
