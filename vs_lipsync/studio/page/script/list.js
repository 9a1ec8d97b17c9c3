// The list of what changes and what stays, and why: a page of it about the current range, walked through with the arrows.

import {chip} from "./chip.js";
import {chosen, frameCount, onData, ranges, reasons} from "./data.js";
import {rangeIndexAt} from "./lookup.js";
import {partOf, people} from "./project.js";
import {onState, state} from "./state.js";
import {clock, extent, grouped} from "./text.js";
import {goTo, onMove, view} from "./view.js";

const MOST = 200;
const list = document.getElementById("list");
const filter = document.getElementById("filter");
let listed = [];
let from = 0;

const cell = (text, name = "num") => {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
};

const rowOf = (index) => {
  const range = ranges[index];
  const row = document.createElement("li");
  row.id = `range-${index}`;
  row.setAttribute("role", "option");
  row.append(chip(reasons[range.reason]), cell(clock(range.first)), cell(extent(range)), cell(`${((range.stop - range.first)).toLocaleString("en-GB")}`));
  row.addEventListener("click", () => {
    goTo(range.first);
    list.focus({preventScroll: true});
  });
  return row;
};

/** Return the place in the list of the range that is current, or of the one before it. */
const current = () => {
  const index = rangeIndexAt(view.current);
  let found = 0;
  for (let i = 0; i < listed.length && listed[i] <= index; i++) found = i;
  return found;
};

const mark = () => {
  const place = current();
  if (listed.length && (place < from || place >= from + MOST)) {
    from = Math.max(0, place - MOST / 2);
    list.replaceChildren(...listed.slice(from, from + MOST).map(rowOf));
  }
  const index = rangeIndexAt(view.current);
  let active = "";
  for (const row of list.children) {
    const isHere = row.id === `range-${index}`;
    row.classList.toggle("here", isHere);
    row.setAttribute("aria-selected", isHere);
    if (!isHere) continue;
    active = row.id;
    const [above, below] = [row.offsetTop - list.offsetTop - list.scrollTop, row.offsetHeight];
    if (above < 0) list.scrollTop += above;
    else if (above + below > list.clientHeight) list.scrollTop += above + below - list.clientHeight;
  }
  if (active) list.setAttribute("aria-activedescendant", active);
  else list.removeAttribute("aria-activedescendant");
};

/** Return what is said while it is not known what becomes of somebody. */
const ofNobody = () => (people().length ? "Working it out…" : "Nobody speaks anything yet.");

const fill = () => {
  const isKnown = Boolean(partOf(chosen)) || !people().length;
  listed = [...(isKnown ? ranges.keys() : [])].filter((index) => !filter.value || reasons[ranges[index].reason]?.kind === filter.value);
  from = Math.max(0, current() - MOST / 2);
  list.replaceChildren(...listed.slice(from, from + MOST).map(rowOf));
  if (!listed.length && isKnown) {
    const row = document.createElement("li");
    row.className = "nothing";
    row.textContent = filter.value === "pass" ? "Nothing stays as it is." : "Nothing changes.";
    list.replaceChildren(row);
  }
  const person = people()[chosen];
  const part = partOf(chosen);
  const headline = document.getElementById("headline");
  const strong = document.createElement("strong");
  strong.textContent = part ? grouped(part.changed) : "";
  headline.replaceChildren(...(part ? [strong, ` of ${grouped(frameCount)} frames of ${person.title} change`] : [ofNobody()]));
  mark();
};

const STEPS = {ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9};
list.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || !listed.length || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const isIn = listed[current()] === rangeIndexAt(view.current);
  const next = isIn ? current() + step : current() + (step > 0 && listed[current()] < rangeIndexAt(view.current) ? 1 : 0);
  goTo(ranges[listed[Math.min(listed.length - 1, Math.max(0, next))]].first);
});
filter.addEventListener("change", fill);
onData.push(fill);
onMove.push(mark);
let before = "";
onState.push(() => {
  const now = JSON.stringify([state.titles, Boolean(partOf(chosen))]);
  if (now === before) return;
  before = now;
  fill();
});
fill();
