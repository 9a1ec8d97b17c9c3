// The people of the project as the file has them.

import {lanes, parts} from "./data.js";
import {state} from "./state.js";

const isSame = (one, other) => Array.isArray(one) && Array.isArray(other) && one.join() === other.join();

const laneAt = (who) => lanes.findIndex((lane) => isSame(lane.place, who));

/** Return what the ids of somebody's fields end with, which is the same before and after there is a stem. */
const keyOf = (who, path) => {
  const lane = laneAt(who);
  return lane >= 0 ? String(lane) : path.join("-");
};

/** People of the project: where they stand in the file, and their values. */
export const people = () => {
  const {cast = [], settings = {}} = state.document;
  const personOf = (table, number, path, zones) => ({
    number,
    path,
    key: keyOf(table.who, path),
    title: state.titles[number] ?? table.name ?? "",
    named: table.name ?? "",
    who: table.who ?? null,
    dub: table.dub ?? table.audio ?? "",
    zones,
    offset: table.offset ?? settings.offset ?? 0,
    strength: table.strength ?? settings.strength ?? 1,
    gain: table.gain ?? 0,
  });
  if (cast.length) return cast.map((table, number) => personOf(table, number, ["cast", number], table.zones ?? []));
  return settings.audio ? [personOf(settings, 0, ["settings"], state.document.zones ?? [])] : [];
};

/** Return what becomes of a person; undefined while that is not known. */
export const partOf = (number) => (parts.length === people().length ? parts[number] : undefined);

const remembered = new Map(); // lanes of people that the file names otherwise, while they are not known

/** Return the number of the lane of a person, -1 for none. */
export const laneOf = (person) => {
  const byPlace = laneAt(person.who);
  if (byPlace >= 0) return byPlace;
  const lane = partOf(person.number)?.lane ?? -1;
  if (lane >= 0) remembered.set(String(person.who), lane);
  return remembered.get(String(person.who)) ?? -1;
};

const names = new Map(); // of people who have no stem: the project has nobody who speaks nothing

/** Call somebody so who has no stem, until there is one. */
export const callLane = (lane, name) => names.set(String(lane.place), name);

export const nameOfLane = (lane) => names.get(String(lane.place)) ?? lane.name;

/** Return the numbers of the lanes of people that are not in the project. */
export const uncast = () => {
  const taken = new Set(people().map(laneOf));
  return [...lanes.keys()].filter((number) => lanes[number].place && !taken.has(number));
};

const rank = ({lane}) => (lane < 0 ? lanes.length : lane);

/** Return everybody as {person, lane} in the order of the film's people: nobody moves when there is a stem or none. */
export const everybody = () => {
  const cast = people().map((person) => ({person, lane: laneOf(person)}));
  const others = uncast().map((lane) => ({person: null, lane}));
  return [...cast, ...others].sort((one, other) => rank(one) - rank(other));
};
