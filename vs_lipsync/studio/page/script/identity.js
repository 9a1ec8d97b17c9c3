// Who is who: two cards that are one person, and one card that is two.

import {post} from "./api.js";
import {faces, frameCount, lanes, shots, usual} from "./data.js";
import {attempt} from "./changes.js";
import {shotAt} from "./lookup.js";
import {everybody, pictureOf, referenceTo, viewOf} from "./project.js";
import {say} from "./say.js";
import {extent} from "./text.js";
import {view} from "./view.js";

const at = (id) => document.getElementById(id);
const dialog = at("identity");
let asked = null; // the key of the person that it is about
let isBusy = false;

const personNow = () => everybody().find(({key}) => key === asked);

const spanOfShot = () => {
  const shot = shotAt(view.current);
  return {shot, first: shots[shot], stop: shots[shot + 1] ?? frameCount};
};

const otherNow = () => everybody().find(({key}) => key === at("same-as").value);

/** Return how far apart two people look, as `data.js` has it; null where that is not known. */
const apart = (one, other) => {
  const known = one.lanes.flatMap((lane) => other.lanes.map((its) => lanes[lane]?.apart[its] ?? null)).filter((far) => far !== null);
  return known.length ? Math.min(...known) : null;
};

/** Say whether two whom the user takes for one look like one. */
const warn = () => {
  const [person, other] = [personNow(), otherNow()];
  const far = person && other ? apart(person, other) : null;
  const isUnlike = far !== null && far >= usual;
  at("unlike").textContent = isUnlike
    ? `They do not look like one person: ${far.toFixed(2)} apart, and two views of one person are less than ${usual.toFixed(2)} as a rule.`
    : "";
  return isUnlike;
};

/** Do what a button of the dialog says, once. */
const once = async (button, meanwhile, act) => {
  if (isBusy) return;
  isBusy = true;
  const {textContent} = button;
  button.textContent = meanwhile;
  button.ariaDisabled = "true"; // one that is disabled would lose the focus
  try {
    await act();
  } finally {
    isBusy = false;
    button.textContent = textContent;
    button.ariaDisabled = "false";
  }
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
  warn();
  const span = spanOfShot();
  at("split-text").textContent = `In shot ${span.shot + 1}, frames ${extent(span)}, it is somebody else.`;
  dialog.showModal();
};

/** Return to the card, or to one that took its place. */
const leave = (key = asked) => {
  dialog.close();
  (at(`more-${key}`) ?? at(`more-${asked}`) ?? at("timeline")).focus({preventScroll: true});
};

const join = async () => {
  const [other, kept] = [personNow(), otherNow()];
  if (!other || !kept) return leave();
  const isUnlike = warn();
  const isDone = await attempt(() => post("/api/merge", {kept: referenceTo(kept), other: referenceTo(other)}), "Not joined: ");
  if (isDone) say(`${other.title} is ${kept.title} now${isUnlike ? ", though they do not look alike; Undo takes it back" : ""}`, isUnlike);
  return leave(kept.key);
};

const split = async () => {
  const person = personNow();
  if (!person) return leave();
  const {shot, first} = spanOfShot();
  const isDone = await attempt(() => post("/api/split", {person: referenceTo(person), frame: first}), "Not split: ");
  if (isDone) say(`Somebody else than ${person.title} is in shot ${shot + 1}`);
  return leave();
};

at("same-as").addEventListener("change", warn);
at("merge").addEventListener("click", () => once(at("merge"), "Joining…", join));
at("split").addEventListener("click", () => once(at("split"), "Splitting…", split));

at("identity-close").addEventListener("click", () => leave());
