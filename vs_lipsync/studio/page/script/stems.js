// Sounds that are brought into the project's folder.

import {send} from "./api.js";
import {say} from "./say.js";

const input = document.getElementById("file");

/** Send files to the studio; returns the names that they have there. */
export const receive = async (files) => {
  const names = [];
  for (const file of files) {
    say(`Taking ${file.name}…`);
    try {
      names.push(await send(file));
      say(`${names.at(-1)} is in the project's folder`);
    } catch (error) {
      say(error.message, true);
    }
  }
  return names;
};

document.getElementById("add-stem").addEventListener("click", () => input.click());
input.addEventListener("change", async () => {
  await receive(input.files);
  input.value = "";
});
// A file that misses a card would otherwise be opened in place of the page.
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  receive(event.dataTransfer.files);
});
