// The data of the timeline, which grow as the clip is analysed; they have the names of those of the plan page.

import {get} from "./api.js";
import {onState, state} from "./state.js";

export const decoded = (base64) => (base64 ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : null);

/** Number of frames, and frames per second. */
export const frameCount = state.facts.frames;
export const fps = state.facts.fps[0] / state.facts.fps[1];

/** Width of the picture over its height. */
export const aspect = state.facts.width / state.facts.height;

/** Mouth opening of each frame: 0 to 254 for 0 to `widest` inter-ocular distances, or UNKNOWN. */
export const UNKNOWN = 255;
export let widest = 1;

/** First frame of each shot. */
export let shots = [0];

/**
 * Rows of face tracks; `place` and `picture` of the best view where they are of one person, and `apart`: how far each
 * other row's looks are from that person's, null where it is not known. Two views of one person are less than `usual`.
 */
export let lanes = [];
export let usual = 1;
export let thumbnails = {};
export let faces = [];

/** Loudness of the clip's own sound 0 to 255, `bins` values per frame; null without a sound. */
export let bins = 1;
export let original = null;

const NOBODY = {
  get text() {
    return state.titles.length ? "not worked out yet" : "nobody speaks yet";
  },
  kind: "pass",
  word: "stays",
  colour: 10,
};

/** Return a reason in the words of this page, on which those who speak have names. */
export const worded = (reason) => reason.replace(/^target (?=speaks|not found)/, "");

/** Why frames change or stay; the last one is for those of whom it is not known. */
export let reasons = [NOBODY];

/** What becomes of each person of the project: ranges, reasonOfFrame, changed, measured, requested, dubbed, lane. */
export let parts = [];

/** First frame of each range that is left alone, and the one behind its last. */
export let excluded = [];

/** Ranges of the person that is chosen, and the reason of each frame. */
export let ranges = [{first: 0, stop: frameCount, reason: 0}];
export let reasonOfFrame = new Uint8Array(frameCount);

/** Functions to call when any of it has changed. */
export const onData = [];

/** The person that is chosen: a number of the project's people. */
export let chosen = 0;

const spread = (told) => {
  const perFrame = new Uint8Array(frameCount);
  for (const [first, stop, reason] of told.ranges) perFrame.fill(reason, first, stop);
  return {
    lane: told.lane,
    changed: told.changed,
    offset: told.offset,
    zones: told.zones,
    ranges: told.ranges.map(([first, stop, reason]) => ({first, stop, reason})),
    reasonOfFrame: perFrame,
    measured: decoded(told.measured),
    requested: decoded(told.requested),
    dubbed: decoded(told.dub),
  };
};

/** Choose a person. */
export const choose = (number) => {
  chosen = Math.max(0, number);
  const part = parts.length === state.titles.length ? parts[chosen] : undefined;
  const unknown = reasons.length - 1;
  ranges = part ? part.ranges : [{first: 0, stop: frameCount, reason: unknown}];
  reasonOfFrame = part ? part.reasonOfFrame : new Uint8Array(frameCount).fill(unknown);
  for (const update of onData) update();
};

const takeFootage = (told) => {
  ({shots, faces, bins, usual} = told);
  thumbnails = told.thumbs;
  original = decoded(told.original);
  lanes = told.lanes.map(({name, place, picture, apart, tracks}) => ({
    name,
    place,
    picture,
    apart,
    tracks: tracks.map(([first, stop, face, target]) => ({first, stop, face, target: Boolean(target)})),
  }));
};

const takeParts = (told) => {
  reasons = [...told.reasons.map((reason) => ({...reason, text: worded(reason.text)})), NOBODY];
  widest = told.top;
  ({excluded} = told);
  parts = told.parts.map(spread);
};

/** How often what was found in the film has been loaded. */
export let footageSeen = 0;
let partsSeen = 0;
let isLoading = false;

/** Return whether what is known of people and frames is that of the project as it is now. */
export const isFresh = () => state.analysis.stage === "ready" && !state.analysis.message && partsSeen === state.parts;

/** Load what has become newer. */
export const load = async () => {
  if (isLoading) return;
  isLoading = true;
  try {
    while (footageSeen !== state.footage || partsSeen !== state.parts) {
      const [footage, partsNow] = [state.footage, state.parts];
      if (footageSeen !== footage) takeFootage(await get("/api/footage"));
      if (partsSeen !== partsNow) takeParts(await get("/api/parts"));
      [footageSeen, partsSeen] = [footage, partsNow];
      choose(chosen);
    }
  } catch {
    // The server has ended; whoever follows the state says so.
  } finally {
    isLoading = false;
  }
};

onState.push(load);
