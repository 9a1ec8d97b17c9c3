// Who is who: two cards that are one person, and one card that is two.

import {post} from "./api.js";
import {faces, frameCount, shots} from "./data.js";
import {attempt} from "./changes.js";
import {shotAt} from "./lookup.js";
import {everybody, pictureOf, referenceTo, viewOf} from "./project.js";
import {say} from "./say.js";
import {extent} from "./text.js";
import {view} from "./view.js";

const at = (id) => document.getElementById(id);
const dialog = at("identity");
let asked = null; // the key of the person that it is about

const personNow = () => everybody().find(({key}) => key === asked);

const spanOfShot = () => {
  const shot = shotAt(view.current);
  return {shot, first: shots[shot], stop: shots[shot + 1] ?? frameCount};
};

/** Ask about a person, in the shot that is shown. */
export const openIdentity = (person) => {
  asked = person.key;
  const others = everybody().filter((one) => one.key !== asked && one.path?.[0] !== "settings" && viewOf(one));
  at("identity-title").textContent = person.title;
  const picture = faces[pictureOf(person)];
  at("identity-face").hidden = !picture;
  if (picture) at("identity-face").src = `data:image/jpeg;base64,${picture}`;
  at("same-as").replaceChildren(...others.map(({key, title}) => new Option(title, key)));
  at("merge").disabled = !others.length;
  at("same-as").disabled = !others.length;
  const span = spanOfShot();
  at("split-text").textContent = `In shot ${span.shot + 1}, frames ${extent(span)}, it is somebody else.`;
  dialog.showModal();
};

/** Return to the card, or to one that took its place. */
const leave = (key = asked) => {
  dialog.close();
  (at(`more-${key}`) ?? at(`more-${asked}`) ?? at("timeline")).focus({preventScroll: true});
};

at("merge").addEventListener("click", async () => {
  const [other, kept] = [personNow(), everybody().find(({key}) => key === at("same-as").value)];
  if (!other || !kept) return leave();
  const isDone = await attempt(() => post("/api/merge", {kept: referenceTo(kept), other: referenceTo(other)}), "Not joined: ");
  if (isDone) say(`${other.title} is ${kept.title} now`);
  return leave(kept.key);
});

at("split").addEventListener("click", async () => {
  const person = personNow();
  if (!person) return leave();
  const {shot, first} = spanOfShot();
  const isDone = await attempt(() => post("/api/split", {person: referenceTo(person), frame: first}), "Not split: ");
  if (isDone) say(`Somebody else than ${person.title} is in shot ${shot + 1}`);
  return leave();
});

at("identity-close").addEventListener("click", () => leave());
