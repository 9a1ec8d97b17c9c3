// The file that is written: where, how, how far, and what came of it.

import {post} from "./api.js";
import {attempt, change} from "./edit.js";
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
  field.addEventListener("change", () => {
    const value = isNumber ? Number(field.value) : field.value.trim();
    if (String(value) === String(now())) return;
    if (value === "") change({path, remove: true});
    else change({path, value});
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
  buttons.stop.disabled = true;
  attempt(() => post("/api/render", {stop: true}));
});
buttons.look.addEventListener("click", () => {
  setMode("result");
  at("stage").scrollIntoView({block: "center"});
});

const SAID = {
  done: ({output, notes}) => `${output} is whole.\n${notes.filter((note) => note.includes("frames dubbed")).map((note) => note.replace(/^.*: (?=\d+ of)/, "")).join("\n")}`,
  stopped: ({begun}) => (begun ? "Stopped. What was done is kept: go on whenever you like." : "Stopped."),
  failed: ({message}) => message,
};

const fill = () => {
  const {render} = state;
  for (const {id, now} of fields) {
    const field = at(id);
    if (document.activeElement !== field) field.value = now();
  }
  const hasCast = Boolean(state.document.cast?.length);
  for (const id of ["bed", "bed-gain"]) at(id).disabled = !hasCast;
  if (typeof state.document.settings?.bed === "string" && at("bed").value !== state.document.settings.bed) {
    const option = document.createElement("option");
    option.textContent = state.document.settings.bed;
    option.value = option.textContent;
    at("bed").append(option);
    at("bed").value = option.value;
  }
  const isRunning = render.stage === "running";
  at("work").hidden = !isRunning;
  const bar = at("render-bar");
  if (render.total && render.doing === "dubbing") bar.value = render.done / render.total;
  else bar.removeAttribute("value");
  const speed = render.total ? `${grouped(render.done)} of ${grouped(render.total)} frames · ${render.speed.toFixed(1)} a second · ${render.left} left` : "";
  at("render-line").textContent = isRunning ? `${render.doing}${speed ? `: ${speed}` : "…"}` : "";
  buttons.render.hidden = isRunning;
  buttons.render.textContent = render.begun ? "Go on" : "Render";
  buttons.render.disabled = !state.titles.length;
  buttons.stop.hidden = !isRunning;
  if (!isRunning) buttons.stop.disabled = false;
  buttons.afresh.hidden = isRunning || !render.begun;
  buttons.look.hidden = isRunning || !render.exists;
  buttons.fetch.hidden = isRunning || !render.exists;
  const said = at("render-said");
  const text = isRunning ? "" : (SAID[render.stage]?.(render) ?? (render.begun ? "A render was begun before." : ""));
  if (said.textContent !== text) said.textContent = text;
  said.classList.toggle("wrong", render.stage === "failed");
};

onState.push(fill);
fill();
