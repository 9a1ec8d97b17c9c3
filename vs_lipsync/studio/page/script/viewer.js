// The picture: before and after, and the file that was written.

import {chip} from "./chip.js";
import {chosen, frameCount, onData, reasonOfFrame, reasons, worded} from "./data.js";
import {images, put, putOnTheWay, reach} from "./images.js";
import {askWhenStaying, fetchNewest} from "./newest.js";
import {partOf, people} from "./project.js";
import {ofMouths} from "./result.js";
import {onState, state} from "./state.js";
import {clock, grouped} from "./text.js";
import {onMove, view} from "./view.js";
import {fits, look} from "./wipe.js";

const GRACE = 90; // milliseconds for which the new mouth is waited for before the picture without it is shown
const stage = document.getElementById("stage");
const waiting = document.getElementById("waiting");
const radios = [...document.querySelectorAll("#modes input")];
const radioOf = (mode) => radios.find((radio) => radio.value === mode);
let version = 0;

const sideFor = () => {
  const wanted = stage.clientWidth * (window.devicePixelRatio || 1);
  if (wanted <= 660) return 640;
  return wanted <= 1400 ? 1280 : 1920;
};

const say = (text) => {
  waiting.textContent = text;
  waiting.hidden = !text;
};

const what = document.getElementById("now-what");

/**
 * Say what was done to the frame that is shown, which is known better than the plan's word. Of several people it is
 * that of the one chosen only where the plan has a mouth that the frame has not.
 */
const tell = (action, header) => {
  const isChosens = people().length < 2 || (action !== "dub" && reasons[reasonOfFrame[view.current]]?.kind === "dub");
  if (!isChosens) return;
  const reason = worded(header);
  const kind = action === "dub" ? "dub" : "pass";
  const colour = reasons.find((one) => one.text === reason && one.kind === kind)?.colour ?? (kind === "dub" ? 1 : 11);
  what.replaceChildren(chip({text: reason, kind, word: kind === "dub" ? "changes" : "stays", colour}));
};

const tellPlanned = () => {
  document.getElementById("now-time").textContent = clock(view.current);
  document.getElementById("now-frame").textContent = `frame ${grouped(view.current)} (0 to ${grouped(frameCount - 1)})`;
  if (people().length && !partOf(chosen)) what.textContent = "Working it out…";
  else what.replaceChildren(chip(reasons[reasonOfFrame[view.current]] ?? reasons[0]));
};

/** Show both pictures at once if the second comes soon, else the first one alone meanwhile. */
const showBoth = (frame, mine, second) => {
  const side = sideFor();
  const isMine = () => view.current === frame && mine === version;
  let isLate = false;
  let held = null;
  const release = () => {
    isLate = true;
    if (held && isMine()) put(images.before, held);
    held = null;
  };
  setTimeout(() => {
    if (isLate || !isMine()) return;
    look.isSecondThere = false;
    fits();
    release();
    say("Making the mouth…");
  }, GRACE);
  fetchNewest("before", `/api/frame/before/${frame}?side=${side}`, (blob) => {
    if (!blob) return;
    if (!isMine()) putOnTheWay(blob, mine);
    else if (isLate) put(images.before, blob);
    else held = blob;
  });
  const askSecond = () => fetchNewest("after", `/api/frame/${second}/${frame}?side=${side}`, async (blob, headers, error) => {
    if (!isMine()) return;
    say(error ?? "");
    reach(mine);
    look.isSecondThere = Boolean(blob);
    if (blob) await put(images.after, blob);
    fits();
    release();
    if (headers?.get("X-Action")) tell(headers.get("X-Action"), headers.get("X-Reason"));
  });
  if (second === "result") askSecond();
  else askWhenStaying(frame, isMine, askSecond);
};

/** Show the current frame. */
export const refresh = () => {
  const frame = view.current;
  const second = look.mode === "result" ? "result" : "after";
  const isThere = second === "result" ? state.render.exists : state.titles.length > 0;
  tellPlanned();
  if (look.isPlaying) return;
  version += 1;
  if (look.mode !== "before" && isThere) {
    showBoth(frame, version, second);
    return;
  }
  look.isSecondThere = false;
  fits();
  say(second === "result" ? "Nothing has been rendered yet" : "");
  const mine = version;
  fetchNewest("before", `/api/frame/before/${frame}?side=${sideFor()}`, (blob, _headers, error) => {
    if (blob) putOnTheWay(blob, mine);
    if (error) say(error);
  });
};

/** Functions to call when it is to be shown in another way. */
export const onMode = [];

/** Show it in another way. */
export const setMode = (mode) => {
  if (radioOf(mode).disabled) return;
  look.mode = mode;
  radioOf(mode).checked = true;
  for (const update of onMode) update();
  refresh();
};

for (const radio of radios) radio.addEventListener("change", () => setMode(radio.value));
stage.style.aspectRatio = `${state.facts.width} / ${state.facts.height}`;
onMove.push(refresh);
onData.push(tellPlanned);

const shown = () => JSON.stringify([ofMouths(), state.render.stage === "running", state.render.exists]);
let seen = shown();
onState.push(() => {
  radioOf("result").disabled = !state.render.exists;
  look.isOutdated = state.render.outdated;
  fits();
  const now = shown();
  if (now === seen) return;
  seen = now;
  refresh();
});
radioOf("result").disabled = !state.render.exists;
look.isOutdated = state.render.outdated;
