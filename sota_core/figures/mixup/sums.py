"""The sums of one mix at every step of λ: the pixel in the middle, and the target."""

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.mixup.mixing import Pixel, mixed_pixel
from sota_core.figures.plot import colour
from sota_core.functional.mixup import mix_targets
from sota_core.language import N_, cached, tr

CHANNELS = (N_("red"), N_("green"), N_("blue"))


def pixel(a: Pixel, b: Pixel, lam: float) -> Slots:
    """The pixel in the middle of both pictures and of their mix, channel by channel, and its colour."""
    mixed = mixed_pixel(a, b, lam)
    found = {"lam": words.number(lam), "mal": words.number(1 - lam)}
    for whose, rgb in (("a", a), ("b", b), ("mix", mixed)):
        found[f"{whose}_rgb"] = f"rgb({' '.join(f'{value:.0f}' for value in rgb)})"
        found |= {f"{whose}_{name}": _value(whose, value) for name, value in zip(CHANNELS, rgb, strict=True)}
    return found


def _value(whose: str, value: float) -> str:
    return words.number(value, 2 if whose == "mix" else 0)


def target(names: tuple[str, str], lam: float) -> Slots:
    """How much of each class the mixed target holds; if both pictures are of one class, it holds all of it."""
    is_one = names[0] == names[1]
    targets = [[1.0, 0.0], [1.0, 0.0]] if is_one else [[1.0, 0.0], [0.0, 1.0]]
    a, b = (float(share) for share in mix_targets(targets, lam, [1, 0])[0])
    return {
        "name_a": names[0],
        "name_b": names[1],
        "share_a": words.number(a),
        "share_b": words.number(b),
        "when_two": "none" if is_one else "",
        "when_one": "" if is_one else "none",
    }


def said(a: Pixel, b: Pixel, names: tuple[str, str], lam: float) -> Slots:
    """The sums in words, for whoever does not see them."""
    it, mixed = target(names, lam), pixel(a, b, lam)
    shares = f"{names[0]} {it['share_a']}" + ("" if names[0] == names[1] else f", {names[1]} {it['share_b']}")
    text = tr(
        "λ = {lam}: target {shares}; the pixel in the middle is red {red}, green {green}, blue {blue}.",
        lam=mixed["lam"],
        shares=shares,
        **{name: mixed[f"mix_{name}"] for name in CHANNELS},
    )
    return {"said": text}


VIEWS = (pixel, target)

_A, _B = f'style="color:{colour("picture_a")}"', f'style="color:{colour("picture_b")}"'


def _sum(letter: str) -> str:
    """λ·letter_A + (1 − λ)·letter_B."""
    of = f"<msub><mi>{letter}</mi><mi>%s</mi></msub>"
    return (
        f"<math {_A}><mi>λ</mi>{of % 'A'}</math> <math><mo>+</mo></math> "
        f"<math {_B}><mo>(</mo><mn>1</mn><mo>−</mo><mi>λ</mi><mo>)</mo>{of % 'B'}</math>"
    )


def _row(name: str) -> str:
    cells = "".join(f'<td data-live="text:{whose}_{name}"></td>' for whose in ("a", "b"))
    return f'<tr><th scope="row">{tr(name)}</th>{cells}<td><b data-live="text:mix_{name}"></b></td></tr>'


@cached(None)
def template() -> str:
    computed, picture, of_target = (
        tr("What is computed"),
        tr("picture {sum}", sum=_sum("x")),
        tr("target {sum}", sum=_sum("y")),
    )
    in_the_middle, mix, red, head = tr("The pixel in the middle"), tr("mix"), tr("red"), tr("The target")
    when_one = tr(
        "{name} {share}: both pictures are of one class, so the target does not change.",
        name='<span data-live="text:name_a"></span>',
        share='<b data-live="text:share_a"></b>',
    )
    return f"""<h2>{computed}</h2>
<p>{picture}<br>{of_target}</p>
<h2>{in_the_middle}</h2>
<table class="pixel"><thead><tr><td></td>
<th scope="col" {_A}>● A</th><th scope="col" {_B}>■ B</th><th scope="col">{mix}</th></tr></thead>
<tbody>{"".join(_row(name) for name in CHANNELS)}<tr aria-hidden="true"><th></th>
<td><i class="patch" data-live="--c:a_rgb"></i></td><td><i class="patch" data-live="--c:b_rgb"></i></td>
<td><i class="patch" data-live="--c:mix_rgb"></i></td></tr></tbody></table>
<p>{red}: <math {_A}><mn data-live="text:lam"></mn><mo>·</mo><mn data-live="text:a_red"></mn></math>
<math><mo>+</mo></math> <math {_B}><mn data-live="text:mal"></mn><mo>·</mo><mn data-live="text:b_red"></mn></math>
<math><mo>=</mo><mn data-live="text:mix_red"></mn></math></p>
<h2>{head}</h2>
<p data-live="class:when_two"><span {_A}>● <span data-live="text:name_a"></span> <b data-live="text:share_a"></b></span>
&ensp; <span {_B}>■ <span data-live="text:name_b"></span> <b data-live="text:share_b"></b></span></p>
<p data-live="class:when_one">{when_one}</p>"""
