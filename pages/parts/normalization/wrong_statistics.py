"""The wrong statistics: one exported net, the same pictures, and what its answers are worth."""

from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.normalization.batch import drawn
from pages.parts.normalization.figure import following, one_of
from pages.shared.components import charts, sliders
from pages.shared.components.data_uri import encoded_once
from pages.shared.components.exact import exact
from pages.shared.pictures import models
from pages.shared.pictures.models import Choice
from pages.shared.session import controls, site, trouble
from pages.shared.session.caches import cache_resource
from sota_core import words
from sota_core.analysis.noise import chance_of
from sota_core.data.pictures.drawing import Drawn
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.frames import Knob
from sota_core.figures.normalization.accuracy_by_statistics import Judged, accuracies
from sota_core.figures.normalization.statistics import number
from sota_core.figures.pictures import centre_square, data_uri
from sota_core.functional.normalize import Stats
from sota_core.inference.arrays import arrays_of
from sota_core.inference.predictions import PREDICTIONS
from sota_core.inference.statistics_check import LABELS, OWN, Answers, alternatives, examine
from sota_core.language import N_, tr, tr_n

ASKED, ASK = (20, 50, 100, 200), 50
KNOB = Knob("asked", "normalization.asked", ASKED, ASK, is_choice=True)
SHOWN = 6
TILE = 160
HELD = ("normalization.model", "normalization.asked", "normalization.wrong")
Exam = tuple[Drawn, dict[str, Answers]]


def section() -> None:
    st.markdown(
        tr(
            "A net's weights have only ever seen pixels scaled one way, so its statistics belong to it like its "
            "weights. If you take a pretrained net, take the statistics it was trained with, whatever those of your "
            "own pictures are. Every net this app exports carries them in `model.json`."
        )
    )
    found = models.choices()
    if found:
        _section(found)
        return
    st.info(tr("There is no net to ask yet: a finished run in the lab leaves one."), icon=":material/science:")
    site.link("train", label=tr("Train one in the lab"), icon=":material/arrow_forward:")


def label(kind: str) -> str:
    """The name of a kind of statistics, as it is shown."""
    return tr(LABELS[kind])


def legend() -> str:
    own, others = palette.key("right", tr("its own statistics")), palette.key("wrong", tr("others"))
    return f"{own} · {others}"


@trouble.fragment
def _section(found: dict[str, Choice]) -> None:
    chosen = following("wrong_statistics")
    left, right = st.columns((1, 2.3), gap="large")
    with left:
        id_ = controls.choice(
            tr("Net"), list(found), next(iter(found)), name="normalization.model", words=lambda id_: found[id_].label
        )
        choice = found[id_]
        n = sliders.draw(KNOB, tr("Validation pictures"))
        exact(KNOB.control, (KNOB,), {KNOB.name: n})
    try:
        yours = chosen.stats if chosen.kind in ("typed", "batch", "dataset") else None
        pictures, answers = _exam(choice, n, chosen.seed, yours)
    except SotaError as problem:
        st.error(words.sentence(problem), icon=":material/broken_image:")
        return
    wrong = [kind for kind in answers if kind != OWN]
    with left:
        kind = one_of("normalization.wrong", wrong, label, wrong[0])
        st.segmented_control(
            tr("Given to the net"),
            wrong,
            required=True,
            wrap=True,
            format_func=label,
            **controls.kept("normalization.wrong", kind, default=wrong[0]),
        )
        st.markdown(_said(answers[OWN], answers[kind], label(kind)))
    with right:
        st.markdown(legend())
        rows = [Judged(label(k), a.accuracy, len(a.is_right), is_right=k == OWN) for k, a in answers.items()]
        charts.show(accuracies(rows), key="normalization.accuracies")
        mean, std = (", ".join(number(v) for v in values) for values in answers[OWN].stats)
        st.caption(
            tr(
                "{n} validation pictures, seed {seed}. The net runs in onnxruntime, without torch, on this machine's "
                "processor. Its own statistics: mean {mean}, std {std}.",
                n=len(pictures.pictures),
                seed=chosen.seed,
                mean=mean,
                std=std,
            )
        )
    _tiles(models.load(choice).names, pictures, answers[OWN], answers[kind])


def _said(own: Answers, other: Answers, label: str) -> str:
    n = len(own.is_right)
    changed = int((own.probs.argmax(axis=1) != other.probs.argmax(axis=1)).sum())
    return tr_n(
        "With its own statistics **{right} of {of}** right, {accuracy} give or take {chance} points; with *{other}* "
        "**{others_right} of {of}**. {n} answer changed, though the pictures did not.",
        "With its own statistics **{right} of {of}** right, {accuracy} give or take {chance} points; with *{other}* "
        "**{others_right} of {of}**. {n} answers changed, though the pictures did not.",
        changed,
        right=own.is_right.sum(),
        of=n,
        accuracy=words.percent(own.accuracy),
        chance=words.number(100 * chance_of(own.accuracy, n), 1),
        other=label,
        others_right=other.is_right.sum(),
    )


def _tiles(names: tuple[str, ...], drawn: Drawn, own: Answers, other: Answers) -> None:
    """Some pictures with both answers; first those that were right and are wrong now."""
    order = np.argsort(~(own.is_right & ~other.is_right), kind="stable")[:SHOWN]
    with st.container(horizontal=True, gap="small"):
        for i in order:
            with st.container(width=TILE, gap="small"):
                truth = drawn.names[drawn.labels[i]]
                st.image(
                    _tile(np.asarray(drawn.pictures[i])),
                    width=TILE,
                    alt=tr("picture {i}: {name}", i=int(i), name=truth),  # two may be of one class
                )
                lines = [_answer(names, a, i) for a in (own, other)]
                st.markdown(f"**{words.markdown_safe(truth)}**  \n:small[{lines[0]}]  \n:small[{lines[1]}]")


@encoded_once
def _tile(picture: np.ndarray) -> str:
    return data_uri(centre_square(picture, TILE))


def _answer(names: tuple[str, ...], answers: Answers, i: int) -> str:
    best = int(answers.probs[i].argmax())
    text = f"{names[best]} {words.percent(float(answers.probs[i, best]), 0)}"
    return palette.key("right" if answers.is_right[i] else "wrong", words.markdown_safe(text))


def _exam(choice: Choice, n: int, seed: int, yours: Stats | None) -> Exam:
    return _examined(choice, n, seed, yours, str(choice.folder))


@cache_resource(
    max_entries=12, show_spinner=N_("Asking the net"), holds_words=False, hash_funcs={Choice: lambda choice: choice.id}
)
def _examined(choice: Choice, n: int, seed: int, yours: Stats | None, folder: str) -> Exam:
    """Pictures that the net's run has validated on (for the shipped net, of its set's validation part), and answers."""
    model = models.load(choice)
    among = _validated(Path(folder)) if choice.id != models.SHIPPED else None
    pictures = drawn(choice.source, n, seed, "val", model.presize, among)
    return pictures, examine(model, pictures, alternatives(model, yours))


def _validated(folder: Path) -> tuple[str, ...] | None:
    """Names of the pictures a run has validated on: it may have been trained on all others. None if none are kept."""
    if not (folder / PREDICTIONS).is_file():
        return None
    return tuple(arrays_of(folder / PREDICTIONS, "the predictions of a run", names="text B")["names"].tolist())
