// A line at the bottom of the page, for a moment.

const toast = document.getElementById("said");
let hiding = 0;

/** Say something; what is wrong stays longer. */
export const say = (text, isWrong = false) => {
  toast.textContent = text;
  toast.classList.add("shown");
  toast.classList.toggle("wrong", isWrong);
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.classList.remove("shown"), isWrong ? 7000 : 1800);
};

/** Take back what was wrong, once something has gone well. */
export const unsay = () => {
  if (toast.classList.contains("wrong")) toast.classList.remove("shown");
};
