"""A finished run's whole validation set under test-time augmentation: recombined from what it stored, no inference."""

import numpy as np
import streamlit as st

from pages.parts.tta.controls import OWN
from pages.parts.tta.figure import STAGE, VOTES, following
from pages.shared.components.gallery import Tile, gallery
from pages.shared.components.place import place
from pages.shared.frame.fold import fold
from pages.shared.frame.reveal import reveal
from pages.shared.pictures import models, own_upload, predictions
from pages.shared.pictures.models import Choice
from pages.shared.session import address, trouble
from sota_core import words
from sota_core.errors import SotaError
from sota_core.figures import palette
from sota_core.figures.tta import validation_set as figures
from sota_core.functional.tta import accuracy, combine, rescued_and_broken
from sota_core.inference.model import ExportedModel
from sota_core.inference.predictions import Stored, rule_of
from sota_core.inference.sweep import Sweep
from sota_core.language import tr, tr_in, tr_n

KINDS = ("rescued", "broken")
N_SHOWN = 6  # pictures of each kind; the count beside them is of all
_PICKED = "tta.is_picked"  # a picture has been chosen here: the whole page is to show that one


def whole_set(choice: Choice, swept: Sweep | None) -> None:
    """Accuracy and counts of the whole set, which move with the knobs; and the pictures behind the counts."""
    if swept is None:
        st.markdown(tr("This run was made without augmented views (`tta_n=0`), so there is nothing to combine."))
        return
    with fold(
        tr("On all its validation pictures"), tr("accuracy by the number of views, what is rescued, and what is broken")
    ):
        _balance(swept)
    with fold(tr("Which pictures change"), tr("those the views rescue, those they break, and other ways to look")):
        _changed(choice)


def _balance(swept: Sweep) -> None:
    left, right = st.columns((1, 2), gap="large")
    with left:
        place(figures.balance_template(), stage=STAGE, key="tta.balance")
    with right:
        place(figures.growth_template(swept), stage=STAGE, key="tta.growth")
        st.caption(
            tr(
                "The order of the {n} stored views is random: the line is the mean over twelve orders, the band their "
                "range. The ring marks your n.",
                n=swept.n_views,
            )
        )
    place(figures.rules_table(), stage=STAGE, key="tta.rules")


@trouble.fragment
def _changed(choice: Choice) -> None:
    """The pictures the combination changes, and other ways to look at the set."""
    at = following("changed")
    if st.session_state.pop(_PICKED, False):
        st.rerun()
    found, model = predictions.stored(choice, at["strength"]), models.load(choice)
    if found is None:
        return
    n = min(at["n"], found.n_views)
    combined = found.combined(n, at["beta"], rule_of(at["use_max"], at["log_odds"]))
    rescued, broken = rescued_and_broken(found.plain, combined, found.labels)
    _pictures(choice, model, found, combined, rescued, KINDS[0], True)
    _pictures(choice, model, found, combined, broken, KINDS[1], False)
    reveal({f"tta.{kind}": VOTES for kind in KINDS}, key="tta.reveal")
    _other_looks(found, n, combined)


def _pictures(
    choice: Choice,
    model: ExportedModel,
    found: Stored,
    combined: np.ndarray,
    which: np.ndarray,
    kind: str,
    is_right: bool,
) -> None:
    role = "right" if is_right else "wrong"
    glyph, n = palette.ROLES[role], len(which)
    title = (
        tr_n("Rescued · {n} picture", "Rescued · {n} pictures", n)
        if is_right
        else tr_n("Broken · {n} picture", "Broken · {n} pictures", n)
    )
    st.subheader(f":{glyph.markdown}[{glyph.glyph}] {title}", anchor=False)
    if not len(which):
        st.markdown(tr(":gray[None with these weights.]"))
        return
    # those whose true class gained or lost most: the clearest cases
    moved = combined[which, found.labels[which]] - found.plain[which, found.labels[which]]
    tiles = []
    try:
        for i in which[np.argsort(-np.abs(moved), kind="stable")][:N_SHOWN]:
            before, after = int(found.plain[i].argmax()), int(combined[i].argmax())
            text = f"{model.names[before]} → {model.names[after]}"
            truth = tr("picture {i}: {name}", i=i, name=model.names[found.labels[i]])
            tiles.append(
                Tile(predictions.thumb(choice, found.names[i]), text, more=truth, is_right=is_right, pick=int(i))
            )
    except SotaError as problem:
        st.markdown(f":gray[{words.markdown_safe(problem)}]")
        return
    gallery(
        tiles,
        key=f"tta.{kind}",
        label=tr("Rescued pictures") if is_right else tr("Broken pictures"),
        columns=N_SHOWN,
        most="11rem",
        is_whole=True,
        invite=tr("Look at this picture above"),
        on_pick=_show,
    )


def _show(index: int) -> None:
    address.move({"tta.picture": index, **own_upload.aside(OWN)})
    st.session_state[_PICKED] = True


def _other_looks(found: Stored, n: int, combined: np.ndarray) -> None:
    """Centre and corners and, where their answers are stored, squish and pad, on the same pictures."""
    st.subheader(tr("Other ways to look"), anchor=False)
    if found.cornered is None:
        st.markdown(
            tr(
                ":gray[This run stored only its augmented views. Since 26 November 2026, runs also store centre and "
                "corners, unless they are stopped first.]"
            )
        )
        return
    at, corners = found.cornered.index, found.cornered.probs
    looks = [(tr("centre crop, as in validation"), 1, found.plain[at])]
    if found.others:
        looks.append((tr_in("resize", "squish"), 1, found.others["squish"][at]))
        looks.append((tr_in("resize", "pad"), 1, found.others["pad"][at]))
    together = combine(corners[0], corners[1:], 1 / len(corners))
    looks.append((tr("centre and four corners, each a fifth of the vote"), len(corners), together))
    views = tr_n("plain and {n} augmented view, as set above", "plain and {n} augmented views, as set above", n)
    looks.append((views, n + 1, combined[at]))
    labels, rows = found.labels[at], []
    for name, passes, probs in looks:
        rescued, broken = rescued_and_broken(found.plain[at], probs, labels)
        right = words.percent(accuracy(probs, labels))
        rows.append(f"| {name} | {passes} | {right} | {len(rescued)} | {len(broken)} |")
    table = [tr("| look | passes | accuracy | rescued | broken |"), "|:--|--:|--:|--:|--:|", *rows]
    st.markdown("\n".join(table))
    if len(at) < len(found):
        st.markdown(
            tr(
                ":gray[On {n} of its {n_valid} validation pictures, evenly spaced.]",
                n=words.count(len(at)),
                n_valid=words.count(len(found)),
            )
        )
    if found.others:
        st.markdown(
            tr(
                ":gray[The net was trained on crops, never on squished or padded pictures. So keeping the whole "
                "picture need not win.]"
            )
        )
