// What the cards of people are made of.

import {faces, frameCount} from "./data.js";
import {setPerson} from "./edit.js";
import {element} from "./elements.js";
import {state} from "./state.js";
import {receive} from "./stems.js";
import {settle} from "./typing.js";
import {goTo} from "./view.js";

/** Return a share of the film in words. */
export const share = (frames) => `${Math.round((100 * frames) / frameCount)} %`;

/** Return a button with somebody's face that shows the best view of it. */
export const faceOf = (picture, view, title, key) => {
  const button = element("button", {type: "button", className: "face", title: "Show the best view", id: `face-${key}`});
  if (faces[picture]) button.append(element("img", {src: `data:image/jpeg;base64,${faces[picture]}`, alt: ""}));
  else button.textContent = title.slice(0, 1).toUpperCase() || "?";
  button.setAttribute("aria-label", `Show ${title} in the picture`);
  button.disabled = !view;
  if (view) button.addEventListener("click", () => goTo(view[0]));
  return button;
};

/** Return a field for what somebody is called. */
export const nameField = (key, name, title, save) => {
  const field = element("input", {type: "text", className: "called", defaultValue: name, spellcheck: false, id: `name-${key}`});
  field.setAttribute("aria-label", `Name of ${name}`);
  field.title = title;
  field.addEventListener("change", () => {
    settle(field);
    if (field.value.trim()) save(field.value.trim());
  });
  return field;
};

/** Return a choice of stems. */
export const stemSelect = (id, title, current, pick) => {
  const select = element("select", {id});
  select.setAttribute("aria-label", `Stem of ${title}`);
  const names = state.sounds.map(({name}) => name);
  if (current && !names.includes(current)) names.unshift(current);
  select.append(element("option", {value: "", textContent: current ? "no stem" : "Give a stem…"}));
  for (const name of names) select.append(element("option", {value: name, textContent: name, selected: name === current}));
  select.addEventListener("change", () => pick(select.value));
  return select;
};

/** Let sounds be dropped on a card. */
export const acceptDrops = (card, give) => {
  card.addEventListener("dragover", (event) => {
    event.preventDefault();
    card.classList.add("over-it");
  });
  card.addEventListener("dragleave", () => card.classList.remove("over-it"));
  card.addEventListener("drop", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    card.classList.remove("over-it");
    const [name] = await receive(event.dataTransfer.files);
    if (name) give(name);
  });
};

/** Return a label, perhaps a slider, and a field for a number of a person. */
export const numberField = (person, name, label, {min, max, step}, slider) => {
  const id = `${name}-${person.key}`;
  const field = element("input", {type: "number", id, defaultValue: person[name], step});
  if (min !== undefined) Object.assign(field, {min, max});
  const save = (input) => {
    const value = Number(input.value);
    settle(input);
    if (input.value !== "" && Number.isFinite(value) && value !== person[name]) setPerson(person, name, value);
  };
  field.addEventListener("change", () => save(field));
  const parts = [element("label", {htmlFor: id, textContent: label})];
  if (slider) {
    const range = element("input", {type: "range", id: `${id}-range`, min: slider.min, max: slider.max, step: slider.step, defaultValue: person[name]});
    range.setAttribute("aria-label", `${label} of ${person.title}`);
    range.addEventListener("input", () => {
      field.value = range.value;
    });
    range.addEventListener("change", () => save(range));
    parts.push(range);
  }
  return [...parts, field];
};
