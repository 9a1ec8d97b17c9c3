// The custom properties of the style sheet that the canvases are painted with.

const NAMES = ["ink", "dim", "line", "sunk", "surface", "dub", "wave", "cursor", "view", "focus"];
for (let i = 0; i < 13; i++) NAMES.push(`c${i}`);

/** Colours by the name of their property, without its dashes; those of reasons are c0 to c12. */
export const colours = {};

/** Read the colours of the scheme in use, light or dark. */
export const readColours = () => {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) colours[name] = style.getPropertyValue(`--${name}`).trim();
};
