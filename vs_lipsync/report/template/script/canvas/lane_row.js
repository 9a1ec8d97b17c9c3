// A row of face tracks: those of a person, or of others.

import {roundedPath} from "./canvas.js";
import {colours} from "./colours.js";
import {faces} from "../data.js";
import {indexAt} from "../lookup.js";
import {decodedPicture} from "./pictures.js";
import {view} from "../view.js";

const MARGIN = 7; // pixels above and below a track
const LEAST_WIDTH = 12; // pixels of a track on average from which each is painted
const EARLIER = 8; // tracks before the view that may reach into it

const firstOf = (track) => track.first;

/** Paint how much of each pixel's time tracks fill, and how much of it those of the target: they are too short. */
const paintShares = ({pen, left, top, width, height, scale}, tracks) => {
  const shares = {others: new Float32Array(width + 1), target: new Float32Array(width + 1)};
  for (const track of tracks) {
    const begin = Math.max(0, (track.first - view.first) * scale);
    const end = Math.min(width, (track.stop - view.first) * scale);
    const share = track.target ? shares.target : shares.others;
    for (let x = Math.floor(begin); x < end; x++) share[x] += Math.min(end, x + 1) - Math.max(begin, x);
  }
  const [highest, bottom] = [height - 2 * MARGIN, top + height - MARGIN];
  for (let x = 0; x < width; x++) {
    const all = highest * Math.min(1, shares.others[x] + shares.target[x]);
    const target = highest * Math.min(1, shares.target[x]);
    pen.fillStyle = colours.wave;
    pen.fillRect(left + x, bottom - all, 1, all);
    pen.fillStyle = colours.dub;
    pen.fillRect(left + x, bottom - target, 1, target);
  }
};

const paintFace = ({pen, left, top, height}, x, image, target) => {
  const side = height - 4;
  const centreX = left + x + side / 2 + 1;
  const centreY = top + height / 2;
  const circle = () => {
    pen.beginPath();
    pen.arc(centreX, centreY, side / 2, 0, 7);
  };
  pen.save();
  circle();
  pen.clip();
  pen.drawImage(image, centreX - side / 2, centreY - side / 2, side, side);
  pen.restore();
  circle();
  pen.lineWidth = 2;
  pen.strokeStyle = target ? colours.dub : colours.surface;
  pen.stroke();
};

const paintTrack = (area, x, width, {face, target}) => {
  const {pen, left, top, height} = area;
  roundedPath(pen, left + x, top + MARGIN, width, height - 2 * MARGIN, 6);
  pen.globalAlpha = target ? 0.34 : 1;
  pen.fillStyle = target ? colours.dub : colours.sunk;
  pen.fill();
  pen.globalAlpha = 1;
  if (!target) {
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    pen.stroke();
  }
  const image = width > 30 && face >= 0 ? decodedPicture(faces[face]) : null;
  if (image) paintFace(area, x, image, target);
};

/** Paint the tracks in view. */
export const paintLane = (area, tracks) => {
  const {pen, left, top, width, height, scale} = area;
  const begin = Math.max(0, indexAt(tracks, view.first, firstOf) - EARLIER);
  const end = indexAt(tracks, view.stop, firstOf);
  pen.fillStyle = colours.line;
  pen.fillRect(left, top + height / 2, width, 1);
  const shown = tracks.slice(begin, end + 1).filter((track) => track.first < view.stop);
  if (tracks.length && ((view.stop - view.first) * scale) / Math.max(1, end - begin) < LEAST_WIDTH) {
    paintShares(area, shown);
    return;
  }
  let painted = -Infinity;
  for (const track of shown) {
    if (track.stop <= view.first) continue;
    const x = Math.max(0, (track.first - view.first) * scale);
    const right = Math.min(width, (track.stop - view.first) * scale);
    if (right - painted < 1) continue;
    painted = right;
    const gap = scale * (track.stop - track.first) > 6 ? 1.5 : 0;
    paintTrack(area, x, Math.max(right - x - gap, 1), track);
  }
};
