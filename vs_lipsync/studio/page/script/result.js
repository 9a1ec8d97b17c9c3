// Whether the file that was written is of the project as it is now.

import {onState, state} from "./state.js";

/** Return what of the project makes the mouths: not what people are called, what is heard, or where it is written. */
export const ofMouths = () => {
  const {cast = [], settings = {}} = state.document;
  const speakers = cast.map((person) => ({...person, name: undefined, gain: undefined}));
  const own = {...settings, plan: undefined, bed: undefined, bed_gain: undefined, stem_gain: undefined};
  return JSON.stringify({...state.document, cast: speakers, settings: own, output: undefined});
};

const ofFile = () => {
  const {cast = [], settings = {}, output = {}} = state.document;
  const heard = [settings.bed, settings.bed_gain, settings.stem_gain, ...cast.map((person) => person.gain), output.language];
  return JSON.stringify([ofMouths(), heard]);
};

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
