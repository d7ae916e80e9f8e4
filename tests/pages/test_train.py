"""The lab: composing a recipe, the address, and every state of a run."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train.knobs import ELSEWHERE, GROUPS, key_of
from pages.shared.session import cached
from sota_core.recipes import DEFAULT_THROUGHPUT, FIELDS, PHASE_FIELDS, Recipe
from sota_core.recipes.draft import Pictures, compose
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name
from sota_core.train import events as make
from tests.pages.conftest import codes
from tests.pages.test_compare import told

PAGE = "train"
Visit = Callable[..., AppTest]


def everything(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.title, *app.header, *app.subheader, *app.warning, *app.error]
    figures = [f"{m.value} {m.delta}" for m in app.metric]
    return "\n".join([*(str(part.value) for part in parts), *figures, *codes(app)])


def address(app: AppTest) -> dict[str, str]:
    return {name: v if isinstance(v, str) else v[0] for name, v in app.query_params.items()}


def control(app: AppTest, key: str):
    kinds = (app.slider, app.number_input, app.selectbox, app.toggle, app.button_group)
    return next(widget for kind in kinds for widget in kind if widget.key == key)


def test_every_knob_stands_in_exactly_one_place() -> None:
    placed = [name for names in GROUPS.values() for name in names] + list(ELSEWHERE)
    without = set(placed) ^ set(FIELDS)
    assert not without, f"{without}: mark it is_technique, or put it into GROUPS of pages/parts/train/knobs.py"
    assert len(placed) == len(FIELDS)


def test_a_first_visit_shows_three_steps_ready_to_start(visit: Visit) -> None:
    app = visit(PAGE)
    steps = [heading.value for heading in app.header][:3]
    assert steps == ["1 · Data", "2 · Recipe", "3 · Run"]
    assert not app.button(key="lab.start").disabled
    assert address(app) == {"recipe": "baseline", "source": "sample", "fit": "60", "seed": "42"}


TURNS = {
    "normalize": "batch",
    "mixup_alpha": 0.4,
    "cutmix_alpha": 1.0,
    "label_smoothing": 0.1,
    "label_noise": 0.2,
    "tta_n": 8,
    "tta_beta": 0.5,
    "tta_use_max": True,
    "arch": "xresnet34",
    "width": 0.75,
    "device": "cpu",
    "precision": "bf16",
    "loader": "files",
    "resize": "squish",
    "presize": 128,
    "split": "random20",
    "split_seed": 7,
    "subset": 0.5,
    "valid_limit": 200,
    "seed": 7,
    "phases.0.size": 64,
    "phases.0.bs": 64,
    "phases.0.n_epochs": 3,
    "phases.0.lr": 1e-3,
    "phases.0.method": "fine_tune",
}


def test_the_turns_below_cover_every_knob() -> None:
    # resplit and pretrained are only valid beside other fields: they have tests of their own
    without = (set(TURNS) | {"source", "resplit", "pretrained"}) ^ (
        set(FIELDS) | {f"phases.0.{name}" for name in PHASE_FIELDS}
    )
    assert not without, f"{without}: add a value for its control to TURNS"


@pytest.mark.long
@pytest.mark.parametrize("name", TURNS)
def test_a_turned_knob_is_in_the_address_and_the_address_turns_it(name: str, visit: Visit) -> None:
    app = visit(PAGE)
    control(app, key_of(name)).set_value(TURNS[name]).run()
    assert not app.exception
    assert name in address(app)
    again = visit(PAGE, **{k.replace(".", "__"): v for k, v in address(app).items()})
    assert control(again, key_of(name)).value == TURNS[name]
    recipe = compose(address(again), Pictures("sample", 1500, 500), DEFAULT_THROUGHPUT).recipe
    assert recipe is not None
    found = getattr(recipe.phases[0], name.rpartition(".")[2]) if "." in name else getattr(recipe, name)
    assert found == TURNS[name]


def test_resplit_is_reached_with_its_split(visit: Visit) -> None:
    app = visit(PAGE, split="random20")
    control(app, key_of("resplit")).set_value(True).run()
    assert address(app)["resplit"] == "true" and not app.warning


def test_a_knob_turned_back_leaves_the_address(visit: Visit) -> None:
    app = visit(PAGE, mixup_alpha="0.4")
    control(app, key_of("mixup_alpha")).set_value(0.0).run()
    assert "mixup_alpha" not in address(app)


def test_another_experiment_takes_the_turned_knobs_with_it_and_leaves_the_seed(visit: Visit) -> None:
    app = visit(PAGE, mixup_alpha="0.4", phases__0__bs="32", seed="7")
    control(app, "lab.recipe").set_value("label_smoothing").run()
    assert address(app) == {"recipe": "label_smoothing", "source": "sample", "fit": "60", "seed": "7"}
    assert control(app, key_of("label_smoothing")).value == 0.1


def test_contradicting_knobs_are_explained_and_cannot_be_started(visit: Visit) -> None:
    app = visit(PAGE, mixup_alpha="0.4", cutmix_alpha="1.0")
    assert "one of them must be 0" in everything(app).replace("\\", "")
    assert app.button(key="lab.start").disabled and control(app, key_of("cutmix_alpha")).value == 1.0


def test_an_address_cannot_name_a_folder_the_operator_does_not_offer(visit: Visit) -> None:
    app = visit(PAGE, source="/etc")
    assert address(app)["source"] == "sample"
    said = "The pictures named in the address are not here, or not yours. Shown instead: Sample, drawn here."
    assert said in everything(app) and said not in everything(visit(PAGE, source="sample"))


def test_a_data_set_that_is_not_here_leads_to_the_data_page_and_not_to_a_run(visit: Visit) -> None:
    app = visit(PAGE, source="imagenette2-160")
    assert app.button(key="lab.start").disabled and "download of 99 MB" in everything(app)


def test_a_phase_can_be_added_and_dropped(visit: Visit) -> None:
    app = visit(PAGE)
    app.button(key="lab.more").click().run()
    assert control(app, key_of("phases.1.size")).value == control(app, key_of("phases.0.size")).value
    app.button(key="lab.less").click().run()
    assert address(app)["phases"] == "1"


def test_an_unknown_run_says_so(visit: Visit) -> None:
    for asked, said in {"<nosuchrun>": "nosuchrun", "../..": "?"}.items():
        app = visit(PAGE, run=asked)
        assert app.title[0].value == f"There is no run `{said}`" and "You have no runs yet" in everything(app)


# --- the states of a run -----------------------------------------------------------------------------


def running(store: Store, recipe: Recipe, n_epochs_done: int = 1) -> str:
    """A run that has trained for some epochs, written as a worker writes it."""
    run = store.queue.submit(recipe, owner="somebody")
    claimed = store.queue.claim()
    assert claimed is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    written = [
        make.started(
            device="CPU, 2 threads",
            precision="fp32",
            versions={},
            n_train=100,
            n_valid=50,
            total_steps=30,
            recipe=recipe.to_dict(),
        )
    ]
    for step in range(1, 10 * n_epochs_done + 1):
        batch = make.batch(step=step, total_steps=30, phase=0, loss=2.0, smooth_loss=2.0, lr=1e-3, mom=0.9)
        written.append(batch)
        if step % 10 == 0:
            row = make.epoch(
                phase=0,
                stage="main",
                epoch=step // 10 - 1,
                step=step,
                train_loss=1.5,
                valid_loss=1.4,
                valid_ce=1.4,
                accuracy=0.4 + step / 100,
                seconds=2.0,
                images_per_s=50.0,
                n_valid=50,
            )
            written.append(row)
    told = [event | {"seq": i, "t": 1.0 + i} for i, event in enumerate(written, 1)]
    store.log.append(run.id, 1, told, step=10 * n_epochs_done, total=30, eta_s=20.0)
    return run.id


def test_a_running_run_shows_its_epoch_its_time_left_and_its_table(visit: Visit, store: Store, tiny: Recipe) -> None:
    shown = everything(visit(PAGE, run=running(store, tiny)))
    assert "|0 | 1.500000 | 1.400000 | 0.500000 | 00:02|" in shown
    assert "50 a second" in shown and "CPU, 2 threads" in shown.replace("\\", "")


@pytest.mark.long
def test_until_the_first_epoch_the_panel_shows_what_is_done_and_the_first_batch(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = running(store, tiny, 0)
    assert "**Make the first batch**" in everything(visit(PAGE, run=run))
    first = make.first_batch(sheet="data:image/webp;base64,AAAA", n=8, bs=16, size=32)
    store.log.append(run, 1, [first | {"seq": 90, "t": 90.0}], step=0, total=30)
    cached.feeds.clear()
    app = visit(PAGE, run=run)
    assert "first batch of 16 as the net gets them" in everything(app)
    assert [image.value for image in app.image] == [[first["sheet"]]]


def test_only_the_browser_that_started_a_run_can_stop_it(visit: Visit, store: Store, tiny: Recipe) -> None:
    assert visit(PAGE, run=running(store, tiny)).button(key="stop").disabled


def test_a_finished_run_has_a_verdict_and_a_way_on(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = running(store, tiny, 3)
    summary = {"accuracy": 0.7, "n_valid": 50, "tta_accuracy": 0.74, "seconds": 6.0}
    assert store.transitions.finish(run, 1, summary)
    app = visit(PAGE, run=run)
    shown = everything(app)
    assert "Finished" in shown and "70.0\u00a0%" in shown and "+4.0 points" in shown
    assert "Of 3 epochs the last was best" in shown
    assert not app.button(key="again").disabled


def test_what_was_set_otherwise_than_printed_is_told_by_what_it_came_to(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    """Trained in fp32 with 500 validation pictures, so a limit of 500 changed nothing, and `auto` meant fp32."""
    run = told(store, tiny.replace(valid_limit=500, preset="baseline", precision="auto"), (0.4, 0.5, 0.7), tta=0.72)
    app = visit(PAGE, run=run)
    (fold,) = [e for e in app.expander if "other than printed" in e.label]
    shown = fold.markdown[0].value
    assert "Width" in shown and "Pictures validated" not in shown and "Precision" not in shown
    assert fold.label.startswith(f"{shown.count('→')} settings")


def test_a_failed_run_says_what_happened_what_to_do_and_folds_the_traceback(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = running(store, tiny)
    assert store.transitions.fail(run, 1, "gpu_oom", "out of memory", "Traceback: line 1")
    app = visit(PAGE, run=run)
    assert "Failed" in everything(app) and "smaller batch" in everything(app)
    assert any("Traceback: line 1" in code for code in codes(app))


def test_a_stopped_run_keeps_what_it_reached(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = running(store, tiny, 2)
    store.transitions.request_cancel(run, by="somebody")
    assert store.transitions.cancel(run, 1)
    shown = everything(visit(PAGE, run=run))
    assert "Stopped" in shown and "60.0\u00a0%" in shown


def test_a_lost_run_says_where_it_went(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = running(store, tiny)
    assert store.transitions.lose(run, 1, "gone", "the process is not there")
    assert "Lost" in everything(visit(PAGE, run=run))


def test_text_from_a_run_is_not_taken_for_markup(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = running(store, tiny)
    assert store.transitions.fail(run, 1, "error", "<b>bold</b> [link](http://x) :red[x]")
    assert r"\[link\]\(http\:" in everything(visit(PAGE, run=run))


@pytest.mark.parametrize("preset", ["mixup", "progressive"])
def test_the_published_curve_can_be_laid_beneath(preset: str, visit: Visit, store: Store, tiny: Recipe) -> None:
    run = running(store, tiny.replace(preset=preset))
    app = visit(PAGE, run=run)
    app.toggle(key="published").set_value(True).run()
    assert "published, notes" in everything(app)
    assert "published, notes" in everything(visit(PAGE, run=run, published="true"))


def test_an_estimate_names_its_parts_and_learns_from_a_run(visit: Visit, store: Store, tiny: Recipe) -> None:
    before = everything(visit(PAGE)).replace("\\", "")
    assert "in all" in before and "two CPU cores (speed assumed)" in before
    assert all(f"{part} 0:" in before for part in ("reading", "training", "validation", "TTA", "export"))
    run = store.queue.submit(tiny, owner="somebody", state="starting")
    assert store.transitions.begin(run.id, 1, pid=1, birth=None, host=host_name())
    took = {"n_train": 1500, "n_valid": 500, "prepare_s": 0.3, "seconds": 900.0, "answers_s": 40.0}
    assert store.transitions.finish(run.id, 1, took)
    cached._past.clear()
    after = everything(visit(PAGE)).replace("\\", "")
    assert "assumed" not in after and "from its last runs" in after and "hours" in after
    longer = re.search(r"About (\d+) times as long as it was fitted for: the last runs here were that slow", after)
    assert longer and int(longer[1]) > 10 and "fitted for" not in before
