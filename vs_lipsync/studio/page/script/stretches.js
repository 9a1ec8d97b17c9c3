// Stretches of frames as the project has them, which is at once; how times come to frames is told with the plan.

import {excluded, frameCount, isFresh, onData, parts} from "./data.js";
import {people} from "./project.js";
import {state} from "./state.js";

const known = new Map();

const textOf = (one) => (typeof one === "string" ? one : JSON.stringify([one.start, one.stop, one.scene]));

const learn = (written, spans) => {
  for (const [first, stop, number] of spans) if (written[number] !== undefined) known.set(textOf(written[number]), {first, stop});
};

const zonesWritten = (person) => (person.zones.length ? person.zones : (state.document.zones ?? []));

onData.push(() => {
  const cast = people();
  if (!isFresh() || parts.length !== cast.length) return;
  const written = state.document.exclude ?? [];
  if (excluded.length === written.length) learn(written, excluded.map(([first, stop], number) => [first, stop, number]));
  cast.forEach((person, number) => learn(zonesWritten(person), parts[number].zones));
});

const isFrame = (value) => Number.isInteger(value) || value === undefined;

const spanOf = (one) => {
  const found = known.get(textOf(one));
  if (found) return found;
  if (typeof one === "string") {
    const frames = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(one);
    return frames && {first: Number(frames[1]), stop: Number(frames[2]) + 1};
  }
  if (one.scene !== undefined || !isFrame(one.start) || !isFrame(one.stop)) return null;
  return {first: one.start ?? 0, stop: Math.min(one.stop ?? frameCount, frameCount)};
};

const placed = (written) =>
  written.flatMap((one, number) => {
    const span = spanOf(one);
    return span ? [{...span, number}] : [];
  });

/** Return the stretches that are left alone, with their numbers in the file. */
export const exclusions = () => placed(state.document.exclude ?? []);

/** Return the stretches in which alone a person is dubbed, with their numbers in the file. */
export const zonesOf = (person) => placed(zonesWritten(person));
