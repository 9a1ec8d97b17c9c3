// In which shot and in which range a frame lies.

import {ranges, shots} from "./data.js";

/** Index of the last item that starts at or before a frame, 0 if none does; items are in order of their starts. */
export const indexAt = (items, frame, startOf) => {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(items[middle]) <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const shotAt = (frame) => indexAt(shots, frame, (shot) => shot);
export const rangeIndexAt = (frame) => indexAt(ranges, frame, (range) => range.first);
export const rangeAt = (frame) => ranges[rangeIndexAt(frame)];
