"""Controls made from the registry the core validates with; the address is where their values live.

A control shows what the address says and writes to the address when it is moved, so a reload, a link and the
back button all give the same screen. A knob that stands where the recipe puts it is not in the address.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.session import address, controls
from sota_core import numbers, words
from sota_core.figures.frames import Knob, span
from sota_core.language import N_, tr
from sota_core.recipes import FIELDS, PHASE_FIELDS, TECHNIQUES, Field
from sota_core.recipes.draft import PRINTED, Draft, as_text, field_of
from sota_core.recipes.fields import Value
from sota_core.recipes.pretrained import NETS

# What the lab folds away, in groups; a test checks that every knob stands in exactly one of them.
GROUPS: dict[str, tuple[str, ...]] = {
    N_("Techniques"): TECHNIQUES,
    N_("Test-time augmentation"): ("tta_n", "tta_beta", "tta_use_max"),
    N_("Net and machine"): ("arch", "width", "pretrained", "device", "precision", "loader"),
    N_("Pictures"): ("resize", "presize", "split", "split_seed", "resplit", "subset", "valid_limit"),
}
ELSEWHERE = ("source", "seed")  # in the lab's own steps
OF_THE_FIT = ("arch", "width", "precision", "split", "resplit", "valid_limit", "presize", "subset")  # set by scaling.py
SLIDERS = (*TECHNIQUES, "tta_n", "tta_beta", "width")
_MOST_TYPED = 10**15  # what a number field can hold exactly
# Upper ends at which a slider can still be aimed; address and command line reach the whole range of the registry.
REACH = {"mixup_alpha": 2.0, "cutmix_alpha": 2.0, "label_smoothing": 0.5, "tta_n": 16}


def sliders(draft: Draft) -> tuple[Knob, ...]:
    """The knobs that are drawn as sliders, with every value they can be set to."""
    found = []
    for name in SLIDERS:
        field = field_of(name)
        if not draft.problems.get(name) and _is_slider(name, field, draft.values[name]):
            high = REACH.get(name, field.high)
            steps = span(field.low, high, field.step or (1 if field.kind == "int" else 0.01))
            steps = tuple(int(value) for value in steps) if field.kind == "int" else steps
            # a recipe that was fitted has values between the steps
            stands = [v for v in (draft.base_value(name), draft.values[name]) if isinstance(v, int | float)]
            values = tuple(sorted({*steps, *stands}))
            found.append(Knob(name, key_of(name), values, draft.base_value(name), written_as=name))
    return tuple(found)


def _is_slider(name: str, field: Field, value: Value) -> bool:
    is_number = name in SLIDERS and field.kind in ("int", "float")
    return is_number and field.low <= _number(value) <= REACH.get(name, field.high)


def key_of(name: str) -> str:
    return f"knob.{name}"


def knob(name: str, draft: Draft, *, label: str | None = None) -> None:
    """Draw the control of one knob with the draft's value, and below it what is wrong with that."""
    field, key = field_of(name), key_of(name)
    problem = draft.problems.get(name)
    value = _as_typed(name, field, draft.values[name]) if problem else draft.values[name]
    common: dict[str, Any] = {"label": label or tr(field.label), "help": tr(field.help)}
    also = _with_its_net if name == "pretrained" else None
    common |= controls.kept(name, value, key=key, default=draft.base_value(name), written=as_text, also=also)
    if field.kind == "bool":
        st.toggle(**common)
    elif field.kind == "choice":
        _choice(field, common)
    elif _is_slider(name, field, value):
        high = REACH.get(name, field.high)
        whole = field.kind == "int"
        st.slider(
            min_value=int(field.low) if whole else field.low,
            max_value=int(high) if whole else high,
            step=int(field.step or 1) if whole else field.step,
            **common,
        )
    else:
        _typed(field, common)
    if problem:
        said = problem.partition(": ")[2]
        st.markdown(f":red[:small[{words.markdown_safe(said[:1].upper() + said[1:])}]]")


def _with_its_net(pretrained: str) -> dict[str, str | None]:
    """What else the choice of pretrained weights sets: they fit one architecture and width, and need their statistics.

    Without weights these three leave the address.
    """
    net = NETS.get(pretrained)
    if net is None:
        return {"arch": None, "width": None, "normalize": None}
    return {"arch": net.arch, "width": as_text(net.width), "normalize": "pretrained"}


def _as_typed(name: str, field: Field, value: Value) -> Value:
    """The out-of-bounds number in the address, so that it can be seen and corrected; `value` where there is none."""
    text = address.given(name) or ""
    if field.kind == "int":
        found = numbers.whole(text, -_MOST_TYPED, _MOST_TYPED)
    else:
        found = numbers.decimal(text, -_MOST_TYPED, _MOST_TYPED) if field.kind == "float" else None
    return value if found is None else found


def _choice(field: Field, common: dict) -> None:
    # side by side only what fits a quarter of the page
    if len(field.choices) <= 3 and sum(len(c) for c in field.choices) <= 24:
        st.segmented_control(options=field.choices, required=True, wrap=True, **common)
    else:
        st.selectbox(options=field.choices, **common)


def _typed(field: Field, common: dict) -> None:
    # Without bounds: the browser keeps showing a number typed beyond them, while the run would get another value.
    if field.kind == "int":
        st.number_input(step=int(field.step or 1), **common)
    else:
        # a learning rate is changed by a tenth or so; a share by a hundredth
        fine = field.step or (5e-4 if field.name == "lr" else 0.01)
        form = "%.5g" if field.name == "lr" else "%.3g"  # 1.000 is a thousand in German
        st.number_input(step=fine, format=form, **common)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def forgotten(_: object = None) -> dict[str, None]:
    """What leaves the address when another experiment is chosen: the knobs turned in the old one, not data and seed."""
    return {
        name: None
        for name in address.everything()
        if (name in FIELDS and name not in ELSEWHERE) or name == "phases" or name.startswith("phases.")
    }


def fitted_anew(fit: str) -> dict[str, None]:
    """What leaves the address when a recipe that has all its knobs there is to be fitted: the knobs the fit sets.

    For "as printed", all knobs do.
    """
    if fit == PRINTED:
        return forgotten()
    return {name: None for name in forgotten() if is_of_the_fit(name)}


def is_of_the_fit(name: str) -> bool:
    """Does the fit to a time set this knob, by its name in the address?"""
    return name in OF_THE_FIT or name.startswith("phases")


def set_phases(n: int) -> None:
    """Set the number of phases: an added one is like the last. Knobs of no such phase leave the address."""
    of_phases = [name for name in address.everything() if name.startswith("phases.")]
    stay = {name for name in of_phases if numbers.whole(name.split(".")[1], 0, n - 1) is not None}
    address.write({"phases": str(n), **{name: None for name in of_phases if name not in stay}})


def phase_rows(draft: Draft) -> None:
    """One line of controls per phase."""
    for i in range(draft.n_phases):
        cells = st.columns((1, 1, 1, 1, 1.7), vertical_alignment="bottom")
        for cell, name in zip(cells, PHASE_FIELDS, strict=True):
            with cell:
                knob(f"phases.{i}.{name}", draft, label=_phase_label(name, i, draft.n_phases))


def _phase_label(name: str, i: int, n: int) -> str:
    field = PHASE_FIELDS[name]
    unit = f" ({field.unit})" if field.unit else ""
    return f"{tr(field.label)}{unit}" if n == 1 else f"{i + 1} · {tr(field.label)}{unit}"


def groups(draft: Draft, columns: Sequence) -> None:
    """The other knobs, a group to a column."""
    for column, (title, names) in zip(columns, GROUPS.items(), strict=True):
        with column:
            st.markdown(f"**{tr(title)}**")
            for name in names:
                knob(name, draft)
