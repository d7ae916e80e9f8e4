"""The net that ships, tested at other sizes than it was trained at: from answers stored beside it, no inference."""

from pathlib import Path

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures import models
from sota_core import words
from sota_core.figures import palette
from sota_core.figures.resizing.other_sizes import by_size
from sota_core.inference import other_sizes
from sota_core.inference.other_sizes import OTHER_SIZES, OtherSizes
from sota_core.inference.views import MAX_ZOOM, MIN_SCALE, P_AFFINE
from sota_core.language import tr

# How much larger things look in training than in the test, on average: the mean of 1/√s for areas s drawn evenly from
# MIN_SCALE to 1, times the mean zoom.
ENLARGED = 2 * (1 - MIN_SCALE**0.5) / (1 - MIN_SCALE) * (1 + P_AFFINE * (MAX_ZOOM - 1) / 2)


def section() -> None:
    path = models.SHIPPED_FOLDER / OTHER_SIZES
    if not path.is_file():  # a newly trained net has none until benchmarks/training/sample_model.py has asked it
        return
    found = _load(str(path), path.stat().st_mtime_ns)
    with st.expander(tr("Tested at a different size than in training"), icon=":material/fit_screen:"):
        said, figure = st.columns((1, 1.4), gap="large")
        with said:
            st.markdown(_finding(found))
            st.markdown(_why(found))
        with figure:
            right, own = tr("right answers"), tr("size in training")
            bars = tr("bars: 95\u00a0% interval of the difference from it, from counting")
            st.markdown(f"{palette.key('valid', right)} {palette.key('published', own)} :gray[{bars}]")
            charts.show(by_size(found), key="resizing.other_sizes")


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(path: str, changed_ns: int) -> OtherSizes:
    return other_sizes.load(Path(path))


def _finding(found: OtherSizes) -> str:
    """What the numbers support, and no more: a difference inside its noise is called so."""
    counted, best = found.counted(), found.best()
    own = next(at for at in counted if at.size == found.own)
    smallest, largest = counted[0], counted[-1]
    said = {
        "own": own.size,
        "own_right": own.n_right,
        "n": own.n,
        "own_share": words.percent(own.accuracy),
        "smallest": smallest.size,
        "smallest_share": words.percent(smallest.accuracy),
        "largest": largest.size,
        "largest_share": words.percent(largest.accuracy),
    }
    if best.gain <= best.noise:
        return tr(
            "The small net that comes with the app was trained at {own} px and answers {own_right} of {n} right, "
            "{own_share}. No other size beats that by more than chance allows with {n} pictures. At {smallest} px it "
            "reaches {smallest_share}, at {largest} px {largest_share}.",
            **said,
        )
    return tr(
        "The small net that comes with the app was trained at {own} px and answers {own_right} of {n} right, "
        "{own_share}. **Shown the same pictures at {best} px, {times} times as large, with the same weights, it "
        "answers {best_right} right, {best_share}: {gain}, where chance alone makes ±{noise} with {n} pictures "
        "(95\u00a0%).** At {smallest} px it reaches {smallest_share}, at {largest} px {largest_share}.",
        best=best.size,
        times=words.number(best.size / own.size, 2),
        best_right=best.n_right,
        best_share=words.percent(best.accuracy),
        gain=words.points(best.gain),
        noise=words.number(100 * best.noise, 1),
        **said,
    )


def _why(found: OtherSizes) -> str:
    return tr(
        "Why: in training a crop of {min_scale} to 100\u00a0% of the square is enlarged to the net's size, and a zoom "
        "adds to it. So things look on average {enlarged} larger than in a test at the same size. A larger test size "
        "makes up for it, until things look larger than the net has ever seen them. Touvron et al. (2019) found this "
        "on ImageNet: test at a larger size than you train at, or tune the last layers at the test size. :gray[One "
        "net, one training, drawn pictures; the best of {n} sizes was picked knowing the answers. Asked on {date}, "
        "{device}.]",
        min_scale=words.percent(MIN_SCALE, 0),
        enlarged=words.percent(ENLARGED - 1, 0),
        n=len(found.sizes),
        date=found.date,
        device=words.markdown_safe(found.device),
    )
