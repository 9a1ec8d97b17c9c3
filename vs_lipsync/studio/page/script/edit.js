// Changes of the project. Each is in the file when it is answered, or refused in one line.

import {post} from "./api.js";
import {chosen, choose, frameCount, lanes} from "./data.js";
import {laneOf, people} from "./project.js";
import {say} from "./say.js";
import {isLost, lose, onState, state, take} from "./state.js";
import {extent} from "./text.js";
import {view} from "./view.js";

/** Functions to call when a change was refused, for what was typed to be taken back. */
export const onRefused = [];

const saved = document.getElementById("saved");

let pending = 0;

const tellSaved = () => {
  const text = pending ? "Saving…" : isLost() ? "" : `Saved in ${state.project}`;
  if (saved.textContent !== text) saved.textContent = text;
};

/** Do something that the server may refuse, and take back what was typed then; returns whether it was done. */
export const attempt = async (what, isRefused = "") => {
  pending += 1;
  tellSaved();
  try {
    take(await what());
    return true;
  } catch (error) {
    if (error.isLost || isLost()) lose(true);
    else say(`${isRefused}${error.message}`, true);
    for (const restore of onRefused) restore();
    return false;
  } finally {
    pending -= 1;
    tellSaved();
  }
};

onState.push(tellSaved);
tellSaved();

export const change = (...changes) => attempt(() => post("/api/change", {changes}), "Not saved: ");
export const undo = () => state.undo && attempt(() => post("/api/undo"));
export const redo = () => state.redo && attempt(() => post("/api/redo"));

/** Set a value of a person. */
export const setPerson = (person, name, value) => {
  const isAlone = person.path[0] === "settings";
  return change({path: [...person.path, isAlone && name === "dub" ? "audio" : name], value});
};

/** Call somebody so who speaks nothing. */
export const callSilent = (person, name) =>
  person.path
    ? setPerson(person, "name", name)
    : change({path: ["people"], append: {who: person.who, name}});

/** Give somebody who speaks nothing a stem. */
export const castPerson = async (person, dub) => {
  const {who, title: name, zones, path} = person;
  const table = {who, name, dub, ...(zones.length ? {zones} : {})};
  // Who speaks stems that were to be matched by themselves is said by hand now.
  const stems = state.document.stems ? [{path: ["stems"], remove: true}] : [];
  const before = path ? [{path, remove: true}] : [];
  if (!(await change(...stems, ...before, {path: ["cast"], append: table}))) return;
  choose(people().length - 1);
};

/** Let a person speak nothing; who has a name, or stretches, stays known. */
export const release = (person) => {
  if (person.path[0] !== "cast") return change({path: ["settings", "audio"], remove: true});
  const {who, named, zones, path} = person;
  const lane = lanes[laneOf(person)];
  const isUsual = String(lane?.place) === String(who) && (!named || named === lane.name) && !zones.length;
  const table = {who, name: named || person.title, ...(zones.length ? {zones} : {})};
  return change({path, remove: true}, ...(isUsual ? [] : [{path: ["people"], append: table}]));
};

const spanText = (first, stop) => `${first}-${stop - 1}`;

/** Leave frames first..stop - 1 alone; `number` is that of the stretch to replace, -1 for a new one. */
export const exclude = (first, stop, number = -1) =>
  number < 0
    ? change({path: ["exclude"], append: spanText(first, stop)})
    : change({path: ["exclude", number], value: spanText(first, stop)});

export const include = (number) => change({path: ["exclude", number], remove: true});

/** Dub a person in frames first..stop - 1 alone, beside other such stretches. */
export const addZone = (person, first, stop) => {
  const path = person.path[0] === "cast" ? [...person.path, "zones"] : ["zones"];
  return change({path, append: {start: first, stop}});
};

// Who has no zones has those of everybody.
const zonePath = (person, number) =>
  person.path[0] === "cast" && person.zones.length ? [...person.path, "zones", number] : ["zones", number];

export const moveZone = (person, number, first, stop) =>
  change({path: [...zonePath(person, number), "start"], value: first}, {path: [...zonePath(person, number), "stop"], value: stop});

export const removeZone = (person, number) => change({path: zonePath(person, number), remove: true});

/** The stretch that is marked; -1 where an end is not. */
export const marks = {first: -1, stop: -1};

/** Return the marked stretch: from its start, or the current frame, to its end, or the current frame; null if there is none. */
export const marked = () => {
  if (marks.first < 0 && marks.stop < 0) return null;
  const first = marks.first < 0 ? 0 : marks.first;
  const stop = marks.stop < 0 ? Math.max(view.current + 1, first + 1) : marks.stop;
  return stop > first ? {first, stop: Math.min(stop, frameCount)} : null;
};

const unmark = () => {
  marks.first = -1;
  marks.stop = -1;
};

const orAdvice = () => say("Mark a stretch first: I at its start, O at its end; or drag in its row", true);

export const excludeMarked = async () => {
  const span = marked();
  if (!span) return orAdvice();
  unmark();
  if (await exclude(span.first, span.stop)) say(`Frames ${extent(span)} are left alone`);
  return null;
};

export const zoneMarked = async () => {
  const span = marked();
  const person = people()[chosen];
  if (!person) return say("Give a person a stem first", true);
  if (!span) return orAdvice();
  unmark();
  if (await addZone(person, span.first, span.stop)) say(`${person.title} is dubbed in frames ${extent(span)}`);
  return null;
};

/** Let the stem of the person that is chosen start later, or earlier. */
export const shiftChosen = (seconds) => {
  const person = people()[chosen];
  if (person) setPerson(person, "offset", Math.round((person.offset + seconds) * 1000) / 1000);
};
