// What is changed of people and stretches.

import {change} from "./changes.js";
import {chosen, choose, frameCount, lanes} from "./data.js";
import {everybody, laneOf, people} from "./project.js";
import {say} from "./say.js";
import {state} from "./state.js";
import {extent} from "./text.js";
import {view} from "./view.js";

/** Return somebody as the project has this person now: there may be a stem meanwhile, or none any more. */
const now = (person) => everybody().find(({key}) => key === person.key) ?? person;

/** Set a value of a person. */
export const setPerson = (person, name, value) =>
  change(() => {
    const {path} = now(person);
    return {path: [...path, path[0] === "settings" && name === "dub" ? "audio" : name], value};
  });

/** Call somebody so who may not be in the project yet. */
export const callPerson = (person, name) =>
  change(() => {
    const {path, who} = now(person);
    return path ? {path: [...path, "name"], value: name} : {path: ["people"], append: {who, name}};
  });

/** Give somebody who speaks nothing a stem. */
export const castPerson = async (person, dub) => {
  const isDone = await change(() => {
    const {who, title: name, zones, path} = now(person);
    if (path && path[0] !== "people") return {path: [...path, "dub"], value: dub};
    const table = {who, name, dub, ...(zones.length ? {zones} : {})};
    // Who speaks stems that were to be matched by themselves is said by hand now.
    const stems = state.document.stems ? [{path: ["stems"], remove: true}] : [];
    return [...stems, ...(path ? [{path, remove: true}] : []), {path: ["cast"], append: table}];
  });
  const {number} = now(person);
  if (isDone && number >= 0) choose(number);
};

/** Let a person speak nothing; who has a name, or stretches, stays known. */
export const release = (person) =>
  change(() => {
    const {who, named, title, zones, path} = now(person);
    if (path?.[0] === "settings") return {path: ["settings", "audio"], remove: true};
    if (path?.[0] !== "cast") return [];
    const lane = lanes[laneOf(person)];
    const isUsual = String(lane?.place) === String(who) && (!named || named === lane.name) && !zones.length;
    const table = {who, name: named || title, ...(zones.length ? {zones} : {})};
    return [{path, remove: true}, ...(isUsual ? [] : [{path: ["people"], append: table}])];
  });

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
