// Stems that find their people by themselves.

import {post} from "./api.js";
import {faces, lanes} from "./data.js";
import {attempt} from "./changes.js";
import {element} from "./elements.js";
import {people} from "./project.js";
import {say} from "./say.js";
import {onState, state} from "./state.js";
import {grouped} from "./text.js";
import {rebuild} from "./typing.js";

const at = (id) => document.getElementById(id);
const dialog = at("matching");
const list = at("match-stems");
const table = at("match-found");

const chosenStems = () => [...list.querySelectorAll("input:checked")].map(({value}) => value);

/** Offer the sounds; those that are nobody's, or all where somebody has each. */
const offer = () => {
  const spoken = new Set(people().map(({dub}) => dub));
  const {bed} = state.document.settings ?? {};
  const names = state.sounds.map(({name}) => name).filter((name) => name !== bed && name !== state.clip && !/\.(srt|vtt)$/i.test(name));
  const free = names.filter((name) => !spoken.has(name));
  list.replaceChildren(
    ...names.map((name, number) => {
      const box = element("input", {type: "checkbox", value: name, id: `match-${number}`, checked: free.length ? !spoken.has(name) : true});
      box.addEventListener("change", fill);
      return element("li", {}, element("label", {htmlFor: box.id}, box, name));
    }),
  );
};

const personCell = ({place, lane}) => {
  if (!place) return ["nobody"];
  const found = lanes[lane];
  const picture = faces[found?.picture ?? -1];
  const person = people().find((one) => one.lanes.includes(lane));
  const title = person?.title || found?.name || `${place[0]}@${place[1]},${place[2]}`;
  return [...(picture ? [element("img", {src: `data:image/jpeg;base64,${picture}`, alt: ""})] : []), element("span", {className: "called", textContent: title, title})];
};

const rowOf = (one) => {
  const seen = one.seen === null ? "–" : `${Math.round(one.seen * 100)} %`;
  const row = element("tr", {className: one.doubt ? "unsure" : ""}, element("th", {scope: "row", textContent: one.stem}), element("td", {}, ...personCell(one)));
  row.append(element("td", {className: "num", textContent: one.confidence.toFixed(2)}), element("td", {className: "num", textContent: seen}));
  return row;
};

const saidOf = ({stage, done, total, message, found}) => {
  if (stage === "running") return total ? `Comparing: ${grouped(done)} of ${grouped(total)} frames` : "Comparing…";
  if (stage === "failed") return message;
  const doubt = found.find((one) => one.doubt)?.doubt;
  if (doubt) return `Nothing is given to anybody: ${doubt}. Give the stems on the cards.`;
  return found.length ? "It is clear who speaks what." : "";
};

/** Give the focus to the first of some buttons that is there, if what had it is gone. */
const keepFocus = (ids) => {
  const held = document.activeElement;
  if (!dialog.contains(held) || held.hidden) at(ids.find((id) => !at(id).hidden)).focus();
};

const fill = () => {
  const {match, analysis, footage} = state;
  const isRunning = match.stage === "running";
  at("match").ariaDisabled = !footage || analysis.stage === "failed";
  if (!dialog.open) return;
  const isClear = match.stage === "done" && match.found.length > 0 && !match.found.some(({doubt}) => doubt);
  for (const box of list.querySelectorAll("input")) box.disabled = isRunning;
  at("match-start").hidden = isRunning;
  at("match-start").ariaDisabled = !chosenStems().length;
  at("match-bar").hidden = !isRunning;
  at("match-bar").value = match.total ? match.done / match.total : 0;
  at("match-use").hidden = !isClear;
  at("match-close").textContent = isRunning ? "Stop" : "Close";
  const said = saidOf(match);
  if (at("match-said").textContent !== said) at("match-said").textContent = said;
  at("match-said").classList.toggle("wrong", match.stage === "failed" || match.found.some(({doubt}) => doubt));
  table.hidden = !match.found.length;
  rebuild(table.tBodies[0], match.found.map(rowOf));
  keepFocus(["match-use", "match-start", "match-close"]);
};

/** Ask which stems are to be compared. */
export const openMatching = () => {
  if (!state.footage) return say("The film is not analysed yet", true);
  offer();
  dialog.showModal();
  at("match-hint").textContent = list.children.length
    ? "Each stem is one person's, in time with the film. It is given to the person whose mouth moves when it speaks."
    : "There is no stem yet: add the stems to the project's folder first.";
  return fill();
};

at("match").addEventListener("click", openMatching);
at("match-start").addEventListener("click", () => {
  const stems = chosenStems();
  if (stems.length) attempt(() => post("/api/match", {stems}));
  else say("Choose the stems first", true);
});
at("match-use").addEventListener("click", async () => {
  if (await attempt(() => post("/api/match", {use: true}), "Not saved: ")) {
    say("Everybody has the stem that was found");
    dialog.close();
  }
});
at("match-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  attempt(() => post("/api/match", {stop: true}));
  at("match").focus({preventScroll: true});
});
onState.push(fill);
fill();
