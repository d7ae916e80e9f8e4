"""The target of a picture that is mixed and smoothed, at every step of λ and of the partner's label."""

from sota_core.figures import plot
from sota_core.figures.frames import Slots
from sota_core.figures.label_smoothing.smoothed import both, order_does_not_matter
from sota_core.figures.label_smoothing.views import MAX_ROWS, more, shown_classes
from sota_core.figures.plot import colour
from sota_core.language import cached, tr
from sota_core.words import number, short


def rows(n: int, label: int, partner: int) -> Slots:
    """Which classes have a row, and whose it is: picture A's, B's or nobody's."""
    shown = shown_classes(n, label, partner)
    found: dict[str, str] = {}
    for i in range(MAX_ROWS):
        k = shown[i] if i < len(shown) else None
        is_a, is_b = k == label, k == partner
        found[f"row{i}"] = "none" if k is None else "is-a" if is_a else "is-b" if is_b else "other"
        found[f"name{i}"] = "" if k is None else f"● {k}" if is_a else f"■ {k}" if is_b else f"{k}"
    return found | {"more": more(n)}


def values(eps: float, n: int, label: int, partner: int, lam: float) -> Slots:
    """What the target gives each class: λ·own + (1 − λ)·partner's, both smoothed."""
    target = both(n, (label, partner), lam, eps)
    a, b = float(target[label]), float(target[partner])
    rest = next((float(target[k]) for k in range(n) if k not in (label, partner)), 0.0)
    found: dict[str, str] = {}
    for whose, share in (("a", a), ("b", b), ("rest", rest)):
        found |= {whose: number(share, 5) if whose == "rest" else _share(share), f"{whose}_w": f"{share:.4g}"}
    shares = [tr("class {k} {share}", k=label, share=_share(a))]
    if partner != label:
        shares.append(tr("class {k} {share}", k=partner, share=_share(b)))
    if n > len({label, partner}):
        shares.append(tr("each other class {share}", share=short(rest, 2)))
    return found | {
        "lam": number(lam),
        "mal": number(1 - lam),
        "label": tr("class {k}", k=label),
        "partner": tr("class {k}", k=partner),
        "is_other": "" if partner != label else "none",
        "said_mix": tr("Target of the mix: {shares}.", shares=", ".join(shares)),
    }


def _share(share: float) -> str:
    """A label's share; a small one is written with as many digits as the other classes', and not as 0."""
    return number(share, 5 if 0 < share < 0.001 else 3)


def order(eps: float, n: int, label: int, partner: int, lam: float) -> Slots:
    """The mark that smoothing first and mixing first give the same target; worked out when the control rests."""
    return {"holds": "✓" if order_does_not_matter(n, (label, partner), lam, eps) else "✕"}


def told(eps: float, n: int, label: int, partner: int, lam: float) -> Slots:
    """Where a control was left, in words."""
    return {"said": f"λ = {number(lam)}. {values(eps, n, label, partner, lam)['said_mix']}"}


VIEWS, STILL = (rows, values), (order, told)


_CELL = "".join(
    plot.bar(f"if-{row}", role, slot, f"{slot}_w")
    for row, role, slot in (("a", "picture_a", "a"), ("b", "picture_b", "b"), ("other", "wrong", "rest"))
)

_ROWS = "".join(
    f'<tr data-live="class:row{i}"><th scope="row" data-live="text:name{i}"></th><td>{_CELL}</td></tr>'
    for i in range(MAX_ROWS)
)


@cached(None)
def bars() -> str:
    """A row a class, of both labels in their colours."""
    return (
        '<table class="bars"><caption data-live="text:said_mix"></caption><thead><tr>'
        f'<th scope="col">{tr("class")}</th><th scope="col">{tr("target of the mix")}</th></tr></thead>'
        f'<tbody>{_ROWS}</tbody></table><p class="note" data-live="text:more"></p>'
    )


@cached(None)
def sums() -> str:
    """λ·own + (1 − λ)·partner's, and what both labels get."""
    same = tr("Smoothing first or mixing first gives the same target.")
    return f"""<p><math style="color:{colour("picture_a")}"><mn data-live="text:lam"></mn><msub><mi>t</mi><mi>A</mi>
</msub></math> <math><mo>+</mo></math> <math style="color:{colour("picture_b")}"><mn data-live="text:mal"></mn>
<msub><mi>t</mi><mi>B</mi></msub></math></p>
<p><span style="color:{colour("picture_a")}">● <span data-live="text:label"></span></span> <b data-live="text:a"></b>
<span data-live="class:is_other">, <span style="color:{colour("picture_b")}">■ <span data-live="text:partner"></span>
</span> <b data-live="text:b"></b></span></p>
<p><span style="color:{colour("right")}" data-live="text:holds"></span> {same}</p>"""
