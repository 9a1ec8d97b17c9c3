// The facts of the current frame, below the timeline and for screen readers.

import {chip} from "./chip.js";
import {measured, reasons, requested, shots, thumbnails} from "./data.js";
import {rangeAt, shotAt} from "./lookup.js";
import {clock, extent, grouped, openingText, sentence} from "./text.js";
import {onMove, view} from "./view.js";

const slider = document.getElementById("timeline");
const still = document.getElementById("still");
const setText = (id, text) => {
  document.getElementById(id).textContent = text;
};

const showPicture = (shot) => {
  const picture = thumbnails[shot];
  still.hidden = !picture;
  still.alt = picture ? `Shot ${shot + 1}` : "";
  if (picture) still.src = `data:image/jpeg;base64,${picture}`;
  document.getElementById("nostill").hidden = Boolean(picture);
};

onMove.push(() => {
  const frame = view.current;
  const shot = shotAt(frame);
  const range = rangeAt(frame);
  const reason = reasons[range.reason];
  setText("now-frame", grouped(frame));
  setText("now-time", clock(frame));
  setText("now-shot", `${grouped(shot + 1)} of ${grouped(shots.length)}`);
  setText("now-range", extent(range));
  setText("now-measured", openingText(measured, frame));
  setText("now-requested", openingText(requested, frame));
  document.getElementById("now-what").replaceChildren(chip(reason));
  showPicture(shot);
  slider.setAttribute("aria-valuenow", frame);
  slider.setAttribute("aria-valuetext", `Frame ${frame}, ${clock(frame)}, shot ${shot + 1}. ${sentence(reason)}`);
});
