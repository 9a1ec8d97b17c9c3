// The people of the project as the file has them.

import {lanes, parts} from "./data.js";
import {state} from "./state.js";

const VALUES = {offset: 0, strength: 1, gain: 0};

/** People of the project: where they stand in the file, and their values. */
export const people = () => {
  const {cast = [], settings = {}} = state.document;
  const valuesOf = (table) =>
    Object.fromEntries(Object.entries(VALUES).map(([name, usual]) => [name, table[name] ?? settings[name] ?? usual]));
  if (cast.length) {
    return cast.map((table, number) => ({
      number,
      path: ["cast", number],
      title: state.titles[number] ?? table.name ?? "",
      named: table.name ?? "",
      who: table.who,
      dub: table.dub ?? "",
      zones: table.zones ?? [],
      ...valuesOf(table),
    }));
  }
  if (!settings.audio) return [];
  return [
    {number: 0, path: ["settings"], title: "Main face", named: "", who: null, dub: settings.audio, zones: state.document.zones ?? [], ...valuesOf(settings)},
  ];
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
