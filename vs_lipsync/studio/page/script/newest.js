// Requests of which only the newest matters: one at a time for each name, and the newest that was asked meanwhile next.

const loaders = {};

const run = async (loader) => {
  loader.isBusy = true;
  while (loader.next) {
    const {path, done} = loader.next;
    loader.next = null;
    try {
      const response = await fetch(path);
      if (response.status === 200) done(await response.blob(), response.headers, "");
      else if (!response.ok) done(null, null, (await response.json()).error);
    } catch {
      done(null, null, "");
    }
  }
  loader.isBusy = false;
};

/** Fetch a picture: `done` is given its data and headers, or null twice and what is wrong. */
export const fetchNewest = (name, path, done) => {
  const loader = (loaders[name] ??= {isBusy: false, next: null});
  loader.next = {path, done};
  if (!loader.isBusy) run(loader);
};

const REST = 100; // milliseconds for which somebody stays who jumps
const NEAR = 24; // frames from the last one within which a mouth is there soon
let last = 0; // the frame that was asked for before

/**
 * Ask for a frame with new mouths: far from the one before only once somebody stays there. Whoever drags along a film sees the
 * film, which the mouths of a far place would hold up: they take many of its frames.
 */
export const askWhenStaying = (frame, isMine, ask) => {
  const isFar = Math.abs(frame - last) > NEAR;
  last = frame;
  if (isFar) setTimeout(() => isMine() && ask(), REST);
  else ask();
};
