// What happens to frames, in words and with its colour.

import {sentence} from "./text.js";

/** Return a new element that says it. */
export const chip = (reason) => {
  const swatch = document.createElement("i");
  swatch.className = `swatch ${reason.kind} c${reason.colour}`;
  swatch.setAttribute("aria-hidden", "true");
  const made = document.createElement("span");
  made.className = "chip";
  made.append(swatch, sentence(reason));
  return made;
};
