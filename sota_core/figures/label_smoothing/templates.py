"""How the page's moving figures are laid out: HTML whose slots are filled by `views`."""

from sota_core.figures import plot
from sota_core.figures.label_smoothing.views import LOGITS, MAX_ROWS, N_TICKS
from sota_core.figures.plot import colour, number, slot
from sota_core.language import cached, tr


def _cell(own: str, other: str, *, both_ways: bool = False) -> str:
    """A number with its bar, once for the label's class and once for every other; the row's CSS class shows one."""
    return "".join(
        plot.bar(whose, role, slot, f"{slot}_w", start=f"{slot}_x" if both_ways else "")
        for whose, role, slot in (("if-own", "right", own), ("if-other", "wrong", other))
    )


_HARD = (
    f'<span class="if-own"><i class="bar"><i style="--w:1;background:{colour("right")}"></i></i><b>1</b></span>'
    '<span class="if-other"><i class="bar"></i><b>0</b></span>'
)
_ROWS = "".join(
    f'<tr data-live="class:row{i}"><th scope="row" data-live="text:name{i}"></th><td>{_HARD}</td>'
    f"<td>{_cell('on', 'off')}</td><td>{_cell('p_on', 'p_off')}</td>"
    f'<td class="both-ways">{_cell("g_on", "g_off", both_ways=True)}</td></tr>'
    for i in range(MAX_ROWS)
)


def _bars() -> str:
    heads = (tr("class"), tr("one-hot"), tr("smoothed target"), tr("softmax"), tr("− target = gradient"))
    return (
        '<table class="bars"><caption data-live="text:said_bars"></caption><thead><tr>'
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + f'</tr></thead><tbody>{_ROWS}</tbody></table><p class="note" data-live="text:more"></p>'
    )


_SEEN = 'data-live="--x:best_x --y:best_y --seen:best_seen"'


def _loss() -> str:
    return plot.box(
        curves=(
            plot.curve("plain_d", "published", is_dashed=True, look="stroke-width:1.4")
            + plot.curve("smoothed_d", "train", look="stroke-width:2.2")
        ),
        over=(
            f'<span class="rule across" style="color:{colour("right")}" '
            'data-live="--y:best_y --seen:floor_seen"></span>'
            '<span class="word at-right grey" data-live="text:floor_words --y:best_y --seen:floor_seen"></span>'
            f'<span class="rule down" style="color:{colour("right")}" {_SEEN}></span>'
            f'<span class="word at-top" style="color:{colour("right")}" '
            'data-live="text:best_at --x:best_x --seen:best_seen"></span>'
            f'<span class="diamond at" style="background:{colour("right")}" {_SEEN}></span>'
            '<span class="dot at" data-live="--x:now_x --y:now_y"></span>'
            '<span class="word at beside" data-live="text:now_words --x:now_x --y:now_y"></span>'
        ),
        x_title=tr("logit of the label's class, all others 0"),
        y_title=tr("loss"),
        x_ticks=[((z - LOGITS[0]) / (LOGITS[1] - LOGITS[0]), f"{z}".replace("-", "−")) for z in range(-2, 17, 2)],
        n_y_ticks=N_TICKS,
        height=250,
        live="aria-label:said_loss",
    )


@cached(None)
def figure() -> str:
    """Target, softmax and gradient of each class, and the loss along the label's logit."""
    return (
        f'{_bars()}<p class="key"><span style="color:{colour("train")}">● {tr("smoothed loss")}</span> '
        f'<span style="color:{colour("published")}">■ {tr("plain, dashed")}</span> '
        f'<span style="color:{colour("right")}">◆ {tr("lowest point")}</span> '
        f'<span class="accent">● {tr("your prediction")}</span></p>{_loss()}'
    )


@cached(None)
def shares() -> str:
    """What the label's class gets, and what each other class gets."""
    said = tr(
        "{label_begins}✓ {label}{ends} gets {on},<br>{other_begins}✕ each other{ends} gets {off}.",
        label_begins=f'<span style="color:{colour("right")}">',
        other_begins=f'<span style="color:{colour("wrong")}">',
        ends="</span>",
        label=slot("label"),
        on=slot("on", "b"),
        off=slot("off", "b"),
    )
    return f'<p class="shares">{said}</p>'


_EPS = "<mi>ε</mi>"
_ON = f'style="color:{colour("right")}"'
_OFF = f'style="color:{colour("wrong")}"'


@cached(None)
def arithmetic() -> str:
    """Target, loss and gradient as sums of the numbers in the figure."""
    return f"""<div class="sums">
<section><h2>{tr("Target")}</h2>
<p><math {_ON}><mn>1</mn><mo>−</mo>{_EPS}<mo>+</mo><mfrac>{_EPS}<mi>N</mi></mfrac></math>
<math><mo>=</mo>{number("keep")}<mo>+</mo><mfrac>{number("eps")}{number("n")}</mfrac><mo>=</mo></math>
<b data-live="text:on"></b></p>
<p><math {_OFF}><mfrac>{_EPS}<mi>N</mi></mfrac></math>
<math><mo>=</mo><mfrac>{number("eps")}{number("n")}</mfrac><mo>=</mo></math>
<b data-live="text:off"></b></p></section>
<section><h2>{tr("Loss")}</h2>
<p><math><mo>−</mo><munder><mo>∑</mo><mi>k</mi></munder><msub><mi>t</mi><mi>k</mi></msub><mi>log</mi>
<msub><mi>p</mi><mi>k</mi></msub><mo>=</mo></math>
<math {_ON}>{number("on")}<mo>·</mo>{number("own_bits")}</math> <math><mo>+</mo></math>
<math {_OFF}>{number("others")}<mo>·</mo>{number("off")}<mo>·</mo>{number("other_bits")}</math> <math><mo>=</mo></math>
<b data-live="text:loss"></b></p>
<p>{tr("plain cross-entropy {loss}; floor", loss=slot("plain_loss"))} <math><mo>−</mo><munder><mo>∑</mo><mi>k</mi>
</munder><msub><mi>t</mi><mi>k</mi></msub><mi>log</mi><msub><mi>t</mi><mi>k</mi></msub><mo>=</mo></math>
<b data-live="text:floor"></b></p></section>
<section><h2>{tr("Gradient, and where it is 0")}</h2>
<p><math><mi>p</mi><mo>−</mo><mi>t</mi><mo>=</mo></math> <math {_ON}>{number("p_on")}<mo>−</mo>{number("on")}</math>
<math><mo>=</mo></math> <b data-live="text:g_on"></b></p>
<p>{tr("lowest loss at")} <math><mi>ln</mi><mfrac>{number("on")}{number("off")}</mfrac><mo>=</mo></math>
<b data-live="text:best"></b>, <span data-live="text:best_words"></span></p></section></div>"""
