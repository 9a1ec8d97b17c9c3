// Frames, times and reasons in words.

import {fps, UNKNOWN, widest} from "./data.js";

const twoDigits = (n) => String(n).padStart(2, "0");

/** h:mm:ss.mmm at which a frame is shown; h:mm:ss when not exact. */
export const clock = (frame, exact = true) => {
  const milliseconds = Math.round((frame / fps) * 1000);
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const text = `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return exact ? `${text}.${String(milliseconds % 1000).padStart(3, "0")}` : text;
};

export const grouped = (n) => n.toLocaleString("en-GB");

/** First and last frame of a range. */
export const extent = (range) => `${range.first}–${range.stop - 1}`;

export const sentence = (reason) => `${reason.word === "changes" ? "Changes" : "Stays"}: ${reason.text}`;

/** Mouth opening at a frame in inter-ocular distances; a dash where it is unknown. */
export const openingText = (values, frame) =>
  values && values[frame] !== UNKNOWN ? ((values[frame] / 254) * widest).toFixed(2) : "–";
