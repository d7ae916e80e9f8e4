"""The net that ships under its own and other statistics, on all its validation pictures: from stored answers."""

from pathlib import Path

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import words
from sota_core.figures import palette
from sota_core.figures.normalization.accuracy_by_statistics import Judged, accuracies
from sota_core.inference import other_statistics
from sota_core.inference.other_sizes import Counts
from sota_core.inference.other_statistics import BATCH_OF, OTHER_STATISTICS, OtherStatistics
from sota_core.inference.statistics_check import IMAGENET, LABELS, NONE, OWN

_LABELS = LABELS | {kind: f"each batch's, of {n}" for kind, n in BATCH_OF.items()}


def section() -> None:
    path = SHIPPED_FOLDER / OTHER_STATISTICS
    if not path.is_file():  # beside a net somebody has just trained anew, until it is asked
        return
    found = _load(str(path), path.stat().st_mtime_ns)
    n = len(found.labels)
    with st.expander(f"The net that ships, on all its {words.count(n)} pictures", icon=":material/functions:"):
        said, figure = st.columns((1, 1.4), gap="large")
        with said:
            st.markdown(_finding(found))
        with figure:
            st.markdown(f"{palette.key('right', 'its own statistics')} · {palette.key('wrong', 'others')}")
            rows = [Judged(_LABELS[k], c.accuracy, c.n, is_right=k == OWN) for k, c in found.counted().items()]
            charts.show(accuracies(rows), key="normalization.all_pictures")


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(path: str, changed_ns: int) -> OtherStatistics:
    return other_statistics.load(Path(path))


def _finding(found: OtherStatistics) -> str:
    counted = found.counted()
    own, none = counted[OWN], counted[NONE]
    near = [f"ImageNet's {_apart(counted[IMAGENET])}"] if IMAGENET in counted else []
    near += [f"each batch's own, of {n} pictures, {_apart(counted[kind])}" for kind, n in BATCH_OF.items()]
    return (
        f"The same weights and the same pictures: **{own.n_right} of {own.n} right with the net's own statistics, "
        f"{none.n_right} with none at all**, {words.percent(none.accuracy, 0)} where guessing gives "
        f"{words.percent(1 / 10, 0)}. Statistics near its own move little: {'; '.join(near)}. "
        "So what ruins a trained net is another *scale*: statistics forgotten, used "
        "twice, or of pixels up to 255.\n\n"
        "Each batch's own shows why one still keeps the net's: they need a batch. One picture alone would be "
        "stretched by its own light, and its answer would hang on the pictures beside it. "
        f":gray[One net, one training, drawn pictures. Asked on {found.date}, {words.markdown_safe(found.device)}.]"
    )


def _apart(of: Counts) -> str:
    verdict = ", which chance can do" if of.is_noise else ""
    return f"{words.points(of.gain)} ({of.n_rescued} set right, {of.n_broken} spoilt{verdict})"
