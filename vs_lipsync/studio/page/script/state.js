// What the studio says of the project: kept up to date by asking again and again.

import {get} from "./api.js";

/** The newest state, as the server tells it. */
export let state = await get("/api/state");

/** Functions to call when there is a newer one. */
export const onState = [];

/** Take a state that an answer brought along. */
export const take = (newer) => {
  if (newer.count < state.count) return;
  state = newer;
  for (const update of onState) update();
};

const lost = document.getElementById("lost");
let isUnsaved = false;

/** Say that the studio has ended, and whether a change came too late. */
export const lose = (isTooLate = false) => {
  isUnsaved ||= isTooLate;
  const saved = isUnsaved ? "The last change is not saved; what came before it is" : "All that you did is saved";
  lost.textContent = `The studio has ended. ${saved} in ${state.project}. To go on: vs-lipsync studio ${state.project}`;
  lost.hidden = false;
};

export const isLost = () => !lost.hidden;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Ask for news for as long as the page is there. */
export const follow = async () => {
  for (;;) {
    try {
      const newer = await get(`/api/state?after=${state.count}`);
      lost.hidden = true;
      isUnsaved = false;
      take(newer);
    } catch {
      lose();
      await pause(2000);
    }
  }
};
