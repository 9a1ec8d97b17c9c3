// The people of the project as the file has them, and the faces of the film that are theirs.

import {lanes, parts} from "./data.js";
import {state} from "./state.js";

const isSame = (one, other) => Array.isArray(one) && Array.isArray(other) && one.join() === other.join();

const NOWHERE = {lanes: [], place: null, picture: -1};

const foundAt = (path) => state.who.find((one) => isSame(one.path, path)) ?? NOWHERE;

/** Return what the ids of somebody's fields end with, which is the same before and after there is a stem. */
const keyOf = ({lanes: [lane], place}, path) => {
  if (lane === undefined) return path.join("-");
  const isAlone = state.who.filter((one) => one.lanes[0] === lane).length < 2;
  return isAlone || !place || isSame(place, lanes[lane]?.place) ? String(lane) : `${lane}-${place[0]}`;
};

const soundOf = (table, settings) => ({
  dub: table.dub ?? table.audio ?? "",
  offset: table.offset ?? settings.offset ?? 0,
  strength: table.strength ?? settings.strength ?? 1,
  gain: table.gain ?? 0,
});

/** Return somebody as the file has them. */
const personOf = (table, number, path) => {
  const found = foundAt(path);
  const named = table.name ?? "";
  return {
    number,
    path,
    ...found,
    ...soundOf(table, state.document.settings ?? {}),
    key: keyOf(found, path),
    title: named,
    named,
    who: table.who ?? null,
    zones: table.zones ?? [],
  };
};

const titled = (person) => Object.assign(person, {title: state.titles[person.number] ?? person.title});

/** People of the project who speak: where they stand in the file, and their values. */
export const people = () => {
  const {cast = [], settings = {}} = state.document;
  if (cast.length) return cast.map((table, number) => titled(personOf(table, number, ["cast", number])));
  const alone = {...settings, zones: state.document.zones ?? []};
  return settings.audio ? [titled(personOf(alone, 0, ["settings"]))] : [];
};

/** People of the project who speak nothing. */
const silent = () => (state.document.people ?? []).map((table, number) => personOf(table, -1, ["people", number]));

/** Return what becomes of a person; undefined while that is not known. */
export const partOf = (number) => (parts.length === people().length ? parts[number] : undefined);

const remembered = new Map(); // lanes of people that the file names otherwise, while they are not known

/** Return the number of the lane of a person, -1 for none. */
export const laneOf = (person) => {
  const lane = person.lanes[0] ?? -1;
  if (lane >= 0) remembered.set(String(person.who), lane);
  return remembered.get(String(person.who)) ?? -1;
};

/** Return the picture of somebody's face, a number; -1 for none. */
export const pictureOf = (person) => (person.picture >= 0 ? person.picture : (lanes[laneOf(person)]?.picture ?? -1));

/** Return the best view of somebody, as frame, x and y; undefined where it is not known. */
export const viewOf = (person) => person.place ?? lanes[laneOf(person)]?.place;

const laneOnly = (lane) => ({
  number: -1,
  path: null,
  lanes: [lane],
  place: lanes[lane].place,
  picture: lanes[lane].picture,
  key: String(lane),
  title: lanes[lane].name,
  named: "",
  who: lanes[lane].place,
  dub: "",
  zones: [],
});

const rank = (person) => {
  const lane = laneOf(person);
  return lane < 0 ? lanes.length : lane + (person.place?.[0] ?? 0) * 1e-9;
};

/**
 * Return everybody in the order of the film's people, so that nobody moves when there is a stem or none: those who
 * speak, those who do not, whose `number` is -1, and those whom the file does not name, whose `path` is null.
 */
export const everybody = () => {
  const named = [...people(), ...silent()];
  const taken = new Set(named.flatMap((person) => [laneOf(person), ...person.lanes]));
  const others = [...lanes.keys()].filter((lane) => lanes[lane].place && !taken.has(lane)).map(laneOnly);
  const all = [...named, ...others];
  for (const person of all) person.title ||= lanes[laneOf(person)]?.name ?? String(person.who);
  return all.sort((one, other) => rank(one) - rank(other));
};

/** Return how the server is told whom is meant. */
export const referenceTo = (person) => (person.path ? {path: person.path} : {lane: person.lanes[0]});
