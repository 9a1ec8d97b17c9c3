// Requests to the studio.

const told = async (response) => {
  if (response.ok) return response.json();
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.error || `The studio answers ${response.status}`);
};

/** Ask the studio; the error has `isLost` if it does not answer at all. */
const ask = async (path, options) => {
  try {
    return await fetch(path, options);
  } catch {
    throw Object.assign(new Error("The studio has ended"), {isLost: true});
  }
};

export const get = async (path) => told(await ask(path));

export const post = async (path, body = {}) =>
  told(await ask(path, {method: "POST", headers: {"X-Studio": "1"}, body: JSON.stringify(body)}));

/** Send a file; returns the name that it has in the project's folder. */
export const send = async (file) => {
  const path = `/api/upload?name=${encodeURIComponent(file.name)}`;
  return (await told(await ask(path, {method: "POST", headers: {"X-Studio": "1"}, body: file}))).name;
};
