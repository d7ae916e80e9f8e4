"""The page Compare: the choices are in the address, and every number on the screen is the run's own."""

import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.pictures import models
from sota_core import paths, words
from sota_core.analysis.comparison import from_published
from sota_core.analysis.noise import moving_average
from sota_core.figures.runs.comparison_table import differing
from sota_core.published import FIRST, experiments
from sota_core.recipes import PRESETS, Recipe
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.train import events as make
from tests.pages import live
from tests.pages.conftest import texts  # type: ignore[import-not-found]

PAGE = "compare"
Visit = Callable[..., AppTest]
SHARED = paths.ROOT.parent / "shared" / "data" / "published_results.json"


def told(
    store: Store,
    recipe: Recipe,
    accuracies: tuple[float, ...],
    *,
    tta: float | None = None,
    owner: str = "somebody",
) -> str:
    """A run that has trained this far; with `tta` it has finished and left the shipped net's predictions."""
    run = store.queue.submit(recipe, owner=owner, state=State.STARTING)
    assert store.transitions.begin(run.id, run.attempt, pid=1, birth=None, host="here")
    written = [
        make.started(
            device="CPU, 2 threads", precision="fp32", versions={}, n_train=100, n_valid=500, total_steps=30,
            recipe=recipe.to_dict(),
        )
    ]  # fmt: skip
    for i, accuracy in enumerate(accuracies):
        written.append(
            make.epoch(
                phase=0, stage="main", epoch=i, step=10 * (i + 1), train_loss=1.5, valid_loss=1.4, valid_ce=1.4,
                accuracy=accuracy, seconds=20.0, images_per_s=50.0, n_valid=500,
            )
        )  # fmt: skip
    if tta is not None:
        written += [make.tta_pass(k=k, n=500, accuracy=a, view_accuracy=a) for k, a in ((0, accuracies[-1]), (4, tta))]
    store.log.append(run.id, 1, [e | {"seq": i, "t": 1.0 + i} for i, e in enumerate(written, 1)], step=10, total=30)
    if tta is not None:
        folder = store.artifacts_dir / run.id
        folder.mkdir(parents=True)
        with np.load(models.SHIPPED_FOLDER / "predictions.npz") as found:
            np.savez(
                folder / "predictions.npz", **{k: found[k] for k in ("plain", "views", "labels", "names", "classes")}
            )
        files = [Artifact(run.id, p.name, p, p.stat().st_size, "0" * 64) for p in folder.iterdir()]
        summary = {"accuracy": accuracies[-1], "n_valid": 500, "tta_accuracy": tta, "seconds": 20.0 * len(accuracies)}
        assert store.transitions.finish(run.id, 1, summary, files)
    return run.id


def figure(app: AppTest, kind: str) -> dict[str, list]:
    """The data sets, as rows, of the chart that has one of this name."""
    for chart in app.get("vega_lite_chart"):
        found = {d.name: d.data.data for d in chart.proto.datasets}
        if kind in found:
            return {name: pa.ipc.open_stream(data).read_all().to_pylist() for name, data in found.items()}
    raise AssertionError(f"no chart with {kind}")


def address(app: AppTest, name: str) -> str | None:
    value = app.query_params.get(name)
    return value if isinstance(value, str) or value is None else value[0]


def test_without_a_run_the_printed_tables_are_there_at_once(visit: Visit) -> None:
    app = visit(PAGE)
    said = texts(app)
    assert "There are no runs yet" in said and app.multiselect(key="compare.runs").value == list(FIRST)
    for name in FIRST:
        assert f"{100 * experiments()[name].accuracy:.1f}\u00a0%" in said
    assert "Train the first one" in [link.proto.label for link in app.get("page_link")]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared copy of the published tables is not beside this checkout")
def test_every_printed_row_drawn_is_a_row_of_the_shared_tables(visit: Visit) -> None:
    printed = {e["id"]: e for e in json.loads(SHARED.read_text())["experiments"]}
    app = visit(PAGE, runs=",".join(printed), x="seconds")
    drawn = figure(app, "grey")["grey"]
    for number, name in enumerate(printed, 1):
        rows = [row for phase in printed[name]["phases"] for row in phase["rows"]]
        mine = [p for p in drawn if p["number"] == str(number)]
        assert [p["y"] for p in mine] == [row["accuracy"] for row in rows]
        assert [p["x"] for p in mine] == list(np.cumsum([row["seconds"] for row in rows]))
        tta = printed[name].get("tta_accuracy")
        assert tta is None or f"{100 * tta:.1f}\u00a0%" in texts(app)


def test_seeds_are_shown_as_numpy_counts_them_and_the_base_can_be_changed(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    plain = tiny.replace(normalize="none", preset="baseline")
    ends = (0.61, 0.65, 0.66)
    ids = [told(store, plain.replace(seed=i), (0.5, end), tta=end + 0.02) for i, end in enumerate(ends)]
    other = told(store, tiny, (0.4, 0.7), tta=0.71)
    app = visit(PAGE, runs=",".join([*ids, other]))
    mean, sd = 100 * np.mean(ends), 100 * np.std(ends, ddof=1)
    assert f"**{mean:.1f}\u00a0%** ± {sd:.1f} (3)" in texts(app)
    assert f":green[▲ +{70 - mean:.1f}]" in texts(app)
    app.selectbox(key="address.base").set_value(other).run()
    assert address(app, "base") == other
    assert f":red[▼ −{70 - mean:.1f}]" in texts(app)
    assert "| Normalization | none | imagenet |" in texts(app)


def test_epochs_and_seconds_are_two_axes_of_the_same_run(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.5, 0.7), tta=0.72)
    app = visit(PAGE, runs=f"{run},notes/mixup", base="notes/mixup")
    assert [(p["x"], p["y"]) for p in figure(app, "grey")["own"]] == [(1, 0.4), (2, 0.5), (3, 0.7)]
    next(g for g in app.button_group if g.key == "compare.x").set_value("seconds").run()
    assert address(app, "x") == "seconds"
    assert [p["x"] for p in figure(app, "grey")["own"]] == [20, 40, 60]


def test_a_run_under_way_is_drawn_and_judged_by_nobody(visit: Visit, store: Store, tiny: Recipe) -> None:
    app = visit(PAGE, runs=f"{told(store, tiny, (0.4, 0.5))},notes/mixup")
    assert "1 under way" in texts(app) and len(figure(app, "grey")["own"]) == 2


def test_confusion_and_mistakes_are_those_of_the_stored_predictions(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.7), tta=0.72)
    app = visit(PAGE, runs=run)
    with np.load(store.artifacts_dir / run / "predictions.npz") as found:
        plain, views, labels = found["plain"], found["views"], found["labels"]
    wrong = int((plain.argmax(1) != labels).sum())
    right = words.percent(1 - wrong / len(labels))  # with the digits it has elsewhere on the page
    assert f"**{wrong} of {len(labels)} pictures wrong**, {right} right" in texts(app)
    cells = figure(app, "wrong")
    assert sum(c["count"] for c in cells["wrong"]) == wrong
    next(g for g in app.button_group if g.key == "compare.look").set_value("tta").run()
    both = 0.25 * plain + 0.75 * views.mean(0)
    wrong = int((both.argmax(1) != labels).sum())
    assert address(app, "look") == "tta" and f"**{wrong} of {len(labels)} pictures wrong**" in texts(app)


def test_pictures_that_have_gone_are_told_in_words(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny.replace(source="imagenette2-160"), (0.4, 0.7), tta=0.72)
    said = texts(visit(PAGE, runs=run)).replace("\\", "")
    assert "6 pictures cannot be shown" in said and "taken for" in said


def test_a_chapters_run_stands_over_its_table_with_the_reasons_that_apply(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = told(store, tiny.replace(preset="progressive"), (0.4, 0.7), tta=0.72)
    app = visit(PAGE, runs=run)
    app.button(key="compare.book").click().run()
    assert address(app, "runs") == f"{run},notes/progressive"
    said = texts(app)
    for title in ("Other pictures", "Another validation set", "The printed result leaks", "A smaller experiment"):
        assert f"**{title}.**" in said
    assert "**Another fifth.**" not in said
    link = next(link for link in app.get("page_link") if link.proto.label == "Train it with the leak")
    assert "resplit=true" in link.proto.query_string and "split=official" not in link.proto.query_string


def test_a_finished_runs_page_leads_to_its_printed_table(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.7), tta=0.72)
    links = visit("train", run=run).get("page_link")
    link = next(link for link in links if link.proto.label.startswith("Compare with the printed table"))
    assert "notes%2Fnormalize" in link.proto.query_string or "notes/normalize" in link.proto.query_string


def test_an_address_that_names_nothing_says_so_and_shows_the_rest(visit: Visit) -> None:
    app = visit(PAGE, runs="nosuch<b>,notes/mixup", base="nosuch", x="furlongs")
    assert "There is no run or table `nosuchb`" in texts(app)
    assert app.multiselect(key="compare.runs").value == ["notes/mixup"]


def test_removing_everything_leaves_a_sentence(visit: Visit) -> None:
    app = visit(PAGE)
    app.multiselect(key="compare.runs").set_value([]).run()
    assert address(app, "runs") in ("", None) and "Nothing is chosen" in texts(app)


def test_other_seeds_of_what_is_chosen_are_one_press_away(visit: Visit, store: Store, tiny: Recipe) -> None:
    first, second = (told(store, tiny.replace(seed=i), (0.4, 0.6 + i / 10), tta=0.8) for i in (1, 2))
    told(store, tiny.replace(width=0.5), (0.4, 0.7), tta=0.8)
    told(store, tiny.replace(seed=1), (0.4, 0.9), tta=0.9)  # a classmate's, with the seed that is there already
    app = visit(PAGE, runs=first)
    assert app.button(key="compare.seeds.add").label == "Add 1 run of the same recipes with other seeds"
    app.button(key="compare.seeds.add").click().run()
    assert address(app, "runs") == f"{first},{second}" and "**75.0\u00a0%** ± 7.1 (2)" in texts(app)


def test_two_seeds_of_one_recipe_can_be_told_apart(visit: Visit, store: Store, tiny: Recipe) -> None:
    first, second = (told(store, tiny.replace(seed=i), (0.4, 0.6 + i / 10), tta=0.8) for i in (1, 2))
    app = visit(PAGE, runs=f"{first},{second}")
    next(g for g in app.button_group if g.key == "compare.group").set_value("apart").run()
    said = texts(app).replace("\\", "")
    assert address(app, "group") == "apart" and "seed 1 |" in said and "seed 2 |" in said
    assert {p["number"] for p in figure(app, "grey")["own"] + figure(app, "grey")["grey"]} == {"1", "2"}
    assert not [g for g in visit(PAGE, runs=first).button_group if g.key == "compare.group"]


def test_no_two_things_that_can_be_chosen_bear_one_label(visit: Visit, store: Store, tiny: Recipe) -> None:
    """Streamlit's box would confuse the two, and keep a chip that stands for nothing."""
    for _ in range(2):
        told(store, tiny, (0.4, 0.7), tta=0.8)
    box = visit(PAGE).multiselect(key="compare.runs")
    assert len(set(box.options)) == len(box.options)


def test_only_what_differs_is_listed() -> None:
    same = PRESETS["mixup"]
    assert differing([same, same.replace(seed=1)]) == {}
    assert differing([same, same.replace(mixup_alpha=0.2)]) == {"Mixup α": ["0.4", "0.2"]}
    phases = differing([PRESETS["normalize"], PRESETS["progressive"]])
    assert phases["Size"] == ["224 px", "128 → 224 px"] and phases["Epochs in all"] == ["5", "10"]
    of = from_published(experiments()["notes/progressive"]).recipe
    assert differing([PRESETS["progressive"], of]) == {
        "New split in every phase": ["no", "yes"], "Loader": ["cache", "files"],
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("x", "seconds", "compare.x"),
        ("y", "loss", "compare.y"),
        ("base", "notes/all", "address.base"),
        ("runs", "notes/all", "compare.runs"),
        ("view", "ladder", "compare.view"),
    ],
)
def test_every_choice_is_in_the_address_and_comes_back(name: str, value: str, key: str, visit: Visit) -> None:
    app = visit(PAGE)
    kinds = (app.button_group, app.selectbox, app.multiselect)
    widget = next(w for kind in kinds for w in kind if w.key == key)
    widget.set_value([value] if name == "runs" else value).run()
    assert not app.exception and address(app, name) == value
    assert texts(visit(PAGE, **{name: value})) == texts(app)


def test_recorded_batches_are_smoothed_as_the_address_says(visit: Visit) -> None:
    app = visit(PAGE, runs="rec:mixup-cpu,rec:baseline-cpu-seed-1", smooth="0.90")
    losses = [e["loss"] for e in shipped()["mixup-cpu"].events if e["kind"] == "batch" and e["loss"] is not None]
    last = moving_average(losses, 0.9)[-1]
    assert live.slots(app)["last0"] == f"{last:.3f}" and live.slots(app)["weight"] == "0.90"
    assert opened(app, "Training loss by batch") and not opened(app, "Every line after one epoch")
    app = visit(PAGE, runs="notes/mixup")
    assert "last0" not in live.slots(app)  # printed tables have no batches


def test_the_slider_says_what_every_line_has_reached_at_its_moment(visit: Visit) -> None:
    printed = experiments()
    app = visit(PAGE, runs="notes/mixup,notes/label-smoothing")
    for epoch in ("15", "3"):
        app.select_slider(key="compare.moment").set_value(epoch).run()
        for number, name in ((1, "notes/mixup"), (2, "notes/label-smoothing")):
            reached = printed[name].rows[int(epoch) - 1].accuracy
            assert live.slots(app)[f"v{number}"].startswith(words.percent(reached, 2))


def test_a_link_leads_to_the_moment_that_it_names(visit: Visit) -> None:
    runs = "notes/mixup,notes/label-smoothing"
    app = visit(PAGE, runs=runs, compare__moment="3")
    slider = app.select_slider(key="compare.moment")
    assert slider.value == "3" and slider.proto.query_param_key == "compare.moment"
    assert live.slots(app)["v1"].startswith(words.percent(experiments()["notes/mixup"].rows[2].accuracy, 2))
    assert opened(app, "Every line after one epoch")
    plain = visit(PAGE, runs=runs)
    assert plain.select_slider(key="compare.moment").value == "15" and not opened(plain, "Every line after one epoch")
    assert visit(PAGE, runs=runs, compare__moment="99").select_slider(key="compare.moment").value == "15"
    by_second = visit(PAGE, runs=runs, x="seconds", compare__moment="3")  # from before the axis was changed
    assert ":" in by_second.select_slider(key="compare.moment").value


def opened(app: AppTest, label: str) -> bool:
    (fold,) = [fold for fold in app.expander if fold.label == label]
    return fold.proto.expanded
