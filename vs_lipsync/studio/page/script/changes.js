// Changes of the project. Each is in the file when it is answered, or refused in one line.

import {post} from "./api.js";
import {say, unsay} from "./say.js";
import {isLost, lose, onState, state, take} from "./state.js";

/** Functions to call when a change was refused, for what was typed to be taken back. */
export const onRefused = [];

const saved = document.getElementById("saved");

let pending = 0;

const tellSaved = () => {
  const text = pending ? "Saving…" : isLost() ? "" : `Saved in ${state.project}`;
  if (saved.textContent !== text) saved.textContent = text;
};

const tryIt = async (what, isRefused) => {
  try {
    take(await what());
    unsay();
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

let last = Promise.resolve();

/**
 * Do something that the server may refuse, and take back what was typed then; returns whether it was done. It begins
 * when what was asked before is answered, so that it finds people where they are then.
 */
export const attempt = (what, isRefused = "") => {
  pending += 1;
  tellSaved();
  const mine = last.then(() => tryIt(what, isRefused));
  last = mine;
  return mine;
};

onState.push(tellSaved);
tellSaved();

/** Change the project; what there is to change may be a function that returns it, which is called when it begins. */
export const change = (...changes) =>
  attempt(() => post("/api/change", {changes: changes.flatMap((one) => (typeof one === "function" ? one() : one))}), "Not saved: ");
export const undo = () => state.undo && attempt(() => post("/api/undo"));
export const redo = () => state.redo && attempt(() => post("/api/redo"));
