// Copying of frame numbers and of ranges in the form of zone files.

import {dubName} from "./data.js";
import {extent} from "./text.js";

const toast = document.getElementById("said");
let hiding = 0;

const announce = (text) => {
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.classList.remove("shown"), 1800);
};

const copy = async (text, what) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page from a file may lack the permission
    const area = document.createElement("textarea");
    const before = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    before?.focus({preventScroll: true});
  }
  announce(`Copied ${what}`);
};

export const copyFrame = (frame) => copy(String(frame), `frame ${frame}`);

export const copyZone = (range) => {
  // A comment, since a dub of the zone's own would start with the zone.
  const dub = dubName ? `# dub = ${JSON.stringify(dubName)}\n` : "";
  copy(`[[zones]]\nstart = ${range.first}\nstop = ${range.stop}\n${dub}`, `a zone of frames ${extent(range)}`);
};

/** Copy a range as an entry of a plan's `exclude`. */
export const copyExclusion = (range) =>
  copy(`[${range.first}, ${range.stop - 1}, ""]`, `an exclusion of frames ${extent(range)}`);
