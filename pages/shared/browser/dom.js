/** A new element with this class and these words. */
globalThis.sotaMake ??= (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text) node.textContent = text;
  return node;
};
