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
