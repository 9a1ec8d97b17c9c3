// The picture: before, after, a wipe between them, and the file that was written.

import {frameCount, reasonOfFrame, reasons} from "./data.js";
import {chip} from "./chip.js";
import {onState, state} from "./state.js";
import {clock, grouped} from "./text.js";
import {onMove, view} from "./view.js";

const stage = document.getElementById("stage");
const over = document.getElementById("over");
const wipe = document.getElementById("wipe");
const waiting = document.getElementById("waiting");
const shown = {before: document.getElementById("before"), after: document.getElementById("after")};
const tags = {left: document.getElementById("left-tag"), right: document.getElementById("right-tag")};
const radios = [...document.querySelectorAll("#modes input")];
const GRACE = 90; // milliseconds for which the new mouth is waited for before the picture without it is shown

/** How it is shown: "before", "wipe", "after" or "result"; and where the wipe is, in per cent. */
export const look = {mode: "wipe", at: 50, isPlaying: false};

const fresh = {before: -1, after: -1};
let version = 0;

const sideFor = () => {
  const wanted = stage.clientWidth * (window.devicePixelRatio || 1);
  return wanted <= 660 ? 640 : wanted <= 1400 ? 1280 : 1920;
};

const fits = () => {
  const isCompared = look.mode === "wipe" || look.mode === "result";
  const at = look.mode === "before" ? 100 : look.mode === "after" ? 0 : look.at;
  const isReady = fresh.after === view.current || fresh.before !== view.current;
  over.style.clipPath = `inset(0 0 0 ${at}%)`;
  over.style.visibility = isReady ? "visible" : "hidden";
  wipe.hidden = !isCompared || look.isPlaying;
  wipe.style.left = `${at}%`;
  wipe.setAttribute("aria-valuenow", Math.round(at));
  tags.left.hidden = look.mode === "after" || look.isPlaying;
  tags.right.hidden = look.mode === "before" || look.isPlaying;
  tags.right.textContent = look.mode === "result" ? "Result" : "After";
};

const say = (text) => {
  waiting.textContent = text;
  waiting.hidden = !text;
};

// One request at a time for each picture, and the newest frame next.
const loaders = {};
const fetchInto = (name, path, done) => {
  const loader = (loaders[name] ??= {isBusy: false, next: null});
  loader.next = {path, done};
  const run = async () => {
    loader.isBusy = true;
    while (loader.next) {
      const job = loader.next;
      loader.next = null;
      try {
        const response = await fetch(job.path);
        if (response.status === 200) {
          job.done(await response.blob(), response.headers, "");
        } else if (!response.ok) {
          job.done(null, null, (await response.json()).error);
        }
      } catch {
        job.done(null, null, "");
      }
    }
    loader.isBusy = false;
  };
  if (!loader.isBusy) run();
};

const put = async (name, blob, frame) => {
  const image = shown[name];
  const url = URL.createObjectURL(blob);
  const old = image.src;
  image.src = url;
  await image.decode().catch(() => {});
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  fresh[name] = frame;
  fits();
};

const tell = (frame, action, reason) => {
  const known = reasons.find((one) => one.text === reason && (one.kind === "dub") === (action === "dub"));
  const word = action === "dub" ? "changes" : "stays";
  const colour = known?.colour ?? (action === "dub" ? 1 : 11);
  document.getElementById("now-what").replaceChildren(chip({text: reason, kind: action === "dub" ? "dub" : "pass", word, colour}));
};

/** Show the current frame. */
export const refresh = () => {
  const frame = view.current;
  const mine = version;
  const side = sideFor();
  const second = look.mode === "result" ? "result" : "after";
  const wantsSecond = look.mode !== "before" && (second === "result" ? state.render.exists : state.titles.length > 0);
  document.getElementById("now-time").textContent = clock(frame);
  document.getElementById("now-frame").textContent = `frame ${grouped(frame)} of ${grouped(frameCount)}`;
  document.getElementById("now-what").replaceChildren(chip(reasons[reasonOfFrame[frame]] ?? reasons[0]));
  fresh.after = -1;
  let isLate = false;
  let held = null;
  const release = () => {
    isLate = true;
    if (held && view.current === frame) put("before", held, frame);
    held = null;
  };
  fetchInto("before", `/api/frame/before/${frame}?side=${side}`, (blob) => {
    if (!blob || view.current !== frame) return;
    if (wantsSecond && !isLate) held = blob;
    else put("before", blob, frame);
  });
  if (!wantsSecond) {
    say(look.mode === "result" ? "Nothing has been rendered yet" : "");
    return;
  }
  setTimeout(() => {
    if (isLate || view.current !== frame) return;
    release();
    say("Making the mouth…");
  }, GRACE);
  fetchInto("after", `/api/frame/${second}/${frame}?side=${side}&version=${mine}`, (blob, headers, error) => {
    if (view.current !== frame || mine !== version) return;
    if (blob) {
      put("after", blob, frame);
      const action = headers.get("X-Action");
      if (action) tell(frame, action, headers.get("X-Reason"));
    }
    release();
    say(error ?? "");
  });
};

/** Show it in another way. */
export const setMode = (mode) => {
  const radio = radios.find((one) => one.value === mode);
  if (radio.disabled) return;
  look.mode = mode;
  radio.checked = true;
  fits();
  refresh();
};

const moveWipe = (at) => {
  look.at = Math.min(100, Math.max(0, at));
  fits();
};

const STEPS = {ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100};
wipe.addEventListener("keydown", (event) => {
  if (!STEPS[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  moveWipe(look.at + STEPS[event.key]);
});
stage.addEventListener("pointerdown", (event) => {
  if (event.button || wipe.hidden || look.isPlaying) return;
  stage.setPointerCapture(event.pointerId);
  const move = (moved) => {
    const box = stage.getBoundingClientRect();
    moveWipe(((moved.clientX - box.left) / box.width) * 100);
  };
  const end = () => {
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", end);
  };
  move(event);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", end);
});
for (const radio of radios) radio.addEventListener("change", () => setMode(radio.value));

stage.style.aspectRatio = `${state.facts.width} / ${state.facts.height}`;
onMove.push(refresh);

let seen = JSON.stringify(state.document);
onState.push(() => {
  radios.find((one) => one.value === "result").disabled = !state.render.exists;
  const now = JSON.stringify(state.document) + state.render.stage;
  if (now === seen) return;
  seen = now;
  version += 1;
  refresh();
});
radios.find((one) => one.value === "result").disabled = !state.render.exists;
new ResizeObserver(fits).observe(stage);
