"""One form, `Compared`, for everything that can be compared: a run, a printed table, a recording.

Adapters to that form, and grouping by recipe; figures/runs/compared.py draws the curves, and
figures/runs/comparison_table.py the tables.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sota_core.analysis.result import reached
from sota_core.analysis.series import Batches, EpochRow, Series, TtaPass, fold
from sota_core.language import N_, tr
from sota_core.published import N_VALID, SHORT, Experiment
from sota_core.recipes import PRESETS, PUBLISHED_IDS, Recipe
from sota_core.recipes.traits import known_before, leaks
from sota_core.runs.recordings.recording import Recording
from sota_core.runs.run import Run
from sota_core.runs.states import State

RUN, PUBLISHED, RECORDED = "run", "published", "recorded"
_TEXTS = {"book": N_("the book's card"), "notes": N_("the notes' card")}


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing to compare. Shares in [0, 1], times in seconds.

    id            a run's, a printed table's (`notes/mixup`), or a recording's with `rec:` before it
    recipe        for a printed table: our recipe that does what its text does
    epochs        one row per epoch so far
    tta           accuracy after k views, k = 0 is plain; for a printed table only the first and the last
    accuracy, n   final accuracy without TTA, and on how many pictures; for a run under way, its last epoch's
    seconds       of training; for a printed table the sum of its epochs
    seed          None for a printed table: the texts name none
    state         a run's state; else "finished"
    batches       the training steps of a run or a recording; the texts print none
    data, code    for a run: fingerprints of its pictures and of the code that trained it, where known
    loader        the one a run used; "" where that is not known
    """

    id: str
    label: str
    kind: str
    recipe: Recipe
    epochs: tuple[EpochRow, ...]
    tta: tuple[TtaPass, ...]
    accuracy: float | None
    n: int | None
    tta_accuracy: float | None
    seconds: float | None
    device: str
    precision: str
    seed: int | None
    state: str = "finished"
    leaks: bool = False
    batches: Batches = field(default_factory=Batches)
    data: str | None = None
    code: str | None = None
    loader: str = ""

    @property
    def is_live(self) -> bool:
        return self.kind == RUN and not State(self.state).is_terminal

    @property
    def seconds_at(self) -> tuple[float, ...]:
        """Seconds of training after each epoch."""
        total, found = 0.0, []
        for row in self.epochs:
            total += row.seconds
            found.append(total)
        return tuple(found)


def with_answers(items: Iterable[Compared]) -> list[Compared]:
    """The runs that may have stored their answers to the validation pictures: finished ones, then stopped ones."""
    ended = [item for item in items if item.kind == RUN and item.state in ("finished", "cancelled")]
    return sorted(ended, key=lambda item: item.state != "finished")


def from_run(run: Run, series: Series, label: str) -> Compared:
    got = reached(run.summary)
    plain, last = series.tta[0] if series.tta else None, series.epochs[-1] if series.epochs else None
    if got.is_whole:
        accuracy, n = got.accuracy, got.n
    elif plain is not None:
        accuracy, n = plain.accuracy, plain.n
    else:
        accuracy, n = (last.accuracy, last.n_valid) if last else (None, None)
    recipe = run.recipe
    return Compared(
        run.id,
        label,
        RUN,
        recipe,
        series.epochs,
        series.tta,
        accuracy,
        n,
        got.tta_accuracy,
        got.seconds or (sum(row.seconds for row in series.epochs) or None),
        series.device,
        series.precision,
        recipe.seed,
        run.state.value,
        known_before(recipe) > 0 or (recipe.resplit and any(row.phase for row in series.epochs)),
        series.batches,
        run.data,
        run.code,
        series.loader,
    )


def from_recording(recording: Recording, label: str) -> Compared:
    series, got = fold(Series(), recording.events), reached(recording.summary)
    recipe = recording.recipe
    return Compared(
        f"rec:{recording.id}",
        label,
        RECORDED,
        recipe,
        series.epochs,
        series.tta,
        got.accuracy,
        got.n,
        got.tta_accuracy,
        got.seconds,
        recording.device,
        recording.precision,
        recipe.seed,
        leaks=leaks(recipe),
        batches=series.batches,
    )


def from_published(of: Experiment) -> Compared:
    recipe = printed_recipe(of)
    rows = tuple(
        EpochRow(
            phase=i,
            stage="frozen" if "frozen" in phase.method else "main",
            epoch=row.epoch,
            train_loss=row.train_loss,
            valid_loss=row.valid_loss,
            accuracy=row.accuracy,
            seconds=row.seconds,
            # their smoothed loss is over 1000 outputs: the plain cross-entropy cannot be worked out from it
            valid_ce=None if recipe.label_smoothing else row.valid_loss,
            n_valid=N_VALID,
        )
        for i, phase in enumerate(of.phases)
        for row in phase.rows
    )
    tta: tuple[TtaPass, ...] = ()
    if of.tta_accuracy is not None:
        tta = (TtaPass(0, N_VALID, of.accuracy), TtaPass(recipe.tta_n, N_VALID, of.tta_accuracy))
    return Compared(
        of.id,
        tr(SHORT[of.id]) if of.source == "book" else tr("notes: {title}", title=tr(SHORT[of.id])),
        PUBLISHED,
        recipe,
        rows,
        tta,
        of.accuracy,
        N_VALID,
        of.tta_accuracy,
        float(of.seconds),
        tr(_TEXTS[of.source]),
        of.precision,
        None,
        leaks=of.leaks,
    )


def printed_recipe(of: Experiment) -> Recipe:
    """What the text trains, as a Recipe: the table's preset with the text's precision, leak, loader and TTA.

    The text names no seed: the preset's stands in its place, and `Compared.seed` is None.
    """
    names = {published: name for name, published in PUBLISHED_IDS.items()}
    known = names.get(of.id) or {"book/baseline": "baseline", "book/normalize": "normalize"}[of.id]
    return PRESETS[known].replace(
        precision=of.precision, resplit=of.leaks, loader="files", tta_n=0 if of.tta_accuracy is None else 4
    )


@dataclass(frozen=True, slots=True)
class Group:
    """The same recipe with one seed or several, on the same pictures; `number` labels its line and its row."""

    number: int
    members: tuple[Compared, ...]

    @property
    def first(self) -> Compared:
        return self.members[0]

    @property
    def label(self) -> str:
        return self.first.label

    @property
    def is_live(self) -> bool:
        """Is one of its runs under way?"""
        return any(m.is_live for m in self.members)

    @property
    def data(self) -> str | None:
        """The fingerprint of its pictures; None where no member's is known."""
        return next((m.data for m in self.members if m.data), None)

    @property
    def code(self) -> str | None:
        """The version of the code that trained it; None where no member's is known."""
        return next((m.code for m in self.members if m.code), None)

    @property
    def counted(self) -> list[Compared]:
        """The members whose results count: those that finished; where none did, those stopped early."""
        ended = [m for m in self.members if not m.is_live]
        return [m for m in ended if m.state == State.FINISHED] or ended

    @property
    def n(self) -> int | None:
        """Validation pictures of the members that count, of the fewest where they differ; None while nobody knows."""
        return min((m.n for m in self.counted or self.members if m.n), default=None)

    @property
    def times(self) -> dict[str, float]:
        """Mean seconds of training on each device: a mean over two kinds of device would be the time of neither."""
        devices = dict.fromkeys(m.device for m in self.counted)
        found = {d: [m.seconds for m in self.counted if m.device == d and m.seconds is not None] for d in devices}
        return {device: math.fsum(some) / len(some) for device, some in found.items() if some}

    def values(self, name: str) -> list[float]:
        """accuracy or tta_accuracy of the members that count, one value for each seed."""
        return list(by_seed(self.counted, name).values())

    def mean(self, name: str) -> float | None:
        values = self.values(name)
        return math.fsum(values) / len(values) if values else None

    def sd(self, name: str) -> float | None:
        """The sample's standard deviation (n − 1) over seeds; None with fewer than two."""
        values = self.values(name)
        return statistics.stdev(values) if len(values) > 1 else None


def by_seed(items: Iterable[Compared], name: str) -> dict[int | None, float]:
    """Each seed's accuracy, or another value of this name, in the order they come: the mean of the runs of this seed.

    Runs of one seed differ by rounding alone (a card's, or train/threads.py's), which can grow to points. They do not
    tell what another seed would have reached: one by one they could make the spread over seeds look too small.
    """
    found: dict[int | None, list[float]] = {}
    for item in items:
        if (value := getattr(item, name)) is not None:
            found.setdefault(item.seed, []).append(value)
    return {seed: math.fsum(values) / len(values) for seed, values in found.items()}


def groups(items: Iterable[Compared], *, together: bool = True) -> list[Group]:
    """Group things of one kind with the same recipe but for the seed, in the order they come.

    Runs of one group have the same pictures and the same code, as far as they are known. A printed table is always a
    group of its own; recordings of one group are also of one device.

    together  False: each thing is a group of its own
    """
    found: list[list[Compared]] = []
    for item in items:
        mine = next((members for members in found if together and _is_one_of(item, members)), None)
        if mine is None:
            found.append([item])
        else:
            mine.append(item)
    return [Group(i, tuple(members)) for i, members in enumerate(found, 1)]


def _is_one_of(item: Compared, members: Sequence[Compared]) -> bool:
    first = members[0]
    if item.kind == PUBLISHED or item.kind != first.kind or seedless(item.recipe) != seedless(first.recipe):
        return False
    if item.kind == RECORDED and item.device != first.device:
        return False
    return fits(item.data, (m.data for m in members)) and fits(item.code, (m.code for m in members))


@lru_cache(maxsize=1024)
def seedless(recipe: Recipe) -> str:
    """The same for recipes that are equal but for the seed. Kept: each is asked for at every comparison, for 0.2 ms."""
    return recipe.replace(seed=0).identity()


def fits(print: str | None, others: Iterable[str | None]) -> bool:
    """Can this fingerprint, of pictures or of code, be that of the others? One that is not known can be any."""
    return not print or all(other in (None, "", print) for other in others)
