/**
 * Code to read and to copy; several blocks are tabs, one at a time.
 *
 * @typedef {[label: string, tokens: [kind: string, text: string][]]} Block  kind "": the colour of plain text
 *
 * @typedef {object} Data
 * @property {Block[]} blocks
 * @property {boolean} wraps
 * @property {{ copy: string, copied: string, refused: string }} says
 * @property {string} most  the height after which a block scrolls, a length of CSS
 */

const TOLD_MS = 2000;

/** Which block is shown, and the timer of the words beside the button. */
const kept = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  if (!kept.has(parentElement)) kept.set(parentElement, { at: 0 });
  const state = kept.get(parentElement);
  const find = (selector) => parentElement.querySelector(selector);
  const block = find(".block");
  const tabs = find(".tabs");
  const turnTo = (at) => {
    state.at = at;
    show(parentElement, data.blocks[at]);
    mark(tabs, at);
    find(".copy").setAttribute("aria-label", `${data.says.copy}: ${data.blocks[at][0]}`); // a page has several
  };
  block.classList.toggle("is-wrapped", data.wraps);
  block.style.setProperty("--most", data.most);
  if (data.blocks.length > 1) block.setAttribute("role", "tabpanel");
  else block.removeAttribute("role");
  layOut(tabs, data.blocks, turnTo);
  turnTo(Math.min(state.at, data.blocks.length - 1));
  const button = find(".copy");
  button.title = data.says.copy;
  button.onclick = async () => tell(find(".copy span"), state, await copied(data.blocks[state.at], data.says));
}

function show(parentElement, [label, tokens]) {
  parentElement.querySelector("pre").setAttribute("aria-label", label);
  parentElement.querySelector("code").replaceChildren(...tokens.map(([kind, text]) => token(kind, text)));
}

function token(kind, text) {
  return kind ? globalThis.sotaMake("span", kind, text) : document.createTextNode(text);
}

/** A tab for each block, none for a single block. Tabs that are there stay: one of them may have the focus. */
function layOut(tabs, blocks, turnTo) {
  const n = blocks.length > 1 ? blocks.length : 0;
  while (tabs.children.length > n) tabs.lastChild.remove();
  while (tabs.children.length < n) tabs.append(document.createElement("button"));
  [...tabs.children].forEach((tab, i) => {
    tab.type = "button";
    tab.role = "tab";
    tab.textContent = blocks[i][0];
    tab.onclick = () => turnTo(i);
    // as tabs everywhere: one stop for Tab, arrows between them
    tab.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: n - 1 }[key];
      if (!step) return;
      const next = (i + step) % n;
      turnTo(next);
      tabs.children[next].focus();
    };
  });
}

function mark(tabs, at) {
  [...tabs.children].forEach((tab, i) => {
    tab.setAttribute("aria-selected", i === at);
    tab.tabIndex = i === at ? 0 : -1;
  });
}

/** Copy a block's text; returns what to tell of it. */
async function copied([, tokens], says) {
  try {
    await copy(tokens.map(([, text]) => text).join(""));
    return says.copied;
  } catch {
    return says.refused;
  }
}

async function copy(text) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // a class reached over plain http has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("the browser refused");
}

function tell(told, state, words) {
  told.textContent = words;
  clearTimeout(state.timer);
  state.timer = setTimeout(() => {
    told.textContent = "";
  }, TOLD_MS);
}
