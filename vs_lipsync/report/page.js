"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const frames = data.frames, fps = data.fps[0] / data.fps[1];
  const shots = data.shots, ranges = data.ranges, reasons = data.reasons;
  const GUTTER = 104, MIN_SPAN = 12, PAGE = 100, KEPT = 300;

  const bytes = (text) => {
    if (!text) return null;
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  };
  const original = bytes(data.sound.original), dubbed = bytes(data.sound.dub), bins = data.sound.bins;
  const measured = bytes(data.mouth.measured), requested = bytes(data.mouth.requested), NONE = 255;
  const perFrame = new Uint8Array(frames);
  for (const [first, stop, reason] of ranges) perFrame.fill(reason, first, stop);

  let at = 0, from = 0, to = frames, colours = {}, dirty = false, hover = -1;

  // Words.
  const two = (n) => String(n).padStart(2, "0");
  const clock = (frame, exact = true) => {
    const ms = Math.round(frame / fps * 1000), s = Math.floor(ms / 1000);
    const text = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
    return exact ? `${text}.${String(ms % 1000).padStart(3, "0")}` : text;
  };
  const number = (n) => n.toLocaleString("en-GB");
  const find = (starts, frame, key) => {
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (key(starts[middle]) <= frame) low = middle; else high = middle - 1;
    }
    return low;
  };
  const shotOf = (frame) => find(shots, frame, (s) => s);
  const rangeOf = (frame) => find(ranges, frame, (r) => r[0]);
  const say = (reason) => `${reason.word === "changes" ? "Changes" : "Stays"}: ${reason.text}`;
  const opening = (values, frame) => values && values[frame] !== NONE ? (values[frame] / 254 * data.mouth.top).toFixed(2) : "–";

  // Copying.
  let fading = 0;
  const tell = (text) => {
    $("said").textContent = text;
    $("said").classList.add("shown");
    clearTimeout(fading);
    fading = setTimeout(() => $("said").classList.remove("shown"), 1800);
  };
  const copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"), before = document.activeElement;
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      before?.focus({preventScroll: true});
    }
    tell(`Copied ${what}`);
  };
  const zoneText = ([first, stop]) => {
    const dub = data.dub ? `# dub = ${JSON.stringify(data.dub)}\n` : "";  // a zone's own dub would start with the zone
    return `[[zones]]\nstart = ${first}\nstop = ${stop}\n${dub}`;
  };
  const copyFrame = () => copy(String(at), `frame ${at}`);
  const copyZone = (range) => copy(zoneText(range), `a zone of frames ${range[0]}–${range[1] - 1}`);
  const copyExclusion = (range) => copy(`[${range[0]}, ${range[1] - 1}, ""]`, `an exclusion of frames ${range[0]}–${range[1] - 1}`);

  // Pictures: only those in sight are decoded, and a bounded number is kept.
  const pictures = new Map();
  const picture = (kind, index) => {
    const source = data[kind][index];
    if (!source) return null;
    const key = kind + index;
    let image = pictures.get(key);
    if (!image) {
      image = new Image();
      image.onload = draw;
      image.src = `data:image/jpeg;base64,${source}`;
      if (pictures.size >= KEPT) pictures.delete(pictures.keys().next().value);
      pictures.set(key, image);
    }
    return image.complete && image.naturalWidth ? image : null;
  };

  // Painting.
  const lanes = $("lanes"), map = $("map"), pen = lanes.getContext("2d"), mapPen = map.getContext("2d");
  const people = data.lanes, ROW = {ruler: 24, shots: 66, plan: 34, person: 40, sound: 66, mouth: 78, gap: 8};
  const rows = [];
  let height = ROW.ruler;
  const row = (kind, size, label, extra) => {
    rows.push({kind, label, top: height, size, ...extra});
    height += size + ROW.gap;
  };
  row("shots", ROW.shots, "Shots");
  row("plan", ROW.plan, "Plan");
  people.forEach((lane, i) => row("person", ROW.person, lane.name, {lane, i}));
  if (original || dubbed) row("sound", ROW.sound, "Sound");
  if (measured) row("mouth", ROW.mouth, "Mouth");
  lanes.style.height = `${height}px`;

  const readColours = () => {
    const style = getComputedStyle(document.documentElement), names = ["ink", "dim", "line", "sunk", "surface", "dub", "wave", "cursor", "view", "focus"];
    colours = {};
    for (const name of names) colours[name] = style.getPropertyValue(`--${name}`).trim();
    for (let i = 0; i < 12; i++) colours[i] = style.getPropertyValue(`--c${i}`).trim();
  };
  const prepare = (canvas, context, tall) => {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(tall * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(tall * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, tall);
    return width;
  };
  const draw = () => {
    if (dirty) return;
    dirty = true;
    requestAnimationFrame(() => { dirty = false; paint(); });
  };

  // Which reason most frames of each pixel have.
  const majority = (first, stop, width) => {
    const out = new Uint8Array(width), counts = new Uint32Array(reasons.length), per = (stop - first) / width;
    for (let x = 0; x < width; x++) {
      const a = Math.floor(first + x * per), b = Math.min(frames, Math.max(a + 1, Math.floor(first + (x + 1) * per)));
      if (b - a === 1) { out[x] = perFrame[a]; continue; }
      counts.fill(0);
      for (let n = a; n < b; n++) counts[perFrame[n]]++;
      out[x] = counts.indexOf(Math.max(...counts));
    }
    return out;
  };
  const band = (context, columns, x0, top, size) => {
    for (let x = 0; x < columns.length;) {
      let end = x + 1;
      while (end < columns.length && columns[end] === columns[x]) end++;
      const reason = reasons[columns[x]], low = reason.kind === "pass" ? size * .55 : 0;
      context.fillStyle = colours[reason.colour];
      context.fillRect(x0 + x, top + low, end - x, size - low);
      x = end;
    }
  };
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const ruler = (width, px) => {
    const second = px * fps, small = second > 320;
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    if (small) {  // frame numbers
      const step = [1, 2, 5, 10, 20, 50].find((s) => s * px > 64) ?? 100;
      for (let n = Math.ceil(from / step) * step; n < to; n += step) mark((n - from) * px, String(n));
    } else {
      const step = STEPS.find((s) => s * second > 86) ?? 3600;
      for (let t = Math.ceil(from / fps / step) * step; t * fps < to; t += step) mark((t * fps - from) * px, clock(t * fps, false));
    }
    function mark(x, text) {
      pen.fillStyle = colours.line;
      pen.fillRect(GUTTER + x, 16, 1, height - 16);
      pen.fillStyle = colours.dim;
      if (x < width - 46) pen.fillText(text, GUTTER + x + 1, 8);
    }
  };
  const rounded = (x, y, w, h, r) => { pen.beginPath(); pen.roundRect(x, y, w, h, Math.min(r, w / 2)); };
  // Where shots are too short for their pictures: those of the shots nearest to evenly spaced places.
  const pictured = Object.keys(data.thumbs).map(Number).sort((a, b) => a - b);
  const filmstrip = (r, width, px) => {
    const wide = Math.max(24, Math.round(r.size * data.aspect)), slots = Math.max(1, Math.round(width / (wide + 3))), slot = width / slots;
    for (let i = 0; i < slots; i++) {
      const shot = shotOf(from + (i + .5) * slot / px), near = find(pictured, shot, (n) => n);
      const candidates = [pictured[near], pictured[near + 1]].filter((n) => n !== undefined);
      const best = candidates.sort((a, b) => Math.abs(a - shot) - Math.abs(b - shot))[0];
      const begun = shots[best], reach = slot / px;  // one from far away would mislead
      rounded(GUTTER + i * slot, r.top, slot - 3, r.size, 5);
      pen.fillStyle = colours.sunk;
      pen.fill();
      const image = best !== undefined && begun >= from + (i - .5) * reach && begun < from + (i + 1.5) * reach ? picture("thumbs", best) : null;
      if (!image) continue;
      pen.save();
      pen.clip();
      const scale = Math.max((slot - 3) / image.naturalWidth, r.size / image.naturalHeight), w = image.naturalWidth * scale, h = image.naturalHeight * scale;
      pen.drawImage(image, GUTTER + i * slot + (slot - 3 - w) / 2, r.top + (r.size - h) / 2, w, h);
      pen.restore();
    }
  };
  const shotRow = (r, width, px) => {
    const inSight = shotOf(Math.min(frames - 1, Math.ceil(to) - 1)) - shotOf(Math.floor(from)) + 1;
    if (pictured.length && width / inSight < 26) { filmstrip(r, width, px); return; }
    const last = shotOf(Math.min(frames - 1, Math.ceil(to) - 1));
    let drawn = -Infinity;
    for (let i = shotOf(Math.floor(from)); i <= last; i++) {
      const a = shots[i], b = shots[i + 1] ?? frames;
      const x = Math.max(0, (a - from) * px), end = Math.min(width, (b - from) * px), w = end - x - (px * (b - a) > 4 ? 2 : 0);
      if (end - drawn < 1) continue;
      drawn = end;
      rounded(GUTTER + x, r.top, Math.max(w, 1), r.size, 5);
      pen.fillStyle = colours.sunk;
      pen.fill();
      if (w < 14) { pen.fillStyle = colours.line; pen.fill(); continue; }
      const image = picture("thumbs", i);
      if (image) {
        pen.save();
        pen.clip();
        const wide = r.size * image.naturalWidth / image.naturalHeight, room = Math.max(0, w - wide) / 2;
        const shown = Math.min(wide, w), part = shown / wide * image.naturalWidth;
        pen.drawImage(image, (image.naturalWidth - part) / 2, 0, part, image.naturalHeight, GUTTER + x + Math.min(room, 0), r.top, shown, r.size);
        pen.restore();
      }
      if (w > 44) {
        const text = String(i + 1), space = pen.measureText(text).width + 10;
        pen.fillStyle = "rgba(0,0,0,.58)";
        rounded(GUTTER + x + 4, r.top + r.size - 20, space, 16, 4);
        pen.fill();
        pen.fillStyle = "#fff";
        pen.fillText(text, GUTTER + x + 9, r.top + r.size - 11.5);
      }
    }
  };
  // Where tracks are too short to be told apart: how much of each pixel's time they fill.
  const presence = (tracks, r, width, px, start) => {
    const shares = [new Float32Array(width + 1), new Float32Array(width + 1)];
    for (let i = start; i < tracks.length && tracks[i][0] < to; i++) {
      const a = Math.max(0, (tracks[i][0] - from) * px), b = Math.min(width, (tracks[i][1] - from) * px);
      for (let x = Math.floor(a); x < b; x++) shares[tracks[i][3] ? 1 : 0][x] += Math.min(b, x + 1) - Math.max(a, x);
    }
    for (let x = 0; x < width; x++) {
      const all = Math.min(1, shares[0][x] + shares[1][x]), tall = (r.size - 14) * all, mine = (r.size - 14) * Math.min(1, shares[1][x]);
      pen.fillStyle = colours.wave;
      pen.fillRect(GUTTER + x, r.top + r.size - 7 - tall, 1, tall);
      pen.fillStyle = colours.dub;
      pen.fillRect(GUTTER + x, r.top + r.size - 7 - mine, 1, mine);
    }
  };
  const personRow = (r, width, px) => {
    const tracks = r.lane.tracks, start = Math.max(0, find(tracks, from, (t) => t[0]) - 8);
    let drawn = -Infinity;
    pen.fillStyle = colours.line;
    pen.fillRect(GUTTER, r.top + r.size / 2, width, 1);
    if (tracks.length && (to - from) * px / Math.max(1, find(tracks, to, (t) => t[0]) - start) < 12) {
      presence(tracks, r, width, px, start);
      return;
    }
    for (let i = start; i < tracks.length && tracks[i][0] < to; i++) {
      const [first, stop, face, target] = tracks[i];
      if (stop <= from) continue;
      const x = Math.max(0, (first - from) * px), end = Math.min(width, (stop - from) * px), w = Math.max(end - x - (px * (stop - first) > 6 ? 1.5 : 0), 1);
      if (end - drawn < 1) continue;
      drawn = end;
      rounded(GUTTER + x, r.top + 7, w, r.size - 14, 6);
      pen.globalAlpha = target ? .34 : 1;
      pen.fillStyle = target ? colours.dub : colours.sunk;
      pen.fill();
      pen.globalAlpha = 1;
      if (!target) { pen.strokeStyle = colours.line; pen.lineWidth = 1; pen.stroke(); }
      const image = w > 30 && face >= 0 ? picture("faces", face) : null;
      if (image) {
        const side = r.size - 4, cx = GUTTER + x + side / 2 + 1, cy = r.top + r.size / 2;
        pen.save();
        pen.beginPath();
        pen.arc(cx, cy, side / 2, 0, 7);
        pen.clip();
        pen.drawImage(image, cx - side / 2, cy - side / 2, side, side);
        pen.restore();
        pen.beginPath();
        pen.arc(cx, cy, side / 2, 0, 7);
        pen.lineWidth = 2;
        pen.strokeStyle = target ? colours.dub : colours.surface;
        pen.stroke();
      }
    }
  };
  const wave = (values, r, width, colour, alpha) => {
    const per = (to - from) * bins / width, middle = r.top + r.size / 2, peaks = new Path2D(), means = new Path2D();
    for (let x = 0; x < width; x++) {
      const a = Math.floor(from * bins + x * per), b = Math.min(values.length, Math.max(a + 1, Math.floor(from * bins + (x + 1) * per)));
      let top = 0, sum = 0;
      for (let n = a; n < b; n++) { sum += values[n]; if (values[n] > top) top = values[n]; }
      if (!top) continue;
      const h = Math.max(.5, top / 510 * r.size), m = Math.max(.5, sum / (b - a) / 510 * r.size);
      peaks.rect(GUTTER + x, middle - h, 1, 2 * h);
      means.rect(GUTTER + x, middle - m, 1, 2 * m);
    }
    pen.fillStyle = colour;
    pen.globalAlpha = per > 8 ? alpha * .4 : alpha;
    pen.fill(peaks);
    if (per > 8) { pen.globalAlpha = alpha; pen.fill(means); }
    pen.globalAlpha = 1;
  };
  const curve = (values, r, width, px, colour, thick) => {
    const per = (to - from) / width, y = (v) => r.top + r.size - 3 - v / 254 * (r.size - 6);
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.lineJoin = "round";
    pen.beginPath();
    if (per > 1.5) {  // the mean of each pixel, in the band from least to most
      const spread = new Path2D();
      let open = false;
      for (let x = 0; x < width; x++) {
        let low = 255, high = -1, sum = 0, count = 0;
        for (let n = Math.floor(from + x * per), b = Math.min(frames, Math.floor(from + (x + 1) * per) + 1); n < b; n++) {
          const value = values[n];
          if (value === NONE) continue;
          if (value < low) low = value;
          if (value > high) high = value;
          sum += value;
          count++;
        }
        if (!count) { open = false; continue; }
        spread.rect(GUTTER + x, y(high) - .5, 1, y(low) - y(high) + 1);
        if (open) pen.lineTo(GUTTER + x + .5, y(sum / count)); else pen.moveTo(GUTTER + x + .5, y(sum / count));
        open = true;
      }
      pen.fillStyle = colour;
      pen.globalAlpha = per > 6 ? .16 : 0;
      pen.fill(spread);
      pen.globalAlpha = 1;
      pen.lineWidth = Math.min(thick, 1.5);
    } else {
      let open = false;
      for (let n = Math.max(0, Math.floor(from) - 1); n < Math.min(frames, to + 1); n++) {
        if (values[n] === NONE) { open = false; continue; }
        const x = GUTTER + (n + .5 - from) * px;
        if (open) pen.lineTo(x, y(values[n])); else pen.moveTo(x, y(values[n]));
        open = true;
      }
    }
    pen.stroke();
  };
  const label = (r) => {
    pen.textAlign = "right";
    pen.fillStyle = colours.ink;
    pen.font = "550 12px system-ui, sans-serif";
    const keys = r.kind === "sound" ? [[original, "original", colours.wave], [dubbed, "dub", colours.dub]]
      : r.kind === "mouth" ? [[measured, "measured", colours.dim], [requested, "requested", colours.dub]] : [];
    const shown = keys.filter(([values]) => values);
    const y = r.top + r.size / 2 - shown.length * 7.5;
    pen.fillText(r.label, GUTTER - 14, y);
    pen.font = "11px system-ui, sans-serif";
    shown.forEach(([, text, colour], i) => {
      pen.fillStyle = colours.dim;
      pen.fillText(text, GUTTER - 26, y + 16 + i * 15);
      pen.fillStyle = colour;
      rounded(GUTTER - 22, y + 12 + i * 15, 8, 8, 2);
      pen.fill();
    });
    pen.textAlign = "left";
  };
  const paint = () => {
    const width = Math.max(50, Math.floor(prepare(lanes, pen, height)) - GUTTER), px = width / (to - from);
    ruler(width, px);
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, 0, width, height);
    pen.clip();
    for (const r of rows) {
      if (r.kind === "shots") shotRow(r, width, px);
      else if (r.kind === "plan") band(pen, majority(from, to, width), GUTTER, r.top, r.size);
      else if (r.kind === "person") personRow(r, width, px);
      else if (r.kind === "sound") {
        if (original) wave(original, r, width, colours.wave, 1);
        if (dubbed) wave(dubbed, r, width, colours.dub, .7);
      } else {
        curve(measured, r, width, px, colours.dim, 1.4);
        if (requested) curve(requested, r, width, px, colours.dub, 2);
      }
    }
    if (hover >= 0) {
      pen.globalAlpha = .35;
      pen.fillStyle = colours.ink;
      pen.fillRect(GUTTER + (hover + .5 - from) * px, 16, 1, height - 16);
      pen.globalAlpha = 1;
    }
    const x = GUTTER + (at + .5 - from) * px;
    pen.fillStyle = colours.cursor;
    pen.fillRect(x - .75, 14, 1.5, height - 14);
    pen.beginPath();
    pen.moveTo(x - 5, 12);
    pen.lineTo(x + 5, 12);
    pen.lineTo(x, 19);
    pen.fill();
    pen.restore();
    rows.forEach(label);

    const wide = Math.floor(prepare(map, mapPen, 30));
    band(mapPen, majority(0, frames, wide), 0, 4, 22);
    const a = from / frames * wide, b = to / frames * wide;
    if (to - from < frames) {
      mapPen.fillStyle = colours.view;
      mapPen.fillRect(a, 0, Math.max(b - a, 2), 30);
      mapPen.strokeStyle = colours.focus;
      mapPen.lineWidth = 1.5;
      mapPen.strokeRect(a + .75, .75, Math.max(b - a - 1.5, 2), 28.5);
    }
    mapPen.fillStyle = colours.cursor;
    mapPen.fillRect(at / frames * wide - .75, 0, 1.5, 30);
    $("span").textContent = `${clock(from, false)} – ${clock(to, false)}`;
    $("out").disabled = $("fit").disabled = to - from >= frames;
    $("in").disabled = to - from <= Math.min(MIN_SPAN, frames);
  };

  // Where we are.
  const show = (start, span) => {
    span = Math.min(frames, Math.max(Math.min(MIN_SPAN, frames), span));
    from = Math.min(Math.max(0, start), frames - span);
    to = from + span;
    draw();
  };
  const zoom = (factor, around = at + .5) => {
    const span = Math.min(frames, Math.max(Math.min(MIN_SPAN, frames), (to - from) * factor));
    show(around - (around - from) / (to - from) * span, span);
  };
  const chip = (reason) => {
    const holder = document.createElement("span"), swatch = document.createElement("i");
    holder.className = "chip";
    swatch.className = `swatch ${reason.kind} c${reason.colour}`;
    swatch.setAttribute("aria-hidden", "true");
    holder.append(swatch, say(reason));
    return holder;
  };
  const go = (frame) => {
    at = Math.min(Math.max(0, Math.round(frame)), frames - 1);
    if (at < from || at >= to) show(at - (to - from) / 2, to - from);
    const range = ranges[rangeOf(at)], reason = reasons[range[2]], shot = shotOf(at);
    $("now-frame").textContent = number(at);
    $("now-time").textContent = clock(at);
    $("now-shot").textContent = `${number(shot + 1)} of ${number(shots.length)}`;
    $("now-what").replaceChildren(chip(reason));
    $("now-range").textContent = `${range[0]}–${range[1] - 1}`;
    $("now-measured").textContent = opening(measured, at);
    $("now-requested").textContent = opening(requested, at);
    const still = data.thumbs[shot];
    $("still").hidden = !still;
    $("nostill").hidden = Boolean(still);
    if (still) $("still").src = `data:image/jpeg;base64,${still}`;
    $("still").alt = still ? `Shot ${shot + 1}` : "";
    const line = $("timeline");
    line.setAttribute("aria-valuenow", at);
    line.setAttribute("aria-valuetext", `Frame ${at}, ${clock(at)}, shot ${shot + 1}. ${say(reason)}`);
    markRow();
    draw();
  };
  const step = (direction) => {
    const index = rangeOf(at) + direction;
    if (index >= 0 && index < ranges.length) go(ranges[index][0]);
  };

  // The table, a page at a time.
  let listed = ranges.map((_, i) => i), page = 0;
  const button = (text, name, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "link";
    made.textContent = text;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  };
  const list = () => {
    const body = [];
    for (const index of listed.slice(page * PAGE, (page + 1) * PAGE)) {
      const range = ranges[index], [first, stop, reason] = range, line = document.createElement("tr");
      line.dataset.index = index;
      const cells = [chip(reasons[reason]), `${first}–${stop - 1}`, clock(first), clock(stop), number(stop - first)];
      cells.forEach((cell, i) => {
        const td = document.createElement("td");
        if (i) td.className = "r";
        td.append(cell);
        line.append(td);
      });
      const last = document.createElement("td"), frameNames = `frames ${first} to ${stop - 1}`;
      last.className = "r";
      last.append(
        button("Show", `Show ${frameNames}`, () => { show(first - (stop - first) * .25, (stop - first) * 1.5); go(first); }),
        button("Copy frame", `Copy frame number ${first}`, () => copy(String(first), `frame ${first}`)),
        button("Copy zone", `Copy a zone of ${frameNames}`, () => copyZone(range)),
      );
      line.append(last);
      body.push(line);
    }
    $("rows").replaceChildren(...body);
    const pages = Math.max(1, Math.ceil(listed.length / PAGE));
    $("page").textContent = `${number(listed.length)} ranges · page ${page + 1} of ${pages}`;
    $("page-back").disabled = page === 0;
    $("page-on").disabled = page >= pages - 1;
    markRow();
  };
  const markRow = () => {
    const here = String(rangeOf(at));
    for (const line of $("rows").children) line.classList.toggle("here", line.dataset.index === here);
  };

  // Hands.
  const timeline = $("timeline");
  const frameAt = (event) => {
    const box = lanes.getBoundingClientRect(), x = event.clientX - box.left - GUTTER;
    return Math.min(frames - 1, Math.max(0, Math.floor(from + x / (box.width - GUTTER) * (to - from))));
  };
  let dragging = false;
  timeline.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragging = true;
    timeline.setPointerCapture(event.pointerId);
    go(frameAt(event));
  });
  timeline.addEventListener("pointerup", () => { dragging = false; });
  timeline.addEventListener("pointermove", (event) => {
    hover = frameAt(event);
    if (dragging) go(hover);
    const box = timeline.getBoundingClientRect(), x = event.clientX - box.left, tip = $("tip");
    const reason = reasons[perFrame[hover]], range = ranges[rangeOf(hover)];
    tip.textContent = `${say(reason)}\nFrame ${hover} · ${clock(hover)} · shot ${shotOf(hover) + 1}\nRange ${range[0]}–${range[1] - 1}`;
    tip.hidden = x < GUTTER;
    const room = tip.offsetWidth + 16;
    tip.style.left = `${x + room > box.width ? x - room : x + 14}px`;
    tip.style.top = `${Math.max(0, event.clientY - box.top + 16)}px`;
    draw();
  });
  timeline.addEventListener("pointerleave", () => { hover = -1; $("tip").hidden = true; draw(); });
  timeline.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(event.deltaY * .004), frameAt(event));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      show(from + (event.deltaX || event.deltaY) / (lanes.clientWidth - GUTTER) * (to - from), to - from);
    }
  }, {passive: false});
  const scrub = (event) => {
    const box = map.getBoundingClientRect();
    const frame = (event.clientX - box.left) / box.width * frames;
    show(frame - (to - from) / 2, to - from);
    go(frame);
  };
  map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); scrub(event); });
  map.addEventListener("pointermove", (event) => { if (event.buttons) scrub(event); });

  const second = Math.max(1, Math.round(fps));
  const keys = {
    ArrowRight: (event) => go(at + (event.shiftKey ? second : 1)),
    ArrowLeft: (event) => go(at - (event.shiftKey ? second : 1)),
    ArrowUp: () => go(at + 1),
    ArrowDown: () => go(at - 1),
    PageDown: () => step(1),
    PageUp: () => step(-1),
    Home: () => go(0),
    End: () => go(frames - 1),
    "]": () => go(shots[Math.min(shotOf(at) + 1, shots.length - 1)]),
    "[": () => go(shots[Math.max(0, shotOf(at) - (shots[shotOf(at)] === at ? 1 : 0))]),
    "+": () => zoom(.5),
    "=": () => zoom(.5),
    "-": () => zoom(2),
    "0": () => show(0, frames),
    c: copyFrame,
    z: () => copyZone(ranges[rangeOf(at)]),
  };
  timeline.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key](event);
  });
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  $("in").addEventListener("click", () => zoom(.5));
  $("out").addEventListener("click", () => zoom(2));
  $("fit").addEventListener("click", () => show(0, frames));
  $("copy-frame").addEventListener("click", copyFrame);
  $("copy-zone").addEventListener("click", () => copyZone(ranges[rangeOf(at)]));
  $("copy-exclude").addEventListener("click", () => copyExclusion(ranges[rangeOf(at)]));
  $("filter").addEventListener("change", (event) => {
    const wanted = event.target.value;
    listed = ranges.map((_, i) => i).filter((i) => wanted === "" || ranges[i][2] === Number(wanted));
    page = 0;
    list();
  });
  $("page-back").addEventListener("click", () => { page--; list(); });
  $("page-on").addEventListener("click", () => { page++; list(); });
  new ResizeObserver(draw).observe(lanes);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });

  readColours();
  list();
  go(0);
})();
