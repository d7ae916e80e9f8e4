"""Two pictures and λ, blended in the browser: no message to the server while a hand is on it, one when it rests.

The sum is λ·A + (1−λ)·B on bytes, rounded to nearest (ties to even, as the browser's clamped arrays and
numpy.rint both do). Only constants enter html, css and js; names and pictures travel as data.
"""

import numpy as np
import streamlit as st

from pages.shared.components.data_uri import encoded_once
from pages.shared.session import address
from sota_core.figures.pictures import centre_square, data_uri

LAM = "lam"  # in the address
SIDE = 256  # pixels of the canvas: a paint costs about 2 ms

_HTML = """
<figure>
  <div class="frame"><canvas width="256" height="256" role="img"></canvas></div>
  <div class="bars" aria-hidden="true">
    <span class="name a"></span><span class="track"><i class="a"></i></span><output class="a"></output>
    <span class="name b"></span><span class="track"><i class="b"></i></span><output class="b"></output>
  </div>
  <label><span class="lam"></span><input type="range" min="0" max="100" step="1" aria-label="λ"></label>
</figure>
"""

_CSS = """
figure { margin: 0; font-family: var(--st-font); color: var(--st-text-color);
  --a: var(--st-violet-color); --b: var(--st-yellow-color); --lam: .7; }
.frame { border-radius: var(--st-base-radius); padding: 3px; line-height: 0; cursor: ew-resize;
  background: linear-gradient(90deg, var(--a) calc(var(--lam) * 100%), var(--b) 0); }
canvas { width: 100%; aspect-ratio: 1; border-radius: calc(var(--st-base-radius) - 2px); touch-action: pan-y;
  background: var(--st-secondary-background-color); }
.bars { display: grid; grid-template-columns: max-content 1fr 3.4em; gap: .3rem .7rem; align-items: center;
  margin: .8rem 0 .3rem; font-size: .92rem; }
.track { height: 8px; border-radius: 4px; background: var(--st-secondary-background-color); overflow: hidden; }
.track i { display: block; height: 100%; transform-origin: left; }
i.a { background: var(--a); transform: scaleX(var(--lam)); }
i.b { background: var(--b); transform: scaleX(calc(1 - var(--lam))); }
.name::before { content: "● "; color: var(--a); }
.name.b::before { content: "■ "; color: var(--b); }
output, .lam { font-variant-numeric: tabular-nums; text-align: right; }
label { display: grid; grid-template-columns: max-content 1fr; gap: .9rem; align-items: center; font-size: .95rem; }
.lam { min-width: 4.6em; text-align: left; }
input { width: 100%; height: 2rem; margin: 0; accent-color: var(--st-primary-color); cursor: ew-resize; }
input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; border-radius: 4px; }
"""

_JS = """
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
"""

_component = st.components.v2.component("sota_blend", html=_HTML, css=_CSS, js=_JS)


@encoded_once
def _square(picture: np.ndarray) -> str:
    return data_uri(centre_square(picture, SIDE))


def blend(
    a: np.ndarray, b: np.ndarray, names: tuple[str, str], *, key: str, lam: float = 0.7, invites: bool = False
) -> float:
    """Show the mix of two pictures, (H, W, 3) uint8, and return λ where the visitor last let go.

    `lam` is what the address says: where it stands at first, and where it goes when the address says something else
    than the visitor's hand last did (a link, a notice, the browser's back button). A hand's λ goes into the address.
    """
    # The pictures travel with `data`: it must not change when only the visitor's own λ comes back.
    asked, turn = f"{key}.asked", f"{key}.turn"
    told = (st.session_state.get(key) or {}).get("lam")
    if told is None:
        st.session_state[asked] = lam
    elif f"{_fraction(told, lam):.2f}" != f"{lam:.2f}":
        st.session_state[asked] = st.session_state[key]["lam"] = lam
        # Counted: the same λ may be asked for twice, with a drag between.
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
    result = _component(
        key=key,
        data={
            "a": _square(a),
            "b": _square(b),
            "name_a": names[0],
            "name_b": names[1],
            "lam": st.session_state[asked],
            "turn": st.session_state.get(turn, 0),
            "invites": invites,
        },
        default={"lam": lam},
        on_lam_change=lambda: _mirror(key),
    )
    return _fraction(result.lam, lam)


def _mirror(key: str) -> None:
    address.write({LAM: f"{_fraction(st.session_state[key]['lam'], 0.5):.2f}"})


def _fraction(value: object, otherwise: float) -> float:
    """What a browser sends is not to be trusted: a number from 0 to 1, or what stood there before."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return otherwise


def lam_from_url(default: float = 0.7) -> float:
    return address.decimal(LAM, default, 0.0, 1.0)
