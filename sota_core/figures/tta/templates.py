"""How the page's moving figures are laid out: HTML whose slots are filled by `views`."""

from sota_core.figures import palette
from sota_core.figures.plot import colour
from sota_core.figures.tta.views import N_SHOWN, NS, name_of
from sota_core.inference.views import STRENGTHS
from sota_core.language import cached, tr, tr_in

_PLAIN, _VIEWS = f'style="color:{colour("valid")}"', f'style="color:{colour("tta")}"'


def _key(role: str, of: str) -> str:
    return f'<span style="color:{colour(role)}">{palette.ROLES[role].glyph} {of}</span>'


def _tile(k: int) -> str:
    role = "tta" if k else "valid"
    head = f"{palette.ROLES[role].glyph} {name_of(k)}"
    live = f' data-live="class:tile{k}"' if k else ""
    return (
        f'<li style="--role:{colour(role)}"{live}><span class="line head">{head}</span>'
        f'<span class="film"><img alt="" data-live="src:src{k} alt:alt{k}{" --step:step" if k else ""}"></span>'
        f'<span data-live="text:says{k} class:judged{k}"></span>'
        f'<span class="line grey" data-live="text:how{k}"></span></li>'
    )


@cached(None)
def tiles() -> str:
    """The views side by side, what the net says below each."""
    label, every = tr("The plain view and the augmented ones"), "".join(_tile(k) for k in (0, *NS))
    return (
        f'<ul aria-label="{label}" style="--steps:{len(STRENGTHS)}" '
        f'data-live="class:tiles --columns:columns">{every}</ul>'
    )


def _row(row: int) -> str:
    marks = "".join(
        f'<i class="triangle" style="background:{colour("tta")}" data-live="--x:view{row}_{k}_x --seen:seen{k}"></i>'
        for k in NS
    )
    return (
        f'<div data-live="class:row{row}"><span class="name" data-live="text:name{row}"></span><span class="track">'
        f'<i class="all" style="background:{colour("tta")}" data-live="--w:all{row}_w"></i>{marks}'
        f'<i class="diamond" style="background:{colour("valid")}" data-live="--x:plain{row}_x"></i></span>'
        f'<b class="total" {_VIEWS} data-live="text:all{row}"></b></div>'
    )


@cached(None)
def votes() -> str:
    """A row for each of the likeliest classes: every view's mark, and what they say together."""
    together = tr(
        "together: {name} {share}",
        name='<span data-live="text:top"></span>',
        share='<span data-live="text:top_p"></span>',
    )
    plain, augmented = _key("valid", name_of(0)), _key("tta", tr_in("views", "augmented"))
    probability = tr_in("axis", "probability")
    return (
        f'<p class="key">{plain} {augmented} <b {_VIEWS}>{together}</b> <span data-live="text:truth"></span>'
        '</p><div class="votes" role="img" data-live="aria-label:said_votes">'
        + "".join(_row(row) for row in range(N_SHOWN))
        + f'<div class="row"><span class="name grey">{probability}</span><span class="track scale">'
        + "".join(f'<span class="tick" style="--x:{p / 100:g}">{p}\u00a0%</span>' for p in (0, 25, 50, 75, 100))
        + "</span><b></b></div></div>"
    )


def _weight(name: str, role: str, slot: str, live: str) -> str:
    return (
        f'<div {live}><span class="name">{palette.ROLES[role].glyph} {name}</span><span class="track">'
        f'<i class="weight" style="background:{colour(role)}" data-live="--w:{slot}_w"></i>'
        f'<i class="share" data-live="--x:equal_x"></i></span>'
        f'<b class="total" style="color:{colour(role)}" data-live="text:{slot}"></b></div>'
    )


@cached(None)
def weights() -> str:
    """The weight of each view beside the equal share."""
    head = tr("The weight of each view")
    equal = tr("equal shares: {share}", share='<span data-live="text:equal"></span>')
    none = tr("The maximum has no weights: for each class the most certain view decides alone, and β is not used.")
    return (
        f'<div data-live="class:if_weighted"><p class="key"><span><b>{head}</b></span> '
        f'<span class="grey">┆ {equal}</span></p>'
        '<div class="votes weights" role="img" data-live="aria-label:said_weights">'
        + _weight(name_of(0), "valid", "w_plain", 'class="row"')
        + "".join(_weight(name_of(k), "tta", "w_each", f'data-live="class:weight{k}"') for k in NS)
        + f'</div></div><p data-live="class:if_max">{none}</p>'
    )


_P = "<mi>p</mi>"
_LN = '<mi>ln</mi><mspace width="0.1em"></mspace>'
_P_1, _P_N = f"<msub>{_P}<mn>1</mn></msub>", f"<msub>{_P}<mi>n</mi></msub>"


def _slots(*names: str) -> dict[str, str]:
    return {name: f'<span data-live="text:{name}"></span>' for name in names}


@cached(None)
def formula() -> str:
    """The rule as a formula and with its numbers, for the class that wins."""
    p_plain = f"<msub>{_P}<mtext>{name_of(0)}</mtext></msub>"
    price = tr("The price is {passes} passes through the net instead of one.", **_slots("passes"))
    mean = tr(
        "It is a weighted mean: plain counts {w_plain}, every other view {w_each}. (The book's prose speaks of "
        "averaging five images, for fastai's n = 4.)",
        **_slots("w_plain", "w_each"),
    )
    log_odds = tr(
        "A mean of logits: one view that rules a class out weighs more than in a mean of probabilities. fastai's "
        "{tta} cannot do it; the code below can.",
        tta="<code>tta</code>",
    )
    maximum = tr("The probabilities of the {n_classes} now sum to {total}, not 1.", **_slots("n_classes", "total"))
    odds = tr(
        "{sum} = {ln_sum}, and e to the power of that is {odds}. Over all {n_classes} this sums to {odds_all}; "
        "divided by it: {p}",
        **_slots("ln_sum", "odds", "n_classes", "odds_all"),
        sum=f"""<span data-live="text:top"></span>: <span {_PLAIN}><span data-live="text:beta"></span> ·
(<span data-live="text:ln_plain"></span>)</span> + <span {_VIEWS}><span data-live="text:w_each"></span>
(<span data-live="text:ln_each"></span>)</span>""",
        p='<b data-live="text:p"></b>',
    )
    return f"""<div data-live="class:if_mean">
<p><math>{_P}<mo>=</mo></math> <math {_PLAIN}><mi>β</mi><mspace width="0.15em"></mspace>{p_plain}</math>
<math><mo>+</mo></math> <math {_VIEWS}><mfrac><mrow><mn>1</mn><mo>−</mo><mi>β</mi></mrow><mi>n</mi></mfrac><mo>(</mo>
{_P_1}<mo>+</mo><mo>…</mo><mo>+</mo>{_P_N}<mo>)</mo></math></p>
<p class="sum"><span data-live="text:top"></span> = <span {_PLAIN}><span data-live="text:beta"></span> ·
<span data-live="text:p_plain"></span></span> + <span {_VIEWS}><span data-live="text:w_each"></span>
(<span data-live="text:p_each"></span>)</span> = <b data-live="text:p"></b></p>
<p>{mean} {price}</p></div>
<div data-live="class:if_log_odds">
<p><math>{_P}<mo>∝</mo><mi>exp</mi><mo>(</mo></math> <math {_PLAIN}><mi>β</mi><mspace width="0.15em"></mspace>{_LN}
{p_plain}</math> <math><mo>+</mo></math> <math {_VIEWS}><mfrac><mrow><mn>1</mn><mo>−</mo><mi>β</mi></mrow><mi>n</mi>
</mfrac><mo>(</mo>{_LN}{_P_1}<mo>+</mo><mo>…</mo><mo>+</mo>{_LN}{_P_N}<mo>)</mo></math><math><mo>)</mo></math></p>
<p class="sum">{odds}</p>
<p>{log_odds} {price}</p></div>
<div data-live="class:if_max">
<p><math>{_P}<mo>=</mo><mi>max</mi><mo>(</mo></math> <math {_PLAIN}>{p_plain}</math><math><mo>,</mo></math>
<math {_VIEWS}>{_P_1}<mo>,</mo><mo>…</mo><mo>,</mo>{_P_N}</math><math><mo>)</mo></math></p>
<p class="sum"><span data-live="text:top"></span> = max(<span {_PLAIN} data-live="text:p_plain"></span>,
<span {_VIEWS} data-live="text:p_every"></span>) = <b data-live="text:p"></b></p>
<p>{maximum} {price}</p></div>"""
