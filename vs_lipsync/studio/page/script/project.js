// The people of the project as the file has them.

import {lanes, parts} from "./data.js";
import {state} from "./state.js";

/** People of the project: where they stand in the file, and their values. */
export const people = () => {
  const {cast = [], settings = {}} = state.document;
  const personOf = (table, number, path, zones) => ({
    number,
    path,
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

const isSame = (one, other) => Array.isArray(one) && Array.isArray(other) && one.join() === other.join();

/** Return the number of the lane of a person, -1 for none. */
export const laneOf = (person) => {
  const byPlace = lanes.findIndex((lane) => isSame(lane.place, person.who));
  return byPlace >= 0 ? byPlace : (partOf(person.number)?.lane ?? -1);
};

/** Return the numbers of the lanes of people that are not in the project. */
export const uncast = () => {
  const taken = new Set(people().map(laneOf));
  return [...lanes.keys()].filter((number) => lanes[number].place && !taken.has(number));
};
