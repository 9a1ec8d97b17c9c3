// People as cards: who they are, what they speak, and how.

import {acceptDrops, element, faceOf, nameField, numberField, share, stemSelect} from "./cards.js";
import {chosen, choose, lanes, onData} from "./data.js";
import {castLane, onRefused, release, setPerson} from "./edit.js";
import {callLane, everybody, laneOf, nameOfLane, partOf, people} from "./project.js";
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
  return nameField(person.key, person.named || person.title, "What this person is called", (name) => setPerson(person, "name", name));
};

const personCard = (person) => {
  const lane = lanes[laneOf(person)];
  const part = partOf(person.number);
  const facts = part ? `${grouped(part.changed)} frames change` : "…";
  const little = element("p", {className: "little", textContent: facts});
  const card = element("li", {className: "person"}, faceOf(lane, person.title, person.key), element("div", {className: "who"}, nameOf(person), little));
  card.dataset.person = person.number;
  card.classList.toggle("chosen", person.number === chosen);
  const pick = element("button", {type: "button", className: "quiet", textContent: person.number === chosen ? "Chosen" : "Choose"});
  pick.setAttribute("aria-pressed", person.number === chosen);
  pick.setAttribute("aria-label", `Choose ${person.title}`);
  pick.id = `choose-${person.key}`;
  pick.addEventListener("click", () => choose(person.number));
  card.append(pick, knobsOf(person));
  card.addEventListener("click", (event) => {
    if (!event.target.closest("button, input, select, label")) choose(person.number);
  });
  acceptDrops(card, (name) => setPerson(person, "dub", name));
  return card;
};

const laneCard = (number) => {
  const lane = lanes[number];
  const called = nameOfLane(lane);
  const seen = state.people[number];
  const little = element("p", {className: "little", textContent: seen ? `${share(seen.frames)} on screen · stays as it is` : ""});
  const field = nameField(number, called, "What this person is called; it is saved with the stem", (now) => {
    callLane(lane, now);
    setTimeout(() => onData.forEach((update) => update())); // once the focus is where the key takes it
  });
  const card = element("li", {className: "person"}, faceOf(lane, called, number), element("div", {className: "who"}, field, little));
  const knobs = element("div", {className: "knobs"});
  const select = stemSelect(`stem-${number}`, called, "", (name) => name && castLane(number, name));
  knobs.append(element("label", {htmlFor: select.id, textContent: "Stem"}), select);
  card.append(element("span"), knobs);
  acceptDrops(card, (name) => castLane(number, name));
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
    state.document.cast, state.document.settings, state.titles, state.sounds, state.parts, state.footage, state.people, chosen,
    lanes.map(nameOfLane), people().map((person) => partOf(person.number)?.changed),
  ]);
  if (now === before || isTyping(list)) return;
  before = now;
  rebuild(list, everybody().map(({person, lane}) => (person ? personCard(person) : laneCard(lane))));
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
