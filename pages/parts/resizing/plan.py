"""A plan of one to three phases: its controls, all of them in the address, and what it costs."""

import streamlit as st

from pages.shared.components import charts
from pages.shared.session import address
from pages.shared.session.controls import number
from sota_core import words
from sota_core.figures import palette
from sota_core.figures.resizing.plan import LARGE, SMALL, PlanPhase, cost, epoch_line, plan_bars, updates
from sota_core.functional.resize import epoch_cost, plan_pixels, plan_seconds

PRESIZE = 460
N_TRAIN = 10_716  # the texts train on four fifths of 13,394 pictures

PLAN_SIZES = (32, 64, 96, 128, 160, 192, 224, 256)
BATCHES = (16, 32, 64, 128, 256)
# The chapter's progressive run first: four epochs at 128 px, then fine_tune(5), which makes six at 224 px.
START = (PlanPhase(128, 128, 4), PlanPhase(224, 64, 6), PlanPhase(256, 32, 2))
KEEP = {"bind": "query-params"}


def controls() -> tuple[PlanPhase, ...]:
    """What the controls say; a phase that is not shown keeps no place in the address."""
    n = st.segmented_control(
        "Phases", (1, 2, 3), default=2, required=True, key="resizing.phases", on_change=_forget_phases, **KEEP
    )
    return tuple(_phase(i) for i in range(n or 2))


def _forget_phases() -> None:
    address.write({f"resizing.epochs{i}": None for i in range(st.session_state["resizing.phases"] + 1, len(START) + 1)})


def _phase(i: int) -> PlanPhase:
    start = START[i]
    size, bs, epochs = st.columns((1.15, 1.15, 1), gap="small")
    with epochs:
        n_epochs = number("epochs", 1, 60, start.n_epochs, name=f"resizing.epochs{i + 1}")
    return PlanPhase(
        size.selectbox(
            f"{i + 1} · size", PLAN_SIZES, PLAN_SIZES.index(start.size), key=f"resizing.size{i + 1}", **KEEP
        ),
        bs.selectbox("batch size", BATCHES, BATCHES.index(start.bs), key=f"resizing.bs{i + 1}", **KEEP),
        n_epochs,
    )


def section() -> tuple[PlanPhase, ...]:
    st.subheader("A plan of phases")
    left, right = st.columns((1, 1.9), gap="large")
    with left:
        phases = controls()
    found = cost(phases)
    with right:
        st.markdown(
            f"{palette.key('train', 'your plan')} · {palette.key('published', 'all at the largest')} · "
            "pale: decode, Resize and augment, the same at every size"
        )
        charts.show(plan_bars(phases), key="resizing.plan")
    a, b, c = st.columns(3)
    a.metric(
        "Estimated training",
        words.clock(found.seconds),
        words.clock(found.fixed_seconds) + " if all at the largest",
        delta_color="off",
        delta_arrow="off",
    )
    b.metric("Pixels", words.percent(found.pixel_share, 0), "of the fixed plan", delta_color="off", delta_arrow="off")
    c.metric("Seconds", words.percent(found.second_share, 0), "of the fixed plan", delta_color="off", delta_arrow="off")
    arithmetic(phases)
    return phases


def arithmetic(phases: tuple[PlanPhase, ...]) -> None:
    fixed_s, rate_s = epoch_cost(SMALL, LARGE)
    terms = " + ".join(rf"{p.n_epochs} \cdot {p.size}^2" for p in phases)
    seconds = " + ".join(rf"{p.n_epochs}\,({fixed_s:.0f} + {rate_s * p.size**2:.1f})" for p in phases)
    pairs = [(p.size, p.n_epochs) for p in phases]
    pixels, total = plan_pixels(pairs), plan_seconds(pairs, fixed_s, rate_s)
    st.subheader("The arithmetic")
    grouped = f"{pixels:,}".replace(",", "{,}")
    # in the line, not displayed: there a formula breaks where a phone's width ends
    st.markdown(rf"pixels a picture $\;=\;{terms}\;=\;{grouped}$" "\n\n" rf"seconds $\;=\;{seconds}\;=\;{total:.0f}$")
    left, right = st.columns((1, 1), gap="large")
    with left:
        charts.show(epoch_line(), key="resizing.line")
    with right:
        share = (LARGE[0] / SMALL[0]) ** 2
        st.markdown(
            f"**Why {share:.2f} times fewer pixels took half the time.** The book prints {LARGE[1]} s an epoch at "
            f"{LARGE[0]} px and {SMALL[1]} s at {SMALL[0]} px. The line through the two meets zero pixels at "
            f"**{fixed_s:.0f} s**, {words.percent(fixed_s / LARGE[1], 0)} of an epoch at {LARGE[0]} px: decoding JPEG, "
            f"`Resize({PRESIZE})` and fastai's augmentation, which is computed at {PRESIZE} px before the crop is "
            f"sized, cost the same at every size. The rest follows the pixels, {rate_s * LARGE[0] ** 2:.0f} s at "
            f"{LARGE[0]} px and {rate_s * SMALL[0] ** 2:.0f} s at {SMALL[0]} px.  \n\n"
            "Two points make a line, not a law: an estimate for one card, net and loader. "
            "This app's cached loader decodes once, so its epochs do shrink with the pixels."
        )
        done = ", ".join(f"{words.count(updates(p, N_TRAIN))} at {p.size} px" for p in phases)
        st.markdown(f":gray[:small[Updates of the weights, on the texts' {words.count(N_TRAIN)} pictures: {done}.]]")
