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
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Ask for news for as long as the page is there. */
export const follow = async () => {
  for (;;) {
    try {
      take(await get(`/api/state?after=${state.count}`));
      lost.hidden = true;
    } catch {
      lost.textContent = `The studio has ended. All that you did is saved in ${state.project}. To go on: vs-lipsync studio ${state.project}`;
      lost.hidden = false;
      await pause(2000);
    }
  }
};
