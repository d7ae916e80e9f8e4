"""The net that ships, tested at other sizes than it was trained at: from answers stored beside it, no inference."""

from pathlib import Path

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import words
from sota_core.figures import palette
from sota_core.figures.resizing.other_sizes import by_size
from sota_core.inference import other_sizes
from sota_core.inference.other_sizes import OTHER_SIZES, OtherSizes
from sota_core.inference.views import MAX_ZOOM, MIN_SCALE, P_AFFINE

# How much larger than in the test things look in training, on average: the mean of 1/√s for areas s drawn evenly from
# MIN_SCALE to 1, times the mean zoom.
ENLARGED = 2 * (1 - MIN_SCALE**0.5) / (1 - MIN_SCALE) * (1 + P_AFFINE * (MAX_ZOOM - 1) / 2)


def section() -> None:
    path = SHIPPED_FOLDER / OTHER_SIZES
    if not path.is_file():  # beside a net somebody has just trained anew, until it is asked
        return
    found = _load(str(path), path.stat().st_mtime_ns)
    with st.expander("Tested at another size than trained at", icon=":material/fit_screen:"):
        said, figure = st.columns((1, 1.4), gap="large")
        with said:
            st.markdown(_finding(found))
            st.markdown(_why(found))
        with figure:
            st.markdown(
                f"{palette.key('valid', 'right answers')} {palette.key('published', 'size in training')} "
                ":gray[bars: 95\u00a0% of the difference from it, by counting]"
            )
            charts.show(by_size(found), key="resizing.other_sizes")


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(path: str, changed_ns: int) -> OtherSizes:
    return other_sizes.load(Path(path))


def _finding(found: OtherSizes) -> str:
    """What the numbers support, and no more: a difference inside its noise is called so."""
    counted, best = found.counted(), found.best()
    own = next(at for at in counted if at.size == found.own)
    right = f"{own.n_right} of {own.n} right, {words.percent(own.accuracy)}"
    smallest, largest = counted[0], counted[-1]
    ends = (
        f"At {smallest.size} px it is {words.percent(smallest.accuracy)}, at {largest.size} px "
        f"{words.percent(largest.accuracy)}."
    )
    if best.gain <= best.noise:
        return (
            f"The small net that comes with the app was trained at {own.size} px and answers {right}. No other "
            f"size beats that by more than counting {own.n} pictures leaves to chance. {ends}"
        )
    return (
        f"The small net that comes with the app was trained at {own.size} px and answers {right}. **Shown the "
        f"same pictures at {best.size} px, {best.size / own.size:.2f} times as large, with the same weights, it "
        f"answers {best.n_right}, {words.percent(best.accuracy)}: {words.points(best.gain)}, where "
        f"counting {own.n} pictures leaves ±{100 * best.noise:.1f} to chance (95\u00a0%).** {ends}"
    )


def _why(found: OtherSizes) -> str:
    return (
        f"Why: a crop in training is {words.percent(MIN_SCALE, 0)} to all of the square, enlarged to the net's size, "
        f"and a zoom adds to it. So things look on average {words.percent(ENLARGED - 1, 0)} larger than in a test at "
        "the same size, and a larger test makes up for it; far beyond, they are larger than the net knows. Touvron et "
        "al. (2019) found this on ImageNet: test larger than you train, or tune the last layers at the test's size. "
        f":gray[One net, one training, drawn pictures; the best of {len(found.sizes)} sizes was picked knowing the "
        f"answers. Asked on {found.date}, {words.markdown_safe(found.device)}.]"
    )
