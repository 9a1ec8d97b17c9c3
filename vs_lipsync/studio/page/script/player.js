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
let playing = 0;
let times = null;
let span = {first: 0, stop: 0};

const hush = () => {
  waiting.hidden = true;
};

const tell = () => {
  const {preview} = state;
  waiting.hidden = false;
  waiting.textContent = preview.total ? `Making ${preview.done} of ${preview.total} frames…` : "Making a preview…";
};

const rest = () => {
  look.isPlaying = false;
  playing = 0;
  hush();
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
  rest();
};

const placeOf = (seconds) => {
  const moment = seconds + 0.01 / fps;
  if (!times) return Math.floor(moment * fps);
  const behind = times.findIndex((time) => time > moment);
  return (behind < 0 ? times.length : behind) - 1;
};

const follow = () => {
  if (!look.isPlaying) return;
  const frame = span.first + placeOf(video.currentTime);
  if (frame !== view.current && frame < span.stop) goTo(frame);
  requestAnimationFrame(follow);
};

const begin = async () => {
  look.isPlaying = true;
  fits();
  video.hidden = false;
  video.src = `/api/played/${asked}`;
  hush();
  playing = asked;
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
    const answer = await post("/api/play", {...span, version: versionNow()});
    times = answer.times;
    asked = answer.number;
  } catch (error) {
    say(error.message, true);
    stop();
  }
};

onMode.push(() => {
  if (look.isPlaying || asked) stop();
});
video.addEventListener("ended", end);
video.addEventListener("waiting", () => {
  if (look.isPlaying && !video.ended) tell();
});
video.addEventListener("playing", hush);
button.addEventListener("click", play);
onState.push(() => {
  const {preview} = state;
  if ((asked <= 0 && !playing) || preview.played?.number !== (playing || asked)) return;
  if (preview.stage === "failed") {
    say(preview.message, true);
    stop();
  } else if (playing) {
    if (!waiting.hidden) tell();
  } else if (preview.played.ready) {
    begin();
  } else {
    tell();
  }
});
