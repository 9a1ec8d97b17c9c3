// Requests to the studio.

const told = async (response) => {
  if (response.ok) return response.json();
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.error || `The studio answers ${response.status}`);
};

export const get = async (path) => told(await fetch(path));

export const post = async (path, body = {}) =>
  told(await fetch(path, {method: "POST", headers: {"X-Studio": "1"}, body: JSON.stringify(body)}));

/** Send a file; returns the name that it has in the project's folder. */
export const send = async (file) => {
  const path = `/api/upload?name=${encodeURIComponent(file.name)}`;
  return (await told(await fetch(path, {method: "POST", headers: {"X-Studio": "1"}, body: file}))).name;
};
