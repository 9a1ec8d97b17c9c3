// The stretches below the timeline, with their ends as numbers: those that are left alone, and those of the person chosen.

import {chosen, frameCount, onData} from "./data.js";
import {onRefused} from "./changes.js";
import {exclude, include, moveZone, removeZone} from "./edit.js";
import {people} from "./project.js";
import {onState} from "./state.js";
import {exclusions, zonesOf} from "./stretches.js";
import {isTyping, rebuild, settle, whenLeft} from "./typing.js";

const list = document.getElementById("spans");

const field = (id, value, name, save) => {
  const made = document.createElement("input");
  Object.assign(made, {id, type: "number", defaultValue: value, min: 0, max: frameCount - 1, step: 1});
  made.setAttribute("aria-label", name);
  made.addEventListener("change", () => {
    settle(made);
    if (made.value !== "" && Number.isInteger(Number(made.value))) save(Number(made.value));
  });
  return made;
};

const itemOf = (id, title, {first, stop}, save, remove) => {
  const item = document.createElement("li");
  const text = document.createElement("span");
  Object.assign(text, {className: "title", textContent: title, title});
  const button = document.createElement("button");
  Object.assign(button, {id: `${id}-remove`, type: "button", className: "quiet", textContent: "Remove"});
  button.setAttribute("aria-label", `Remove: ${title}, frames ${first} to ${stop - 1}`);
  button.addEventListener("click", remove);
  item.append(
    text,
    field(`${id}-first`, first, `${title}, first frame`, (value) => save(value, stop)),
    "–",
    field(`${id}-last`, stop - 1, `${title}, last frame`, (value) => save(first, value + 1)),
    button,
  );
  return item;
};

let before = "";

const fill = () => {
  if (isTyping(list)) return;
  const person = people()[chosen];
  const zones = person ? zonesOf(person) : [];
  const now = JSON.stringify([exclusions(), zones, person?.title, person?.path]);
  if (now === before) return;
  before = now;
  rebuild(list, [
    ...exclusions().map((span) =>
      itemOf(
        `alone-${span.number}`,
        "Left alone",
        span,
        (first, stop) => exclude(first, stop, span.number),
        () => include(span.number),
      ),
    ),
    ...zones.map((span) =>
      itemOf(
        `only-${span.number}`,
        `${person.title} only in`,
        span,
        (first, stop) => moveZone(person, span.number, first, stop),
        () => removeZone(person, span.number),
      ),
    ),
  ], document.getElementById("timeline"));
};

onData.push(fill);
onState.push(fill);
whenLeft(list, fill);
onRefused.push(() => {
  before = "";
  fill();
});
fill();
