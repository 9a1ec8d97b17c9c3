// What the canvases share.

/** Fit a canvas to its place on the page, `height` pixels high, and clear it; return its width in CSS pixels. */
export const prepare = (canvas, pen, height) => {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const [columns, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns || canvas.height !== lines) {
    canvas.width = columns;
    canvas.height = lines;
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return width;
};

/** Begin the path of a rectangle with round corners. */
export const roundedPath = (pen, x, y, width, height, radius) => {
  pen.beginPath();
  pen.roundRect(x, y, width, height, Math.min(radius, width / 2));
};
