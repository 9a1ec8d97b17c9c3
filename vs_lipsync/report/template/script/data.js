// The data of the report, decoded, and what holds at a frame.

const report = JSON.parse(document.getElementById("data").textContent);

const decoded = (base64) => {
  if (!base64) return null;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

/** Number of frames, and frames per second. */
export const frameCount = report.frames;
export const fps = report.fps[0] / report.fps[1];

/** Name of the dub's file; empty without a dub. */
export const dubName = report.dub;

/** First frame of each shot. */
export const shots = report.shots;

/** Why frames change or stay: {text, kind: "dub" or "pass", word, colour: 0 to 11}. */
export const reasons = report.reasons;

/** Ranges of frames first..stop - 1 with one reason, an index; they cover the clip. */
export const ranges = report.ranges.map(([first, stop, reason]) => ({first, stop, reason}));

/** Per frame, the index of its reason. */
export const reasonOfFrame = new Uint8Array(frameCount);
for (const {first, stop, reason} of ranges) reasonOfFrame.fill(reason, first, stop);

/** Rows of face tracks {first, stop, face: index of its picture or -1, target: whether its mouth is changed}. */
export const lanes = report.lanes.map(({name, tracks}) => ({
  name,
  tracks: tracks.map(([first, stop, face, target]) => ({first, stop, face, target: Boolean(target)})),
}));

/** JPEG pictures in base64: of shots, by the number of the shot, and of faces, by their index. */
export const thumbnails = report.thumbs;
export const faces = report.faces;

/** Width of the picture over its height. */
export const aspect = report.aspect;

/** Loudness 0 to 255, `bins` values per frame; null without a sound. */
export const bins = report.sound.bins;
export const original = decoded(report.sound.original);
export const dubbed = decoded(report.sound.dub);

/** Mouth opening of each frame: 0 to 254 for 0 to `widest` inter-ocular distances, or UNKNOWN; null without any. */
export const UNKNOWN = 255;
export const widest = report.mouth.top;
export const measured = decoded(report.mouth.measured);
export const requested = decoded(report.mouth.requested);
