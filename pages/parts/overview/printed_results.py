"""The chapter's story in its printed tables: curves, what each step bought, fp16, and the advice to iterate fast.

`draw()` stands on the first screen below the six steps. Every number comes from published.py or from a measurement
that ships with its date, device and seeds.
"""

from collections.abc import Mapping

import streamlit as st

from pages.shared.components import charts, code_block
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import pictured
from sota_core import words
from sota_core.figures.chapter import glide, iteration
from sota_core.figures.chapter.published import bought, changes, epoch_seconds
from sota_core.figures.frames import Knob
from sota_core.published import FIRST, N_VALID, SHORT, experiments

STAGE = "chapter"
BY = Knob("by", "chapter.by", glide.WAY, glide.EPOCHS, is_choice=True)
MEASURED_ON = {"imagenette": "Imagenette", "sample": "Sample"}
ON = {"imagenette": "a fifth of Imagenette, from copies at 224 px", "sample": "the sample"}


def draw() -> None:
    """Folded, each under what it tells: who comes for the first time has seen a run and six steps above."""
    noise, n = sum(b.is_noise for b in bought()), len(bought())
    single, mixed = experiments()["notes/baseline-fp32"], experiments()["notes/baseline-fp16"]
    times = f"{single.seconds / mixed.seconds:.1f} times as fast"
    with fold("The printed curves", "ends are compared, not middles", holds=("chapter.runs", BY.control)):
        curves()
    with fold("What each step bought", f"{noise} of {n} changes lie inside the noise"):
        what_it_bought()
    with fold("Mixed precision", f"{times}, and no more accurate"):
        mixed_precision()
    if iteration.studies():
        with fold(
            "Iteration speed", "which cheap experiment puts ideas in the right order", holds=("chapter.measured",)
        ):
            iteration_speed(iteration.studies())


@st.fragment
def curves() -> None:
    """The experiments one picks, and one knob from equal epochs to equal seconds."""
    left, right = pictured((1, 2), key="curves")
    with left:
        chosen = st.pills(
            "Experiments",
            list(SHORT.values()),
            selection_mode="multi",
            wrap=True,
            default=[SHORT[i] for i in FIRST],
            key="chapter.runs",
            bind="query-params",
        )
        by = st.select_slider(
            "Compare at equal",
            glide.WAY,
            key="chapter.by",
            bind="query-params",
            help="Left: equal epochs. Right: equal seconds, as printed. Between them the marks are on their way.",
        )
        place(glide.READING, stage=STAGE, key="chapter.reading")
        st.markdown(
            ":gray[:small[“Leaks”: for its second phase the text splits the pictures anew, so that most of those it "
            "then validates on had been trained on. The book’s runs are in 32 bits, the notes’ in mixed precision but "
            "for one.]]"
        )
    ids = tuple(i for i, short in SHORT.items() if short in chosen)
    with right:
        place(glide.template(), stage=STAGE, key="chapter.curves")
        st.caption(" &emsp; ".join(glide.key(ids)) if ids else "Choose an experiment to see its curve.")
    Stage(STAGE, {"ids": ids, "by": by}, (BY,), glide.VIEWS, (glide.told,)).draw()


def what_it_bought() -> None:
    left, right = st.columns((1, 2), gap="large")
    noise = sum(b.is_noise for b in bought())
    with left:
        st.markdown(
            f"Each text validates on {words.count(N_VALID)} pictures, so every printed accuracy is a whole number of "
            f"{N_VALID}ths. The numbers beside the marks are pictures, the pale bars what chance alone does between "
            "two runs (95\u00a0%, counting pictures only: another seed adds to it)."
        )
        st.markdown(
            f"**{noise} of these {len(bought())} changes lie inside the bar.** Normalization loses two pictures in the "
            "book and four in the notes: what it buys is not seen in a net trained from scratch for five epochs. "
            "Progressive resizing leads far, with twice the epochs and a leak."
        )
        st.markdown(
            ":gray[:small[TTA has no bar: the same net saw the same pictures, so its change is counted, not guessed. "
            "For mixup and smoothing no run without them is printed at 15 epochs; they are compared with each "
            "other.]]"
        )
    with right:
        charts.show(changes(), key="chapter.changes")


def mixed_precision() -> None:
    single, mixed = experiments()["notes/baseline-fp32"], experiments()["notes/baseline-fp16"]
    left, right = st.columns((1, 2), gap="large")
    with left:
        charts.show(epoch_seconds(), key="chapter.fp16")
    with right:
        gained = bought()[0]
        st.markdown(
            "The multiplications run in 16 bits, which newer graphics cards do several times as fast; the weights are "
            "kept in 32, and the loss is scaled up so that small gradients do not vanish in 16. The same five epochs "
            f"took **{words.clock(mixed.seconds)} instead of {words.clock(single.seconds)}**, and ended at "
            f"{words.percent(mixed.accuracy, 2)} instead of {words.percent(single.accuracy, 2)}: "
            f"{words.plural(gained.pictures, 'picture')} of {words.count(N_VALID)}, inside the noise. It buys time, "
            "not accuracy, and time buys epochs. On a CPU the lab trains in bf16 where the processor multiplies in it, "
            "else in 32 bits."
        )
        code_block.show("learn = Learner(dls, xresnet50(n_out=dls.c), metrics=accuracy).to_fp16()", key="code.fp16")


def iteration_speed(studies: Mapping[str, iteration.Study]) -> None:
    left, right = st.columns((1, 2), gap="large")
    with left:
        source = st.segmented_control(
            "Pictures",
            list(studies),
            default=next(iter(studies)),
            required=True,
            format_func=MEASURED_ON.__getitem__,
            key="chapter.measured",
            bind="query-params",
        )
        of = studies[source or next(iter(studies))]  # ?chapter.measured= chooses none, required or not
        dear, *cheap = of.ways
        st.markdown(
            "The chapter's first advice: try ideas where trying is cheap. That is sound as far as the cheap experiment "
            f"puts ideas in the **same order**. Here {len(dear.accuracies)} recipes ran {of.n_epochs} epochs each in "
            f"{words.plural(len(of.ways), 'way')}:"
        )
        rows = [f"| {dear.title} | {dear.cpu_s:.0f} s | – |"]
        for way in cheap:
            kept, pairs = iteration.pairs_kept(way, dear)
            rows.append(f"| {way.title} | {way.cpu_s:.0f} s | {kept} of {pairs} |")
        st.markdown("| way | a run | pairs in order |\n|:--|--:|--:|\n" + "\n".join(rows))
        st.markdown(verdict(of))
    with right:
        charts.show(iteration.rank_lines(of), key="chapter.iteration")
        st.caption(
            f"Our own runs, {of.date}, on {ON[of.source]} ({words.count(dear.n_train)} to train, "
            f"{words.count(of.n_valid)} to validate), {words.plural(len(of.seeds), 'seed')}: mean in percent ± half "
            "the range. Best on top. Nets an eighth as wide as the chapter's, so that a run takes seconds: read the "
            f"order, not the accuracy. Processor seconds of one thread, {of.device}. Made by "
            f"`python -m benchmarks.training.iteration_speed --pictures {of.source}`."
        )


def verdict(of: iteration.Study) -> str:
    """A sentence for each cheap way: its share of the time, and whether it keeps the order and the winner."""
    dear, *cheap = of.ways
    said = []
    for way in cheap:
        kept, pairs = iteration.pairs_kept(way, dear)
        share = way.cpu_s / dear.cpu_s
        order = "the same order" if kept == pairs else "another order"
        winner, truly = way.ranking[0], dear.ranking[0]
        if winner == truly:
            first = "the same winner"
        else:
            ahead = way.means[winner] - way.means[truly]
            spread = max(max(found) - min(found) for found in way.accuracies.values()) / 2
            first = (
                f"another winner: {winner}, {100 * ahead:.1f} points ahead where seeds differ by ±{100 * spread:.1f}"
            )
        said.append(f"**{way.title}**: {words.percent(share, 0)} of the time, {order}, {first}.")
    net = next((way for way in cheap if way.id == "net"), None)
    if net is not None and net.cpu_s > 0.7 * dear.cpu_s:
        said.append(
            "Half the layers save little here: most of the net's time goes into its first three convolutions, which "
            "see the largest maps and are the same in both nets; `width` narrows the blocks behind them only. At the "
            "chapter's full width the blocks weigh more."
        )
    said.append(
        "A tenth of the pictures at equal epochs is a tenth of the steps too: what learns fast looks better there than "
        "it is."
    )
    return "\n\n".join(said)
