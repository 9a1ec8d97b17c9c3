// The start: colours, and the first frame.

import {readColours} from "./canvas/colours.js";
import {draw, goTo} from "./view.js";

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  draw();
});
readColours();
goTo(0);
