// How well the mouths of the file that was written follow their dubs, person by person.

import {get, post} from "./api.js";
import {decoded, onData} from "./data.js";
import {attempt} from "./changes.js";
import {element} from "./elements.js";
import {people} from "./project.js";
import {say} from "./say.js";
import {onState, state} from "./state.js";
import {grouped} from "./text.js";

const at = (id) => document.getElementById(id);
const table = at("judged");
let judged = [];
let seen = "";

/** Return the openings of a person's mouth in the file, as of `data.js`; null where nobody has read them. */
export const judgedOf = (number) => judged[number]?.curve ?? null;

const number = (value, digits) => (value === null ? "–" : value.toFixed(digits).replace(/^-(?=[0.]+$)/, ""));

/** Return what a person is called, by now if the file is of the people who are there now. */
const titleOf = (one, index) => (!state.render.outdated && people()[index]?.title) || one.title || "Main face";

const rowsOf = (one, index) => {
  const name = element("tr", {}, element("th", {scope: "rowgroup", colSpan: 6, textContent: titleOf(one, index)}));
  const figures = element(
    "tr", {},
    ...[
      number(one.motion_correlation, 2), number(one.motion_correlation_original, 2), number(one.av_offset_frames, 0),
      number(one.sharpness, 2), grouped(one.motion_frames), grouped(one.frames_with_mouth),
    ].map((textContent) => element("td", {className: "num", textContent})),
  );
  return element("tbody", {}, name, figures);
};

const load = async () => {
  // The curves are drawn to the height of those of the plan, which may grow.
  const now = `${state.judging.count} ${state.parts}`;
  if (now === seen) return;
  seen = now;
  const told = state.judging.people ? await get("/api/judged").catch(() => []) : [];
  if (now !== seen) return;
  judged = told.map((one) => Object.assign(one, {curve: decoded(one.opening)}));
  table.hidden = !judged.length;
  at("judged-legend").hidden = table.hidden;
  while (table.tBodies.length) table.tBodies[0].remove();
  table.append(...judged.map(rowsOf));
  for (const update of onData) update();
};

const why = ({exists, outdated}) => {
  if (!exists) return "";
  return outdated ? "Render it again to measure it." : "";
};

const SAID = {
  running: ({done, total}) => (total ? `Measuring: ${grouped(done)} of ${grouped(total)} frames` : "Measuring…"),
  failed: ({message}) => message,
};

const fill = () => {
  const {judging, render} = state;
  const isRunning = judging.stage === "running";
  const button = at("judge");
  button.hidden = !render.exists || render.stage === "running";
  button.textContent = isRunning ? "Stop measuring" : "Measure the mouths";
  button.ariaDisabled = !isRunning && render.outdated;
  at("judge-bar").hidden = !isRunning;
  at("judge-bar").value = judging.total ? judging.done / judging.total : 0;
  const said = SAID[judging.stage]?.(judging) ?? why(render);
  if (at("judge-said").textContent !== said) at("judge-said").textContent = said;
  at("judge-said").classList.toggle("wrong", judging.stage === "failed");
  load();
};

at("judge").addEventListener("click", () => {
  if (state.judging.stage !== "running" && state.render.outdated) say(why(state.render), true);
  else attempt(() => post("/api/judge", {stop: state.judging.stage === "running"}));
});
onState.push(fill);
fill();
