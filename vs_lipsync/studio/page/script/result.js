// Whether the file that was written is of the project as it is now.

import {onState, state} from "./state.js";

const UNSEEN = new Set(["name", "gain", "plan", "bed", "bed_gain", "stem_gain", "output"]);

const UNREAD = new Set(["name", "plan", "file"]); // makes no difference to the file

const without = (names) => JSON.stringify(state.document, (key, value) => (names.has(key) ? undefined : value));

/** Return what of the project makes the mouths: not what people are called, what is heard, or where it is written. */
export const ofMouths = () => without(UNSEEN);

const ofFile = () => without(UNREAD);

// What a file was made of is known as long as the page is there; what was made before is taken for up to date.
let made = JSON.parse(sessionStorage.getItem("made") ?? "null") ?? {output: state.render.output, of: ofFile()};
let making = "";

const watch = () => {
  const {stage, output} = state.render;
  if (stage === "running") {
    making ||= ofFile();
  } else if (making) {
    if (stage === "done") made = {output, of: making};
    sessionStorage.setItem("made", JSON.stringify(made));
    making = "";
  }
};

/** Return whether the project has changed since the file was made. */
export const isOutdated = () => state.render.exists && made.output === state.render.output && made.of !== ofFile();

onState.push(watch);
watch();
