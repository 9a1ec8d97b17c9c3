// The table of ranges, of which a page is shown at a time: those of one reason, or all.

import {chip} from "./chip.js";
import {copyFrame, copyZone} from "./clipboard.js";
import {ranges, reasons} from "./data.js";
import {rangeIndexAt} from "./lookup.js";
import {clock, extent, grouped} from "./text.js";
import {goTo, onMove, show, view} from "./view.js";

const ROWS = 100;
const body = document.getElementById("rows");
const filter = document.getElementById("filter");
const back = document.getElementById("page-back");
const onward = document.getElementById("page-on");

const allRanges = [...ranges.keys()];
let listed = allRanges;
let page = 0;

const cell = (...content) => {
  const made = document.createElement("td");
  made.append(...content);
  return made;
};

const numericCell = (...content) => {
  const made = cell(...content);
  made.className = "r";
  return made;
};

const linkButton = (text, name, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = text;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
};

/** Show a range on the timeline, with some room around it. */
const zoomTo = ({first, stop}) => {
  const length = stop - first;
  show(first - length * 0.25, length * 1.5);
  goTo(first);
};

const rowOf = (index) => {
  const range = ranges[index];
  const {first, stop} = range;
  const names = `frames ${first} to ${stop - 1}`;
  const row = document.createElement("tr");
  row.dataset.index = index;
  row.append(
    cell(chip(reasons[range.reason])),
    numericCell(extent(range)),
    numericCell(clock(first)),
    numericCell(clock(stop)),
    numericCell(grouped(stop - first)),
    numericCell(
      linkButton("Show", `Show ${names}`, () => zoomTo(range)),
      linkButton("Copy frame", `Copy frame number ${first}`, () => copyFrame(first)),
      linkButton("Copy zone", `Copy a zone of ${names}`, () => copyZone(range)),
    ),
  );
  return row;
};

const markCurrent = () => {
  const current = String(rangeIndexAt(view.current));
  for (const row of body.children) row.classList.toggle("here", row.dataset.index === current);
};

const fillPage = () => {
  const pages = Math.max(1, Math.ceil(listed.length / ROWS));
  body.replaceChildren(...listed.slice(page * ROWS, (page + 1) * ROWS).map(rowOf));
  document.getElementById("page").textContent = `${grouped(listed.length)} ranges · page ${page + 1} of ${pages}`;
  back.disabled = page === 0;
  onward.disabled = page >= pages - 1;
  markCurrent();
};

const turnTo = (number) => {
  page = number;
  fillPage();
};

filter.addEventListener("change", () => {
  const reason = filter.value;
  listed = allRanges.filter((index) => reason === "" || ranges[index].reason === Number(reason));
  turnTo(0);
});
back.addEventListener("click", () => turnTo(page - 1));
onward.addEventListener("click", () => turnTo(page + 1));
onMove.push(markCurrent);
fillPage();
