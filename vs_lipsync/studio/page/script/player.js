// A stretch with picture and sound.

import {post} from "./api.js";
import {fps, frameCount} from "./data.js";
import {marked} from "./edit.js";
import {say} from "./say.js";
import {onState, state} from "./state.js";
import {goTo, view} from "./view.js";
import {onMode, refresh} from "./viewer.js";
import {fits, look} from "./wipe.js";

const SECONDS = 5; // that are played where nothing is marked
const video = document.getElementById("video");
const button = document.getElementById("play");
const waiting = document.getElementById("waiting");
let asked = 0;
let span = {first: 0, stop: 0};

const rest = () => {
  look.isPlaying = false;
  video.pause();
  video.hidden = true;
  button.textContent = "Play";
  refresh();
};

const end = () => {
  rest();
  goTo(span.stop - 1);
};

const stop = () => {
  asked = 0;
  waiting.hidden = true;
  rest();
};

const follow = () => {
  if (!look.isPlaying) return;
  const frame = span.first + Math.floor(video.currentTime * fps + 0.01);
  if (frame !== view.current && frame < span.stop) goTo(frame);
  requestAnimationFrame(follow);
};

const begin = async () => {
  look.isPlaying = true;
  fits();
  video.hidden = false;
  video.src = `/api/played/${asked}`;
  waiting.hidden = true;
  asked = 0;
  button.textContent = "Stop";
  try {
    await video.play();
    follow();
  } catch {
    if (!look.isPlaying) return; // it was stopped before it began
    say("The browser cannot play this", true);
    rest();
  }
};

/** Return what is played: what is shown; beside a wipe, what it becomes. */
const versionNow = () => (look.mode === "before" || look.mode === "result" ? look.mode : "after");

/** Play the marked stretch, or some seconds from here; or stop. */
export const play = async () => {
  if (look.isPlaying || asked) {
    stop();
    return;
  }
  const first = view.current + 1 < frameCount ? view.current : 0;
  span = marked() ?? {first, stop: Math.min(frameCount, first + Math.round(SECONDS * fps))};
  button.textContent = "Stop";
  asked = -1;
  try {
    asked = (await post("/api/play", {...span, version: versionNow()})).number;
  } catch (error) {
    say(error.message, true);
    stop();
  }
};

onMode.push(() => {
  if (look.isPlaying || asked) stop();
});
video.addEventListener("ended", end);
button.addEventListener("click", play);
onState.push(() => {
  if (asked <= 0 || look.isPlaying) return;
  const {preview} = state;
  if (preview.played?.number !== asked) return;
  if (preview.played.ready) {
    begin();
  } else if (preview.stage === "failed") {
    say(preview.message, true);
    stop();
  } else {
    waiting.hidden = false;
    waiting.textContent = preview.total ? `Making ${preview.done} of ${preview.total} frames…` : "Making a preview…";
  }
});
