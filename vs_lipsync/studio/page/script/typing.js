// Fields that somebody is typing into are not built anew under their hands.

/** Return whether a field in an element has the focus and another value than it began with. */
export const isTyping = (element) => {
  const field = document.activeElement;
  return element.contains(field) && field.matches("input") && field.value !== field.defaultValue;
};

/** Take what stands in a field for what it begins with: it is being saved. */
export const settle = (field) => {
  field.defaultValue = field.value;
};

/** Build what is in an element anew; what has the focus keeps it, or another element gets it. */
export const rebuild = (element, children, otherwise = null) => {
  const held = element.contains(document.activeElement) ? document.activeElement.id : "";
  const {scrollTop} = element;
  element.replaceChildren(...children);
  element.scrollTop = scrollTop;
  if (held) (document.getElementById(held) ?? otherwise)?.focus({preventScroll: true});
};

/** Call a function when a field in an element is left. */
export const whenLeft = (element, fill) => element.addEventListener("focusout", () => setTimeout(fill));
