const lit = new WeakMap();

export default function ({ data, parentElement }) {
  const all = parentElement.querySelector(".all"), told = parentElement.querySelector(".told");
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const show = (part) => {
    lit.set(parentElement, part);
    for (const node of all.querySelectorAll("button.piece")) {
      node.classList.toggle("lit", node.dataset.part === part);
      node.setAttribute("aria-pressed", node.dataset.part === part);
    }
    const [title, say, text] = data.parts[part];
    told.querySelector("strong").textContent = title;
    told.querySelector("em").textContent = `say: ${say}`;
    told.querySelector("span").textContent = text;
  };
  all.replaceChildren(...data.equations.map((equation) => {
    const figure = make("figure"), line = make("div", "line");
    figure.append(make("figcaption", "", equation.name), line);
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", equation.spoken);
    if (equation.rows.length > 1) {
      const rows = make("div", "rows");
      rows.append(make("i", "", "x"), ...equation.rows.map((row) => make("i", "", row)));
      line.append(rows);
    }
    for (const { text, part, values } of equation.pieces) {
      const node = make(part ? "button" : "span", "piece");
      node.append(make("span", "sign", text));
      for (let i = 0; i < equation.rows.length; i++)
        node.append(make("span", "number", values.length ? values[i] : part ? "" : text));
      if (part) {
        node.type = "button";
        node.dataset.part = part;
        node.onmouseenter = node.onfocus = node.onclick = () => show(part);
      }
      line.append(node);
    }
    return figure;
  }));
  const before = lit.get(parentElement);
  show(before in data.parts ? before : data.first);
}
