// People as cards: who they are, what they speak, and how.

import {acceptDrops, faceOf, nameField, numberField, share, stemSelect} from "./cards.js";
import {chosen, choose, footageSeen, lanes, onData} from "./data.js";
import {onRefused} from "./changes.js";
import {callPerson, castPerson, release, setPerson} from "./edit.js";
import {element} from "./elements.js";
import {openIdentity} from "./identity.js";
import {everybody, partOf, people, pictureOf, viewOf} from "./project.js";
import {onState, state} from "./state.js";
import {grouped} from "./text.js";
import {isTyping, rebuild, whenLeft} from "./typing.js";

const list = document.getElementById("cast");
const hint = document.getElementById("people-hint");

const knobsOf = (person) => {
  const knobs = element("div", {className: "knobs"});
  const select = stemSelect(`stem-${person.key}`, person.title, person.dub, (name) =>
    name ? setPerson(person, "dub", name) : release(person),
  );
  knobs.append(element("label", {htmlFor: select.id, textContent: "Stem"}), select);
  if (person.number === chosen) {
    const around = Math.max(5, Math.ceil(Math.abs(person.offset)) + 2);
    knobs.append(
      ...numberField(person, "offset", "Offset, s", {step: 0.04}, {min: -around, max: around, step: 0.02}),
      ...numberField(person, "strength", "Strength", {min: 0, max: 2, step: 0.05}, {min: 0, max: 2, step: 0.05}),
    );
    if (person.path[0] === "cast") {
      knobs.append(...numberField(person, "gain", "Gain, dB", {min: -60, max: 20, step: 1}, {min: -30, max: 12, step: 1}));
    }
  }
  return knobs;
};

const nameOf = (person) => {
  if (person.path[0] !== "cast") return element("p", {className: "uncast", textContent: person.title});
  return nameField(person.key, person.named || person.title, "What this person is called", (name) => callPerson(person, name));
};

const moreOf = (person) => {
  const button = element("button", {type: "button", className: "quiet more", textContent: "Join, split…", id: `more-${person.key}`});
  button.setAttribute("aria-label", `Join or split ${person.title}`);
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => openIdentity(person));
  return button;
};

const pickOf = (person) => {
  const button = element("button", {type: "button", className: "quiet more", textContent: person.number === chosen ? "Chosen" : "Choose", id: `choose-${person.key}`});
  button.setAttribute("aria-pressed", person.number === chosen);
  button.setAttribute("aria-label", `Choose ${person.title}`);
  button.addEventListener("click", () => choose(person.number));
  return button;
};

const whoOf = (person, name, little) => {
  const buttons = [...(person.number < 0 ? [] : [pickOf(person)]), ...(lanes.length && person.path?.[0] !== "settings" ? [moreOf(person)] : [])];
  return element("div", {className: "who"}, name, element("p", {className: "little"}, element("span", {textContent: little}), element("span", {className: "ways"}, ...buttons)));
};

const speakingCard = (person) => {
  const part = partOf(person.number);
  const facts = part ? `${grouped(part.changed)} frames change` : "…";
  const face = faceOf(pictureOf(person), viewOf(person), person.title, person.key);
  const card = element("li", {className: "person"}, face, whoOf(person, nameOf(person), facts));
  card.dataset.person = person.number;
  card.classList.toggle("chosen", person.number === chosen);
  card.append(knobsOf(person));
  card.addEventListener("click", (event) => {
    if (!event.target.closest("button, input, select, label")) choose(person.number);
  });
  acceptDrops(card, (name) => setPerson(person, "dub", name));
  return card;
};

const silentCard = (person) => {
  const frames = person.lanes.reduce((sum, lane) => sum + (state.people[lane]?.frames ?? 0), 0);
  const facts = frames && !person.zones.length ? `${share(frames)} on screen · stays` : "stays as it is";
  const field = nameField(person.key, person.title, "What this person is called", (name) => callPerson(person, name));
  const face = faceOf(pictureOf(person), viewOf(person), person.title, person.key);
  const card = element("li", {className: "person"}, face, whoOf(person, field, facts));
  const knobs = element("div", {className: "knobs"});
  const select = stemSelect(`stem-${person.key}`, person.title, "", (name) => name && castPerson(person, name));
  knobs.append(element("label", {htmlFor: select.id, textContent: "Stem"}), select);
  card.append(knobs);
  acceptDrops(card, (name) => castPerson(person, name));
  return card;
};

const hintNow = () => {
  const {stage} = state.analysis;
  if (!lanes.length && (stage === "analysing" || stage === "people")) return "People appear here once the film is analysed.";
  if (stage === "failed") return "";
  if (!lanes.some((lane) => lane.place) && !people().length) return "Nobody's face was found in this film.";
  if (!people().length) return "Give somebody a stem: choose one, or drop a sound on a card.";
  return "";
};

let before = "";

/** Build the cards anew if what they show has changed; what has the focus keeps it. */
const fill = () => {
  hint.textContent = hintNow();
  const now = JSON.stringify([
    everybody(), state.sounds, state.people, footageSeen, chosen, people().map((person) => partOf(person.number)?.changed),
  ]);
  if (now === before || isTyping(list)) return;
  before = now;
  rebuild(list, everybody().map((person) => (person.number < 0 ? silentCard(person) : speakingCard(person))));
};

onState.push(() => {
  if (chosen > 0 && chosen >= people().length) choose(people().length - 1);
  fill();
});
onData.push(fill);
whenLeft(list, fill);
onRefused.push(() => {
  before = "";
  fill();
});
fill();
