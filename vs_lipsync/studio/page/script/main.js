// The start: colours, the parts of the page, the first frame.

import {readColours} from "./canvas/colours.js";
import "./head.js";
import "./timeline.js";
import "./canvas/overview.js";
import "./drag.js";
import "./people.js";
import "./spans.js";
import "./list.js";
import "./slider.js";
import "./output.js";
import "./match.js";
import "./keys.js";
import {load} from "./data.js";
import {follow} from "./state.js";
import {draw, goTo} from "./view.js";

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readColours();
  draw();
});
readColours();
goTo(0);
load();
follow();
