const known = new WeakMap();

export default function ({ data, setStateValue, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  let me = known.get(parentElement);
  if (!me) known.set(parentElement, (me = { loaded: "", lam: data.lam, told: data.lam, touched: false }));
  me.tell = (lam) => setStateValue("lam", lam);
  if (me.asked !== data.lam || me.turn !== data.turn) {  // the page asks for a λ: a link, a URL
    me.asked = data.lam; me.turn = data.turn;
    if (me.told !== data.lam) { me.lam = me.told = data.lam; me.touched = true; }
  }
  const canvas = find("canvas"), range = find("input"), figure = find("figure"), frame = find(".frame");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  find(".name.a").textContent = data.name_a;
  find(".name.b").textContent = data.name_b;

  const paint = () => {
    me.due = 0;
    const lam = me.lam, percent = Math.round(lam * 100);
    figure.style.setProperty("--lam", lam);
    range.value = percent;
    const words = `${percent} % ${data.name_a}, ${100 - percent} % ${data.name_b}`;
    range.setAttribute("aria-valuetext", `λ = ${lam.toFixed(2)}: ${words}`);
    canvas.setAttribute("aria-label", `Two pictures laid over one another: ${words}`);
    find(".lam").textContent = `λ = ${lam.toFixed(2)}`;
    find("output.a").textContent = `${percent} %`;
    find("output.b").textContent = `${100 - percent} %`;
    if (!me.a || !me.b) return;
    const { a, b } = me, mix = me.mix, out = mix.data, rest = 1 - lam;
    for (let i = 0; i < out.length; i++) out[i] = lam * a[i] + rest * b[i];  // clamped arrays round to nearest
    pen.putImageData(mix, 0, 0);
  };
  const show = () => { if (!me.due) me.due = requestAnimationFrame(paint); };
  const move = (lam) => { me.touched = true; me.lam = Math.min(1, Math.max(0, Math.round(lam * 100) / 100)); show(); };
  const rest = (wait) => {
    clearTimeout(me.timer);
    me.timer = setTimeout(() => { if (me.told !== me.lam) { me.told = me.lam; me.tell(me.lam); } }, wait);
  };

  const pixels = async (uri) => {
    const image = new Image();
    image.src = uri;
    await image.decode();
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const load = async () => {
    const id = data.a.length + data.a.slice(-64) + data.b.slice(-64);
    if (me.loaded === id) return show();
    me.loaded = id;
    const a = await pixels(data.a), b = await pixels(data.b);
    me.a = a; me.b = b; me.mix = pen.createImageData(canvas.width, canvas.height);
    invite();
  };
  // Once, on arrival: λ glides from one picture into the mix, so that one sees what the slider will do.
  const invite = () => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!data.invites || me.touched || still) return show();
    const end = me.lam, begin = performance.now(), length = 1400;
    const step = (now) => {
      if (me.touched) return;
      const t = Math.min(1, Math.max(0, (now - begin) / length)), ease = 1 - Math.pow(1 - t, 3);
      me.lam = 1 + (end - 1) * ease;
      paint();
      if (t < 1) requestAnimationFrame(step); else { me.lam = end; paint(); }
    };
    requestAnimationFrame(step);
  };

  range.oninput = () => { move(range.value / 100); clearTimeout(me.timer); };
  range.onchange = () => rest(250);          // arrow keys come in rows: tell the last one
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
  };
  canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); at(event); };
  canvas.onpointermove = (event) => { if (canvas.hasPointerCapture(event.pointerId)) at(event); };
  canvas.onpointerup = canvas.onpointercancel = () => rest(0);
  load();
  return () => { clearTimeout(me.timer); cancelAnimationFrame(me.due); me.due = 0; };
}
