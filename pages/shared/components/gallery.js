export default function ({ data, setTriggerValue, parentElement }) {
  const row = parentElement.querySelector(".row");
  row.style.setProperty("--n", data.columns);
  row.classList.toggle("is-narrow", data.columns > 6);
  row.style.setProperty("--most", data.most);
  row.style.setProperty("--height", data.height);
  row.classList.toggle("is-whole", data.whole);
  row.style.setProperty("--shape", data.whole ? "4 / 3" : "1");
  row.setAttribute("aria-label", data.label);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const items = data.tiles.map((tile) => {
    const item = make("li"), box = make(tile.pick === null ? "div" : "button"), image = make("img");
    if (tile.colour) item.style.setProperty("--role", `var(--st-${tile.colour}-color)`);
    item.classList.toggle("is-dashed", tile.dashed);
    image.src = tile.picture;
    image.alt = tile.alt;
    if (tile.head) box.append(make("span", "head", tile.head));
    box.append(image, make("span", `said ${tile.verdict}`, tile.said));
    if (tile.more) box.append(make("span", "more", tile.more));
    if (tile.pick !== null) {
      box.type = "button";
      box.title = data.invite;
      box.onclick = () => setTriggerValue("picked", tile.pick);
    }
    item.append(box);
    return item;
  });
  row.replaceChildren(...items);
}
