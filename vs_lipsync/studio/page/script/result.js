// What of the project makes the mouths.

import {state} from "./state.js";

const UNSEEN = new Set(["name", "gain", "plan", "people", "bed", "bed_gain", "stem_gain", "output"]);

/** Return what of the project makes the mouths: not what people are called, what is heard, or where it is written. */
export const ofMouths = () => JSON.stringify([state.document, state.cuts], (key, value) => (UNSEEN.has(key) ? undefined : value));
