// Pictures to paint: only those in view are decoded, and a bounded number of them is kept.

import {draw} from "../view.js";

const MOST_KEPT = 300;
const kept = new Map();

/** Return the image of a JPEG in base64; null for none, and while it is being decoded, after which all is drawn anew. */
export const decodedPicture = (base64) => {
  if (!base64) return null;
  let image = kept.get(base64);
  if (!image) {
    image = new Image();
    image.addEventListener("load", draw);
    image.src = `data:image/jpeg;base64,${base64}`;
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value);
    kept.set(base64, image);
  }
  return image.complete && image.naturalWidth ? image : null;
};
