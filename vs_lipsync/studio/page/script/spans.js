// The stretches below the timeline, with their ends as numbers: those that are left alone, and those of the person chosen.

import {chosen, frameCount, onData} from "./data.js";
import {exclude, exclusions, include, moveZone, onRefused, removeZone} from "./edit.js";
import {partOf, people} from "./project.js";
import {isTyping, settle, whenLeft} from "./typing.js";

const list = document.getElementById("spans");

const field = (value, name, save) => {
  const made = document.createElement("input");
  Object.assign(made, {type: "number", defaultValue: value, min: 0, max: frameCount - 1, step: 1});
  made.setAttribute("aria-label", name);
  made.addEventListener("change", () => {
    settle(made);
    if (made.value !== "" && Number.isInteger(Number(made.value))) save(Number(made.value));
  });
  return made;
};

const itemOf = (title, {first, stop}, save, remove) => {
  const item = document.createElement("li");
  const text = document.createElement("span");
  Object.assign(text, {className: "title", textContent: title, title});
  const button = document.createElement("button");
  Object.assign(button, {type: "button", className: "quiet", textContent: "Remove"});
  button.setAttribute("aria-label", `Remove: ${title}, frames ${first} to ${stop - 1}`);
  button.addEventListener("click", remove);
  item.append(
    text,
    field(first, `${title}, first frame`, (value) => save(value, stop)),
    "–",
    field(stop - 1, `${title}, last frame`, (value) => save(first, value + 1)),
    button,
  );
  return item;
};

const fill = () => {
  if (isTyping(list)) return;
  const person = people()[chosen];
  const zones = partOf(chosen)?.zones ?? [];
  list.replaceChildren(
    ...exclusions().map((span) =>
      itemOf("Left alone", span, (first, stop) => exclude(first, stop, span.number), () => include(span.number)),
    ),
    ...zones.map(([first, stop, number]) =>
      itemOf(
        `${person.title} only in`,
        {first, stop},
        (begin, end) => moveZone(person, number, begin, end),
        () => removeZone(person, number),
      ),
    ),
  );
};

onData.push(fill);
whenLeft(list, fill);
onRefused.push(fill);
fill();
