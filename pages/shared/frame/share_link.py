"""Share this view: a link with the page, its knobs and seed, and which controls whoever opens it does not see.

A hidden control is still there and keeps the value of the link: hidden for attention's sake, not as a secret. Only
names of the table below come into the style, never what stands in an address.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from pages.shared.components import code_block, files
from pages.shared.components.stage import css_class
from pages.shared.session import site
from pages.shared.session.address import everything, given, page_url
from sota_core.language import N_, tr
from sota_core.recipes import FIELDS, PHASE_FIELDS
from sota_core.recipes.draft import field_of
from sota_core.recipes.recipe import MAX_PHASES

HIDE = "hide"
Controls = Mapping[str, tuple[str, tuple[str, ...]]]  # name in the address → what it is called, its widgets' keys


def _of(prefix: str, **more: tuple[str, ...]) -> Controls:
    return {name: (label, (f"{prefix}.{name}", *keys)) for name, (label, *keys) in more.items()}


def _lab() -> Controls:
    fields = {name: (field.label, (f"knob.{name}",)) for name, field in FIELDS.items() if name != "source"}
    phases = {
        name: (field_of(f"phases.0.{name}").label, tuple(f"knob.phases.{i}.{name}" for i in range(MAX_PHASES)))
        for name in PHASE_FIELDS
    }
    own = {
        "source": (N_("Data"), ("lab.source",)),
        "recipe": (N_("Experiment"), ("lab.recipe",)),
        "fit": (N_("Minutes"), ("lab.fit",)),
        "seed": (FIELDS["seed"].label, ("knob.seed", "lab.draw")),
        "knobs": (N_("All knobs"), ("lab.knobs",)),
        "guess": (N_("Guess"), ("guess.before",)),
    }
    return fields | phases | own


# Of the pages that can be shared: their controls. A test holds them against what the pages draw.
CONTROLS: Mapping[str, Controls] = {
    "baseline": _of(
        "baseline",
        line=(N_("Line"),),
        n_out=("n_out",),
        lr=(N_("Learning rate"),),
        technique=(N_("Technique stepped through"), "baseline.stepper"),
        seed=(N_("Seed"), "baseline.again"),
        table=(N_("Printed experiment"),),
    ),
    "normalization": _of(
        "normalization",
        stats=(N_("Statistics"),),
        bs=(N_("Batch size"),),
        seed=(N_("Seed"), "normalization.again"),
        show=(N_("Show pixels"),),
    ),
    "resizing": _of(
        "resizing",
        size=(N_("Size"),),
        loupe=(N_("Loupe"),),
        method=(N_("Resize by"),),
        min_scale=("min_scale",),
        crops=(N_("Crops drawn"),),
        seed=(N_("Seed"), "resizing.again"),
        phases=(N_("Phases"),),
    ),
    "tta": _of(
        "tta",
        n=(N_("Views n"),),
        beta=("β",),
        use_max=(N_("Maximum"),),
        log_odds=(N_("Log-odds"),),
        strength=(N_("Strength"),),
        picture=(N_("Picture"), "tta.another"),
        seed=(N_("Seed"), "tta.again"),
    ),
    "mixup": _of(
        "mixup",
        alpha=("α",),
        draws=(N_("Draws"),),
        fold=(N_("Folded"),),
        seed=(N_("Seed"), "mixup.again"),
        method=(N_("Method"),),
        cut_lam=("CutMix λ",),
        cut_alpha=("CutMix α",),
        epochs=(N_("Epochs"),),
    ),
    "label_smoothing": _of(
        "label_smoothing",
        eps=("ε",),
        n=("N",),
        label=(N_("Label"),),
        logit=(N_("Logit"),),
        lam=("λ",),
        partner=(N_("Partner"),),
        noise=(N_("Label noise"),),
        epochs=(N_("Epochs"),),
    ),
    "papers": _of("papers", lam=("λ",), alpha=("α",), eps=("ε",), n=("N",)),
    "train": _lab(),
}


def hidden(page: str) -> list[str]:
    """The controls of this page that its address hides; names it does not have are left out."""
    asked = (given(HIDE) or "")[:400].split(",")
    return [name for name in CONTROLS.get(page, ()) if name in asked]


def share() -> None:
    """Call it at the end of a page, after all its controls: hides what is to be hidden, and offers the link."""
    page = site.current().address
    controls = CONTROLS.get(page)
    if controls is None:
        return
    apply(page)
    # Opened, the page runs once more: a control in a fragment may have moved since this link was made.
    with st.popover(tr("Share this view"), icon=":material/share:", key="share", on_change="rerun"):
        st.markdown(tr("A link to exactly this: page, knobs, seed."))
        names = st.multiselect(
            tr("Hide from whoever opens it"),
            list(controls),
            hidden(page),
            format_func=lambda name: tr(controls[name][0]),
            key="share.hide",
            placeholder=tr("nothing"),
            help=tr("A hidden control keeps its value. The value can still be read in the link: it is no secret."),
        )
        made = link(page, _values(controls), [n for n in controls if n in names])
        code_block.show(made, key="share.link", language=None, label=tr("Link"), wraps=True)


def apply(page: str) -> None:
    """Take the hidden controls off the screen, for the keyboard and screen readers too."""
    keys = [key for name in hidden(page) for key in CONTROLS[page][name][1]]
    if keys:
        classes = ", ".join(f".{css_class(key)}" for key in keys)
        st.html(files.as_style(f"{classes} {{ display: none; }}"))


def link(address: str, values: Mapping[str, str], hide: list[str]) -> str:
    """The whole link; `hide` comes last, and not at all where nothing is hidden."""
    params = {name: value for name, value in values.items() if name != HIDE}
    if hide:
        params[HIDE] = ",".join(hide)
    return page_url(address) + (f"?{urlencode(params, safe=',')}" if params else "")


def _values(controls: Controls) -> dict[str, str]:
    """The address as it is, and the numbers of bound controls outright: a default may change, a link should not."""
    values = everything()
    for _, keys in controls.values():
        value = st.session_state.get(keys[0])
        if not keys[0].startswith(("knob.", "lab.", "guess.")) and isinstance(value, bool | int | float):
            values[keys[0]] = str(value).lower() if isinstance(value, bool) else str(value)
    return values
