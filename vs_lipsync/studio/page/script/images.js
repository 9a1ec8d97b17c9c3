// The pictures of the stage, and which of them may still be replaced by an older one.

import {fits, look} from "./wipe.js";

export const images = {before: document.getElementById("before"), after: document.getElementById("after")};
let reached = 0;

/** Show a picture. */
export const put = async (image, blob) => {
  const old = image.src;
  image.src = URL.createObjectURL(blob);
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  await image.decode().catch(() => {});
};

/** Note that pictures of a version, a number that grows, are seen. */
export const reach = (version) => {
  reached = Math.max(reached, version);
};

/** Show the film's frame of a version if nothing newer is seen: whoever drags along sees where they are, though late. */
export const putOnTheWay = (blob, version) => {
  if (version <= reached) return;
  reach(version);
  look.isSecondThere = false;
  fits();
  put(images.before, blob);
};
