export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".strip");
  list.style.setProperty("--least", data.least);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const items = data.cards.map((card) => {
    const item = make("li"), frame = make("div", "frame"), image = make("img");
    frame.style.setProperty("--lam", card.lam);
    image.src = card.picture;
    image.alt = card.alt;
    frame.append(image);
    if (card.box) {
      const ground = make("div", "box"), edge = make("i");
      const [x, y, w, h] = card.box.map((share) => `${100 * share}%`);
      Object.assign(edge.style, { left: x, top: y, width: w, height: h });
      ground.append(edge);
      frame.append(ground);
    }
    const bars = make("div", "bars");
    for (const [side, name, weight] of card.bars) {
      const track = make("span", `track ${side}`), fill = make("i");
      fill.style.width = `${100 * weight}%`;
      track.append(fill);
      bars.append(make("span", `name ${side}`, name), track, make("span", "weight", weight.toFixed(2)));
    }
    item.append(frame, bars, ...card.lines.map((line) => make("p", "", line)));
    return item;
  });
  list.replaceChildren(...items);
}
