"""The shipped net, with its own and with other statistics, on all its validation pictures: from stored answers."""

from pathlib import Path

import streamlit as st

from pages.parts.normalization import wrong_statistics
from pages.shared.components import charts
from pages.shared.pictures import models
from sota_core import words
from sota_core.figures.normalization.accuracy_by_statistics import Judged, accuracies
from sota_core.inference import other_statistics
from sota_core.inference.other_sizes import Counts
from sota_core.inference.other_statistics import BATCH_OF, OTHER_STATISTICS, OtherStatistics
from sota_core.inference.statistics_check import IMAGENET, NONE, OWN
from sota_core.language import tr


def section() -> None:
    path = models.SHIPPED_FOLDER / OTHER_STATISTICS
    if not path.is_file():  # a newly trained net has none until benchmarks/training/sample_model.py has asked it
        return
    found = _load(str(path), path.stat().st_mtime_ns)
    n = len(found.labels)
    title = tr("The small net that comes with the app, on all its {n} validation pictures", n=words.count(n))
    with st.expander(title, icon=":material/functions:"):
        said, figure = st.columns((1, 1.4), gap="large")
        with said:
            st.markdown(_finding(found))
        with figure:
            st.markdown(wrong_statistics.legend())
            rows = [Judged(_label(k), c.accuracy, c.n, is_right=k == OWN) for k, c in found.counted().items()]
            charts.show(accuracies(rows), key="normalization.all_pictures")


def _label(kind: str) -> str:
    n = BATCH_OF.get(kind)
    return tr("each batch's, of {n}", n=n) if n else wrong_statistics.label(kind)


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(path: str, changed_ns: int) -> OtherStatistics:
    return other_statistics.load(Path(path))


def _finding(found: OtherStatistics) -> str:
    counted = found.counted()
    own, none = counted[OWN], counted[NONE]
    near = [tr("ImageNet's {change}", change=_apart(counted[IMAGENET]))] if IMAGENET in counted else []
    near += [
        tr("each batch's own, of {n} pictures, {change}", n=n, change=_apart(counted[kind]))
        for kind, n in BATCH_OF.items()
    ]
    return tr(
        "The same weights and the same pictures: **{own} of {n} right with the net's own statistics, {none} with none "
        "at all**, which is {none_share} where guessing gives {guessing}. Statistics close to its own change little: "
        "{near}. So what ruins a trained net is a wrong *scale*: statistics forgotten, applied twice, or pixels left "
        "at 0 to 255.\n\nStill, keep the net's own rather than each batch's: those need a batch. A single picture "
        "would be stretched by its own light, and in a batch its answer would depend on the pictures beside it. "
        ":gray[One net, one training, drawn pictures. Asked on {date}, {device}.]",
        own=own.n_right,
        n=own.n,
        none=none.n_right,
        none_share=words.percent(none.accuracy),
        guessing=words.percent(1 / 10, 0),
        near="; ".join(near),
        date=found.date,
        device=words.markdown_safe(found.device),
    )


def _apart(of: Counts) -> str:
    said = {"change": words.points(of.gain), "rescued": of.n_rescued, "broken": of.n_broken}
    if of.is_noise:
        return tr("{change} ({rescued} rescued, {broken} broken, too few to tell from chance)", **said)
    return tr("{change} ({rescued} rescued, {broken} broken)", **said)
