// How the picture is shown, and the wipe between before and after.

const stage = document.getElementById("stage");
const over = document.getElementById("over");
const wipe = document.getElementById("wipe");
const tags = {left: document.getElementById("left-tag"), right: document.getElementById("right-tag")};

/** "before", "wipe", "after" or "result"; where the wipe is, in per cent; whether a stretch is being played. */
export const look = {mode: "wipe", at: 50, isPlaying: false, isSecondThere: false, isOutdated: false};

/** Show it so. */
export const fits = () => {
  const isCompared = (look.mode === "wipe" || look.mode === "result") && !look.isPlaying;
  const at = look.mode === "before" ? 100 : look.mode === "after" ? 0 : look.at;
  over.style.clipPath = `inset(0 0 0 ${at}%)`;
  over.style.visibility = look.isSecondThere ? "visible" : "hidden";
  wipe.hidden = !isCompared;
  wipe.style.left = `${at}%`;
  wipe.setAttribute("aria-valuenow", Math.round(at));
  tags.left.hidden = look.mode === "after" || (look.isPlaying && look.mode !== "before");
  tags.right.hidden = look.mode === "before";
  tags.right.textContent = look.mode !== "result" ? "After" : look.isOutdated ? "Result, made before the last changes" : "Result";
};

const moveTo = (at) => {
  look.at = Math.min(100, Math.max(0, at));
  fits();
};

const STEPS = {ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100};

wipe.addEventListener("keydown", (event) => {
  if (!STEPS[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  moveTo(look.at + STEPS[event.key]);
});

stage.addEventListener("pointerdown", (event) => {
  if (event.button || wipe.hidden) return;
  stage.setPointerCapture(event.pointerId);
  const move = (moved) => {
    const box = stage.getBoundingClientRect();
    moveTo(((moved.clientX - box.left) / box.width) * 100);
  };
  const end = () => {
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", end);
    stage.removeEventListener("pointercancel", end);
  };
  move(event);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
});

new ResizeObserver(fits).observe(stage);
