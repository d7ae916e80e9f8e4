"""How the page's moving figures are laid out: HTML whose slots are filled by `views`."""

from sota_core.figures import palette
from sota_core.figures.plot import colour
from sota_core.figures.tta.views import N_SHOWN, NS
from sota_core.inference.views import STRENGTHS

_PLAIN, _VIEWS = f'style="color:{colour("valid")}"', f'style="color:{colour("tta")}"'


def _key(role: str, of: str) -> str:
    return f'<span style="color:{colour(role)}">{palette.ROLES[role].glyph} {of}</span>'


def _tile(k: int) -> str:
    role = "tta" if k else "valid"
    head = f"{palette.ROLES[role].glyph} {f'view {k}' if k else 'plain'}"
    live = f' data-live="class:tile{k}"' if k else ""
    return (
        f'<li style="--role:{colour(role)}"{live}><span class="line head">{head}</span>'
        f'<span class="film"><img alt="" data-live="src:src{k} alt:alt{k}{" --step:step" if k else ""}"></span>'
        f'<span data-live="text:says{k} class:judged{k}"></span>'
        f'<span class="line grey" data-live="text:how{k}"></span></li>'
    )


TILES = (
    f'<ul aria-label="The plain view and the augmented ones" style="--steps:{len(STRENGTHS)}" '
    'data-live="class:tiles --columns:columns">' + "".join(_tile(k) for k in (0, *NS)) + "</ul>"
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


VOTES = (
    f'<p class="key">{_key("valid", "plain")} {_key("tta", "augmented")} <b {_VIEWS}>together: '
    '<span data-live="text:top"></span> <span data-live="text:top_p"></span></b> <span data-live="text:truth"></span>'
    '</p><div class="votes" role="img" data-live="aria-label:said_votes">'
    + "".join(_row(row) for row in range(N_SHOWN))
    + '<div class="row"><span class="name grey">probability</span><span class="track scale">'
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


WEIGHTS = (
    '<div data-live="class:if_weighted"><p class="key"><span><b>The weight of each view</b></span> '
    '<span class="grey">┆ equal shares: <span data-live="text:equal"></span></span></p>'
    '<div class="votes weights" role="img" data-live="aria-label:said_weights">'
    + _weight("plain", "valid", "w_plain", 'class="row"')
    + "".join(_weight(f"view {k}", "tta", "w_each", f'data-live="class:weight{k}"') for k in NS)
    + '</div></div><p data-live="class:if_max">The maximum has no weights: for each class the most certain view speaks '
    "alone, and β is not used.</p>"
)

_P = "<mi>p</mi>"
_LN = '<mi>ln</mi><mspace width="0.1em"></mspace>'
_P_PLAIN = f"<msub>{_P}<mtext>plain</mtext></msub>"
_P_1, _P_N = f"<msub>{_P}<mn>1</mn></msub>", f"<msub>{_P}<mi>n</mi></msub>"

FORMULA = f"""<div data-live="class:if_mean">
<p><math>{_P}<mo>=</mo></math> <math {_PLAIN}><mi>β</mi><mspace width="0.15em"></mspace>{_P_PLAIN}</math>
<math><mo>+</mo></math> <math {_VIEWS}><mfrac><mrow><mn>1</mn><mo>−</mo><mi>β</mi></mrow><mi>n</mi></mfrac><mo>(</mo>
{_P_1}<mo>+</mo><mo>…</mo><mo>+</mo>{_P_N}<mo>)</mo></math></p>
<p class="sum"><span data-live="text:top"></span> = <span {_PLAIN}><span data-live="text:beta"></span> ·
<span data-live="text:p_plain"></span></span> + <span {_VIEWS}><span data-live="text:w_each"></span>
(<span data-live="text:p_each"></span>)</span> = <b data-live="text:p"></b></p>
<p>It is a weighted mean: plain counts <span data-live="text:w_plain"></span>, every other view
<span data-live="text:w_each"></span>. (The book's prose speaks of averaging five images, for fastai's n = 4.) The price
is <span data-live="text:passes"></span> passes through the net instead of one.</p></div>
<div data-live="class:if_log_odds">
<p><math>{_P}<mo>∝</mo><mi>exp</mi><mo>(</mo></math> <math {_PLAIN}><mi>β</mi><mspace width="0.15em"></mspace>{_LN}
{_P_PLAIN}</math> <math><mo>+</mo></math> <math {_VIEWS}><mfrac><mrow><mn>1</mn><mo>−</mo><mi>β</mi></mrow><mi>n</mi>
</mfrac><mo>(</mo>{_LN}{_P_1}<mo>+</mo><mo>…</mo><mo>+</mo>{_LN}{_P_N}<mo>)</mo></math><math><mo>)</mo></math></p>
<p class="sum"><span data-live="text:top"></span>: <span {_PLAIN}><span data-live="text:beta"></span> ·
(<span data-live="text:ln_plain"></span>)</span> + <span {_VIEWS}><span data-live="text:w_each"></span>
(<span data-live="text:ln_each"></span>)</span> = <span data-live="text:ln_sum"></span>, and e to that is
<span data-live="text:odds"></span>. All <span data-live="text:n_classes"></span> sum to
<span data-live="text:odds_all"></span>; divided by it: <b data-live="text:p"></b></p>
<p>A mean of logits: one view that rules a class out weighs more than in a mean of probabilities. fastai's
<code>tta</code> cannot do it; the code below can. The price is <span data-live="text:passes"></span> passes through the
net instead of one.</p></div>
<div data-live="class:if_max">
<p><math>{_P}<mo>=</mo><mi>max</mi><mo>(</mo></math> <math {_PLAIN}>{_P_PLAIN}</math><math><mo>,</mo></math>
<math {_VIEWS}>{_P_1}<mo>,</mo><mo>…</mo><mo>,</mo>{_P_N}</math><math><mo>)</mo></math></p>
<p class="sum"><span data-live="text:top"></span> = max(<span {_PLAIN} data-live="text:p_plain"></span>,
<span {_VIEWS} data-live="text:p_every"></span>) = <b data-live="text:p"></b></p>
<p>The <span data-live="text:n_classes"></span> now sum to <span data-live="text:total"></span>, not 1. The price is
<span data-live="text:passes"></span> passes through the net instead of one.</p></div>"""
