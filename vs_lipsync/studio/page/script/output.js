// The file that is written: where, how, how far, and what came of it.

import {post} from "./api.js";
import {attempt, change, onRefused} from "./changes.js";
import {onState, state} from "./state.js";
import {grouped} from "./text.js";
import {setMode} from "./viewer.js";

const at = (id) => document.getElementById(id);
const buttons = {render: at("render"), stop: at("stop"), afresh: at("afresh"), look: at("look"), fetch: at("fetch")};
const ask = at("ask");

const fields = [
  {id: "out-file", path: ["output", "file"], now: () => state.document.output?.file ?? ""},
  {id: "out-language", path: ["output", "language"], now: () => state.document.output?.language ?? ""},
  {id: "bed", path: ["settings", "bed"], now: () => state.document.settings?.bed ?? "silence"},
  {id: "bed-gain", path: ["settings", "bed_gain"], now: () => state.document.settings?.bed_gain ?? 0, isNumber: true},
];

for (const {id, path, now, isNumber} of fields) {
  const field = at(id);
  field.addEventListener("change", async () => {
    const value = isNumber ? Number(field.value) : field.value.trim();
    if (String(value) === String(now())) return;
    const isDone = await change(value === "" ? {path, remove: true} : {path, value});
    if (!isDone) field.value = now();
  });
}

/** Ask the user; returns whether the answer is yes. */
const confirmed = (text, yes) =>
  new Promise((done) => {
    at("ask-text").textContent = text;
    at("ask-yes").textContent = yes;
    ask.addEventListener("close", () => done(ask.returnValue === "yes"), {once: true});
    ask.returnValue = "no";
    ask.showModal();
  });

const start = async (afresh) => {
  const {exists, output} = state.render;
  if (exists && !(await confirmed(`${output} is there already.`, "Replace it"))) return;
  attempt(() => post("/api/render", {afresh, overwrite: exists}));
};

buttons.render.addEventListener("click", () => start(false));
buttons.afresh.addEventListener("click", () => start(true));
buttons.stop.addEventListener("click", () => {
  if (buttons.stop.ariaDisabled === "true") return;
  buttons.stop.ariaDisabled = "true"; // one that is disabled would lose the focus
  buttons.stop.textContent = "Stopping…";
  attempt(() => post("/api/render", {stop: true}));
});
buttons.look.addEventListener("click", () => {
  setMode("result");
  at("stage").scrollIntoView({block: "center"});
});

const SAID = {
  done: ({output, notes}) => `${output} is finished.\n${notes.filter((note) => note.includes("frames dubbed")).map((note) => note.replace(/^.*: (?=\d+ of)/, "")).join("\n")}`,
  stopped: ({begun}) => (begun ? "Stopped. What was done is kept: go on whenever you like." : "Stopped."),
  failed: ({message}) => message,
};

/** Return what there is to say of the file while none is being written. */
const saidOf = (render) => {
  const {stage, begun, outdated, output} = render;
  const said = SAID[stage]?.(render) ?? (begun ? "A render was begun before." : "");
  if (!outdated || stage === "failed" || begun) return said;
  const old = `${output} was made before the last changes.`;
  return stage === "stopped" ? `${said} ${old}` : old;
};

/** Offer a bed that is a file, as the project may have it. */
const offerBed = (name) => {
  const bed = at("bed");
  if (bed.value === name || [...bed.options].some((option) => option.value === name)) return;
  bed.append(Object.assign(document.createElement("option"), {value: name, textContent: name}));
};

/** Return the name of the file that is written where the project names none, as the studio chooses it. */
const usualName = () => {
  const ending = /\.(mp4|mkv|mov)$/i.exec(state.clip)?.[0].toLowerCase() ?? ".mkv";
  return `${state.project.replace(/\.[^.]*$/, "")}.dubbed${ending}`;
};

const endingOf = (name) => /\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? "";

/** Return a name without its middle if it is too long to be seen whole. */
const inShort = (name) => (name.length > 40 ? `${name.slice(0, 20)}…${name.slice(-19)}` : name);

const tellFile = () => {
  const field = at("out-file");
  const name = field.value || usualName();
  field.placeholder = inShort(usualName());
  field.title = name.startsWith("/") ? name : `${state.folder}/${name}`;
  if (document.activeElement !== field) field.scrollLeft = field.scrollWidth; // its ending says what it is
  const [theirs, ours] = [endingOf(state.clip), endingOf(name)];
  at("out-note").textContent = theirs === ours ? "" : `The film is ${theirs.slice(1)}; what is written is ${ours.slice(1)}.`;
};

const fillFields = () => {
  offerBed(fields.find(({id}) => id === "bed").now());
  for (const {id, now} of fields) {
    const field = at(id);
    if (document.activeElement !== field) field.value = now();
  }
  tellFile();
  const hasCast = Boolean(state.document.cast?.length);
  for (const id of ["bed", "bed-gain"]) at(id).disabled = !hasCast;
};

const fillWork = ({doing, done, total, speed, left}) => {
  at("render-bar").value = total && doing === "dubbing" ? done / total : 0; // one that moves takes time from the render
  const far = total ? `: ${grouped(done)} of ${grouped(total)} frames · ${speed.toFixed(1)} a second · ${left} left` : "…";
  at("render-line").textContent = `${doing}${far}`;
};

const fillButtons = ({exists, begun}, isRunning) => {
  const held = Object.values(buttons).find((button) => button === document.activeElement);
  buttons.render.hidden = isRunning;
  buttons.render.textContent = begun ? "Go on" : "Render";
  buttons.render.disabled = !state.titles.length;
  buttons.stop.hidden = !isRunning;
  if (!isRunning) {
    buttons.stop.ariaDisabled = "false";
    buttons.stop.textContent = "Stop";
  }
  buttons.afresh.hidden = isRunning || !begun;
  buttons.look.hidden = isRunning || !exists;
  buttons.fetch.hidden = isRunning || !exists;
  if (held?.hidden) (isRunning ? buttons.stop : buttons.render).focus({preventScroll: true});
};

const fill = () => {
  const {render} = state;
  const isRunning = render.stage === "running";
  fillFields();
  at("work").hidden = !isRunning;
  if (isRunning) fillWork(render);
  fillButtons(render, isRunning);
  const said = at("render-said");
  const text = isRunning ? "" : saidOf(render);
  if (said.textContent !== text) said.textContent = text;
  said.classList.toggle("wrong", render.stage === "failed");
};

onState.push(fill);
onRefused.push(fill);
fill();
