"""The chapter's story in its printed tables: curves, what each step bought, fp16, and the advice to iterate fast.

`draw()` stands on the first screen below the six steps. Every number comes from published.py or from a measurement
that ships with its date, device and seeds.
"""

import math
from collections.abc import Mapping

import streamlit as st

from pages.shared.components import charts, code_block
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.fold import fold
from pages.shared.frame.technique import pictured
from pages.shared.session import address, trouble
from pages.shared.session.controls import choice, kept
from sota_core import words
from sota_core.figures.chapter import glide, iteration
from sota_core.figures.chapter.published import bought, changes, epoch_seconds, noise_of_runs
from sota_core.figures.frames import Knob
from sota_core.language import N_, tr, tr_n
from sota_core.published import FIRST, N_VALID, SHORT, experiments

STAGE = "chapter"
RUNS = "chapter.runs"
BY = Knob("by", "chapter.by", glide.WAY, glide.EPOCHS, is_choice=True)
MEASURED_ON = {"imagenette": "Imagenette", "sample": N_("Sample")}


def draw() -> None:
    """Draw the sections folded, each under one line on what it tells: a first-time visitor has enough to see above."""
    noise, n = noise_of_runs()
    single, mixed = experiments()["notes/baseline-fp32"], experiments()["notes/baseline-fp16"]
    times = words.number(single.seconds / mixed.seconds, 1)
    with fold(tr("The printed curves"), tr("compare the ends of runs, not their middles"), holds=(RUNS, BY.control)):
        curves()
    with fold(
        tr("What each step bought"),
        tr("{noise} of {n} changes between two runs lie inside the noise", noise=noise, n=n),
    ):
        what_it_bought()
    with fold(tr("Mixed precision"), tr("{times} times as fast, and no more accurate", times=times)):
        mixed_precision()
    if iteration.studies():
        with fold(
            tr("Iteration speed"),
            tr("which cheap experiment puts ideas in the right order"),
            holds=("chapter.measured",),
        ):
            iteration_speed(iteration.studies())


@trouble.fragment
def curves() -> None:
    """The experiments one picks, and one knob from equal epochs to equal seconds."""
    left, right = pictured((1, 2), key="curves")
    with left:
        chosen = asked()
        st.pills(
            tr("Experiments"),
            list(SHORT),
            selection_mode="multi",
            wrap=True,
            format_func=lambda i: tr(SHORT[i]),
            **kept(RUNS, chosen, default=list(FIRST), written=",".join),
        )
        by = address.given(BY.control)
        by = by if by in glide.WAY else glide.EPOCHS
        st.select_slider(
            tr("Compare at equal"),
            glide.WAY,
            format_func=_by_words,
            help=tr(
                "Left: equal epochs. Right: equal seconds, as printed. In between, the marks move from one to the "
                "other."
            ),
            **kept(BY.control, by, default=glide.EPOCHS),
        )
        place(glide.READING, stage=STAGE, key="chapter.reading")
        leaks = tr(
            "“Leaks”: for its second phase the text draws a new validation set, and the net has already trained on "
            "most of it. The book's runs are in 32 bits; all but one of the notes' are in mixed precision."
        )
        st.markdown(f":gray[:small[{leaks}]]")
    ids = tuple(i for i in SHORT if i in chosen)
    with right:
        place(glide.template(), stage=STAGE, key="chapter.curves")
        st.caption(" &emsp; ".join(glide.key(ids)) if ids else tr("Choose an experiment to see its curve."))
    Stage(STAGE, {"ids": ids, "by": by}, (BY,), glide.VIEWS, (glide.told,)).draw()


def asked() -> list[str]:
    """The experiments that the address names, by their ids; an older link says each by its English name."""
    said = st.query_params.get_all(RUNS)
    by_name = {short: i for i, short in SHORT.items()}
    ids = {i for text in said for i in ([by_name[text]] if text in by_name else text.split(","))}
    found = [i for i in SHORT if i in ids]
    return found if found or (said and not any(said)) else list(FIRST)


def _by_words(by: str) -> str:
    return {glide.EPOCHS: tr("epochs"), glide.SECONDS: tr("seconds")}.get(by, by)


def what_it_bought() -> None:
    left, right = st.columns((1, 2), gap="large")
    noise, n = noise_of_runs()
    with left:
        st.markdown(
            tr(
                "Each text validates on {n} pictures, so every printed accuracy is a whole number of {n_plain}ths. "
                "The numbers beside the marks count pictures. The pale bars show how far chance alone puts two runs "
                "apart because the pictures are so few (95\u00a0%); another seed adds to it.",
                n=words.count(N_VALID),
                n_plain=N_VALID,
            )
        )
        st.markdown(
            tr(
                "**{noise} of the {n} changes that have a bar lie inside it.** Normalization loses two pictures in "
                "the book and four in the notes: five epochs from scratch do not show what it buys. Progressive "
                "resizing gains most, with twice the epochs and a leak.",
                noise=noise,
                n=n,
            )
        )
        no_bar = tr(
            "TTA has no bar: the same net sees the same pictures, so its change is an exact count. No 15-epoch run "
            "without mixup and smoothing is printed, so the two are compared with each other."
        )
        st.markdown(f":gray[:small[{no_bar}]]")
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
            tr(
                "The multiplications run in 16 bits (fp16), which newer graphics cards do several times as fast; the "
                "weights are kept in 32 bits (fp32), and the loss is scaled up so that small gradients do not vanish "
                "in 16 bits. The same five epochs took **{time} instead of {time_before}**, and ended at {accuracy} "
                "instead of {before}: {gained} of {n}, inside the noise. It buys time, not accuracy, and time buys "
                "epochs. On a CPU the lab (page *Train*) trains in bf16, another 16-bit format, if the processor can "
                "multiply in it, and otherwise in 32 bits.",
                time=words.clock(mixed.seconds),
                time_before=words.clock(single.seconds),
                accuracy=words.percent(mixed.accuracy, 2),
                before=words.percent(single.accuracy, 2),
                gained=tr_n("{n} picture", "{n} pictures", gained.pictures),
                n=words.count(N_VALID),
            )
        )
        code_block.show("learn = Learner(dls, xresnet50(n_out=dls.c), metrics=accuracy).to_fp16()", key="code.fp16")


def iteration_speed(studies: Mapping[str, iteration.Study]) -> None:
    left, right = st.columns((1, 2), gap="large")
    with left:
        source = choice(
            tr("Pictures"),
            list(studies),
            next(iter(studies)),
            name="chapter.measured",
            key="chapter.measured",
            words=_measured_on,
            meant={MEASURED_ON[source]: source for source in studies}.get,  # as older links say it
            in_a_row=True,
        )
        of = studies[source]
        dear, *cheap = of.ways
        st.markdown(
            tr(
                "The chapter's first advice: try ideas where trying is cheap. That works as long as the cheap "
                "experiment puts ideas in the **same order** as the expensive one. Here {n} recipes, which form "
                "{pairs} pairs, ran {n_epochs} epochs each in {ways}:",
                n=len(dear.accuracies),
                pairs=math.comb(len(dear.accuracies), 2),
                n_epochs=of.n_epochs,
                ways=tr_n("{n} way", "{n} ways", len(of.ways)),
            )
        )
        rows = [f"| {dear.title} | {words.number(dear.cpu_s, 1)} s | – |"]
        for way in cheap:
            n_kept, pairs = iteration.pairs_kept(way, dear)
            pairs_kept = tr("{kept} of {pairs}", kept=n_kept, pairs=pairs)
            rows.append(f"| {way.title} | {words.number(way.cpu_s, 1)} s | {pairs_kept} |")
        heads = tr("way"), tr("a run"), tr("pairs in order")
        st.markdown(f"| {' | '.join(heads)} |\n|:--|--:|--:|\n" + "\n".join(rows))
        st.markdown(verdict(of))
    with right:
        charts.show(iteration.rank_lines(of), key="chapter.iteration")
        st.caption(
            tr(
                "Our own runs, {date}, on {pictures} ({n_train} to train, {n_valid} to validate), {seeds}: mean in "
                "percent ± half the range. Best on top. Nets an eighth as wide as the chapter's, so that a run takes "
                "seconds: read the order, not the accuracy. Processor seconds of one thread, {device}. Made by "
                "`python -m benchmarks.training.iteration_speed --pictures {source}`.",
                date=of.date,
                pictures=_on(of.source),
                n_train=words.count(dear.n_train),
                n_valid=words.count(of.n_valid),
                seeds=tr_n("{n} seed", "{n} seeds", len(of.seeds)),
                device=of.device,
                source=of.source,
            )
        )


def _measured_on(source: str) -> str:
    return tr(MEASURED_ON[source])


def _on(source: str) -> str:
    """Which pictures, within a sentence."""
    if source == "imagenette":
        return tr(
            "a fifth of Imagenette's training pictures and half of its validation pictures, from copies at 224 px"
        )
    return tr("the sample")


def _other_order(way: iteration.Way, dear: iteration.Way) -> str:
    """Says that the order is another; where only one pair is swapped and lies closer than two seeds do, that too."""
    swapped = iteration.swapped(way, dear)
    apart = 100 * abs(way.means[swapped[0][0]] - way.means[swapped[0][1]])
    spread = 100 * max(max(way.accuracies[name]) - min(way.accuracies[name]) for name in swapped[0])
    if len(swapped) > 1 or apart >= spread:
        return tr("another order")
    return tr(
        "another order (“{a}” and “{b}” change places: they lie {apart} points apart, but two seeds of one recipe up "
        "to {spread})",
        a=swapped[0][0],
        b=swapped[0][1],
        apart=words.number(apart, 1),
        spread=words.number(spread, 1),
    )


def verdict(of: iteration.Study) -> str:
    """A sentence for each cheap way: its share of the time, and whether it keeps the order and the winner."""
    dear, *cheap = of.ways
    said = []
    for way in cheap:
        n_kept, pairs = iteration.pairs_kept(way, dear)
        order = tr("the same order") if n_kept == pairs else _other_order(way, dear)
        winner, truly = way.ranking[0], dear.ranking[0]
        if winner == truly:
            first = tr("the same winner")
        else:
            first = tr(
                "another winner: “{winner}”, {ahead} points ahead where seeds differ by ±{spread}",
                winner=winner,
                ahead=words.number(100 * (way.means[winner] - way.means[truly]), 1),
                spread=words.number(100 * max(max(found) - min(found) for found in way.accuracies.values()) / 2, 1),
            )
        said.append(
            tr(
                "**{way}**: {share} of the time, {order}, {first}.",
                way=way.title,
                share=words.percent(round(way.cpu_s, 1) / round(dear.cpu_s, 1), 0),  # of the seconds as they are shown
                order=order,
                first=first,
            )
        )
    net = next((way for way in cheap if way.id == "net"), None)
    if net is not None and net.cpu_s > 0.7 * dear.cpu_s:
        said.append(
            tr(
                "Halving the layers saves little here: most of the net's time goes into its first three convolutions, "
                "which work on the largest maps and are the same in both nets; `width` narrows only the blocks after "
                "them. At the chapter's full width the blocks take more of the time."
            )
        )
    said.append(
        tr(
            "A tenth of the pictures at equal epochs also means a tenth of the steps: a recipe that learns fast looks "
            "better there than it is."
        )
    )
    return "\n\n".join(said)
