// The head of the page, and how far the analysis is.

import {onState, state} from "./state.js";
import {grouped} from "./text.js";

const at = (id) => document.getElementById(id);

const STAGES = {
  analysing: ({done, total}) => `Analysing: ${grouped(done)} of ${grouped(total)} frames`,
  people: () => "Telling people apart…",
  planning: () => "Working out what changes…",
  failed: ({message}) => `The film cannot be analysed: ${message}`,
  ready: ({message}) => message,
};

const fill = () => {
  const {analysis, facts} = state;
  document.title = `${state.clip} – lip-sync studio`;
  at("clip").textContent = state.clip;
  at("clip").title = state.clip;
  const rate = Number((facts.fps[0] / facts.fps[1]).toFixed(3));
  at("facts").textContent = `${facts.length} · ${grouped(facts.frames)} frames · ${rate} fps · ${facts.width} × ${facts.height}`;
  at("undo").ariaDisabled = !state.undo; // one that is disabled would lose the focus
  at("redo").ariaDisabled = !state.redo;
  at("analysis").textContent = STAGES[analysis.stage](analysis);
  at("analysis").classList.toggle("wrong", Boolean(analysis.message));
  const bar = at("analysis-bar");
  bar.hidden = analysis.stage !== "analysing" && analysis.stage !== "planning";
  bar.value = analysis.total ? analysis.done / analysis.total : 0;
};

onState.push(fill);
fill();
