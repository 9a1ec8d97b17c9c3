// The rows of the timeline: shots, stretches left alone, each person's plan and stem, other people, sound, mouth.

import {roundedPath} from "./canvas/canvas.js";
import {colours} from "./canvas/colours.js";
import {paintLane} from "./canvas/lane_row.js";
import {paintMouth} from "./canvas/mouth_row.js";
import {paintPlan} from "./canvas/plan_band.js";
import {paintShots} from "./canvas/shots_row.js";
import {paintSounds} from "./canvas/sound_row.js";
import {bins, chosen, fps, isFresh, lanes, original} from "./data.js";
import {judgedOf} from "./judging.js";
import {everybody, partOf, pictureOf} from "./project.js";
import {exclusions, zonesOf} from "./stretches.js";
import {view} from "./view.js";

const [ZONES, PLAN, WAVE] = [14, 20, 42];

/** What is being dragged: {kind, first, stop, number} or {kind: "offset", number, frames}; null for nothing. */
export const dragged = {now: null};

const paintSpan = ({pen, left, top, height, scale}, {first, stop}, colour, alpha) => {
  const x = (first - view.first) * scale;
  const width = Math.max((stop - first) * scale, 2);
  roundedPath(pen, left + x, top, width, height, 4);
  pen.globalAlpha = alpha;
  pen.fillStyle = colour;
  pen.fill();
  pen.globalAlpha = 1;
  if (width > 12) {
    pen.globalAlpha = 0.8;
    pen.fillStyle = colours.surface;
    for (const at of [x + 3, x + width - 5]) pen.fillRect(left + at, top + 3, 2, height - 6);
    pen.globalAlpha = 1;
  }
};

const paintSpans = (area, spans, kind, number, colour) => {
  const {pen, left, top, width, height} = area;
  pen.fillStyle = colours.sunk;
  roundedPath(pen, left, top, width, height, 4);
  pen.fill();
  const {now} = dragged;
  const isMine = now && now.kind === kind && (kind === "exclude" || now.person === number);
  for (const span of spans) if (!isMine || now.number !== span.number) paintSpan(area, span, colour, 0.85);
  if (isMine) paintSpan(area, now, colour, 0.6);
};

const shifted = (values, by) => {
  if (!values || !by) return values;
  const moved = new Uint8Array(values.length);
  if (by > 0) moved.set(values.subarray(0, Math.max(0, values.length - by)), by);
  else moved.set(values.subarray(-by), 0);
  return moved;
};

const paintPerson = (area, person) => {
  const {pen, left, top, width} = area;
  const part = partOf(person.number);
  if (person.number === chosen) {
    pen.fillStyle = colours.view;
    roundedPath(pen, left, top - 3, width, ZONES + PLAN + WAVE + 12, 6);
    pen.fill();
  }
  paintSpans({...area, height: ZONES}, zonesOf(person), "zone", person.number, colours.focus);
  if (!part) return;
  pen.globalAlpha = isFresh() ? 1 : 0.4; // it is being worked out anew
  paintPlan({...area, top: top + ZONES + 3, height: PLAN}, part.reasonOfFrame, view.first, view.stop);
  pen.globalAlpha = 1;
  const {now} = dragged;
  // What is heard where: until the server has worked it out anew, the wave is moved as far as it has to go.
  const ahead = Math.round((person.offset - part.offset) * fps);
  const frames = now && now.kind === "offset" && now.person === person.number ? now.frames : ahead;
  paintSounds({...area, top: top + ZONES + PLAN + 6, height: WAVE}, null, shifted(part.dubbed, frames * bins));
};

/** Return the faces of somebody through the shots, as far as they are in the stretches of this person alone. */
const tracksOf = ({lanes: theirs, zones}) => {
  const tracks = theirs.flatMap((lane) => lanes[lane]?.tracks ?? []);
  const isIn = ({first, stop}) => !zones.length || zones.some((zone) => first < zone.stop && zone.start < stop);
  return tracks.filter(isIn).sort((one, other) => one.first - other.first);
};

/** Return the rows from top to bottom; each has a label, a height, what paints it, and what a drag in it means. */
export const rowsNow = () => {
  const rows = [
    {label: "Shots", height: 58, drag: "scrub", paint: paintShots},
    {label: "Left alone", height: 18, drag: "exclude", paint: (area) => paintSpans(area, exclusions(), "exclude", 0, colours.c9)},
  ];
  for (const person of everybody()) {
    const {title: label, number} = person;
    const picture = pictureOf(person);
    if (number < 0) {
      const tracks = tracksOf(person);
      rows.push({label, height: 34, drag: "scrub", picture, paint: (area) => paintLane(area, tracks)});
    } else {
      const height = ZONES + PLAN + WAVE + 6;
      rows.push({label, above: "only here", aboveHeight: ZONES, height, drag: "person", person: number, picture, paint: (area) => paintPerson(area, person)});
    }
  }
  if (original) rows.push({label: "Original", height: 40, drag: "scrub", paint: (area) => paintSounds(area, original, null)});
  const part = partOf(chosen);
  if (part?.measured) {
    const made = judgedOf(chosen);
    const keys = [{text: "measured", colour: "dim"}];
    if (part.requested) keys.push({text: "requested", colour: "dub"});
    if (made) keys.push({text: "result", colour: "focus"});
    rows.push({label: "Mouth", height: 70, drag: "scrub", keys, paint: (area) => paintMouth(area, part.measured, part.requested, made)});
  }
  return rows;
};

/** Return what of a person's row is at a height in it: "zone", "scrub" or "offset". */
export const partAt = (y) => (y < ZONES + 1 ? "zone" : y < ZONES + PLAN + 4 ? "scrub" : "offset");
