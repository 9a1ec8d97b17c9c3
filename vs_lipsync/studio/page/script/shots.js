// Where shots begin: one is split at the current frame, or joined to the one before.

import {post} from "./api.js";
import {onData, shots} from "./data.js";
import {attempt} from "./changes.js";
import {shotAt} from "./lookup.js";
import {say} from "./say.js";
import {onState, state} from "./state.js";
import {onMove, view} from "./view.js";

const button = document.getElementById("cut");

const isKnown = () => state.footage > 0;

const beginsShot = () => shots[shotAt(view.current)] === view.current;

const fill = () => {
  button.textContent = beginsShot() && view.current > 0 ? "Join to shot before" : "Split shot here";
  button.ariaDisabled = !isKnown() || view.current === 0;
};

/** Let a shot begin at the current frame, or none if one does. */
export const cutHere = async () => {
  const frame = view.current;
  if (!isKnown()) return say("The film is not analysed yet", true);
  if (frame === 0) return say("The first shot begins with the film", true);
  const isCut = !beginsShot();
  if (await attempt(() => post("/api/cut", {frame, is_cut: isCut}), "Not saved: ")) {
    say(isCut ? `A shot begins at frame ${frame}` : `No shot begins at frame ${frame}`);
  }
  return null;
};

button.addEventListener("click", cutHere);
onMove.push(fill);
onData.push(fill);
onState.push(fill);
fill();
