const timers = new WeakMap(), chosen = new WeakMap();

const copied = async (text) => {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");  // a class reached over plain http has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  const is_done = document.execCommand("copy");
  area.remove();
  if (!is_done) throw new Error("the browser refused");
};

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  const block = find(".block"), button = find(".copy"), told = find(".copy span"), tabs = find(".tabs");
  block.classList.toggle("is-wrapped", data.wraps);
  block.style.setProperty("--most", data.most);
  const now = () => Math.min(chosen.get(parentElement) ?? 0, data.blocks.length - 1);
  const show = (at) => {
    chosen.set(parentElement, at);
    const [label, tokens] = data.blocks[now()];
    find("pre").setAttribute("aria-label", label);
    find("code").replaceChildren(...tokens.map(([kind, text]) => {
      if (!kind) return document.createTextNode(text);
      const node = document.createElement("span");
      node.className = kind;
      node.textContent = text;
      return node;
    }));
    [...tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === now());
      tab.tabIndex = i === now() ? 0 : -1;
    });
  };
  const n = data.blocks.length > 1 ? data.blocks.length : 0;
  while (tabs.children.length > n) tabs.lastChild.remove();
  while (tabs.children.length < n) tabs.append(document.createElement("button"));
  [...tabs.children].forEach((tab, i) => {
    tab.type = "button";
    tab.role = "tab";
    tab.textContent = data.blocks[i][0];
    tab.onclick = () => show(i);
    tab.onkeydown = ({ key }) => {  // as tabs everywhere: one stop for Tab, arrows between them
      const step = { ArrowRight: 1, ArrowLeft: n - 1 }[key];
      if (!step) return;
      show((i + step) % n);
      tabs.children[now()].focus();
    };
  });
  if (n) block.setAttribute("role", "tabpanel"); else block.removeAttribute("role");
  show(now());
  button.onclick = async () => {
    let said = "Copied";
    const text = data.blocks[now()][1].map(([, piece]) => piece).join("");
    try { await copied(text); } catch { said = "Select it and copy by hand"; }
    told.textContent = said;
    clearTimeout(timers.get(parentElement));
    timers.set(parentElement, setTimeout(() => { told.textContent = ""; }, 2000));
  };
}
