"""Every reason the code can give has a sentence and a next step on the page; details for experts are folded."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from pages.parts.train.outcome import STEPS
from pages.shared.people import teacher
from pages.shared.runs import queue
from sota_core.recipes import PRESETS, Recipe, Throughput
from sota_core.recipes.draft import Pictures, compose
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.states import REASONS
from sota_core.runs.store import schema
from sota_core.runs.store.store import Store
from sota_core.runs.store.transitions import OPERATOR
from tests.pages.conftest import ROOT, codes, texts

PAGE = "train"
Visit = Callable[..., AppTest]

# Methods that end a run, and the position of the reason among their arguments if it is not given by name.
ENDS = {"fail": 2, "lose": 2, "_lose": 1, "_end_unseen": 1}


def constants(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression can be: both branches of a conditional."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def reasons_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield from (text for word in node.keywords if word.arg == "reason" for text in constants(word.value))
            place = ENDS.get(node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
            if place is not None and len(node.args) > place:
                yield from constants(node.args[place])
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "reason" for t in node.targets):
            yield from constants(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == "reason_of":
            returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return))
            yield from (text for value in returned for text in constants(value))
        elif isinstance(node, ast.FunctionDef):  # default values of a parameter `reason`
            names = node.args.kwonlyargs
            for name, default in zip(names, node.args.kw_defaults, strict=True):
                if name.arg == "reason":
                    yield from constants(default)


GIVEN = {reason for path in (ROOT / "sota_core" / "runs").rglob("*.py") for reason in reasons_in(path)}


def test_the_walk_finds_the_reasons_of_the_design() -> None:
    assert {"gpu_oom", "disk_full", "bad_data", "error", "no_start", "killed", "gone", "lease", "stopped"} <= GIVEN


def test_every_reason_that_is_given_has_a_sentence_and_a_step_and_there_are_no_others() -> None:
    assert GIVEN == set(REASONS) == set(STEPS)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_sentence_says_what_happened_and_what_to_do(reason: str) -> None:
    happened, _, step = REASONS[reason].partition(". ")
    assert happened and step.endswith(".") and len(REASONS[reason].split()) <= 36
    asked = (
        "Choose",
        "tart it again",
        "tart the run again",
        "fix that",
        "Change the recipe",
        "run it again",
        "Fit the",
    )
    assert any(words in step for words in asked)


def ended(store: Store, recipe: Recipe, reason: str) -> str:
    """A run that failed with this reason."""
    run = store.queue.submit(recipe, owner="somebody")
    assert store.queue.claim() is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    assert store.transitions.fail(run.id, 1, reason, "a line\nand a log's tail", "Traceback: line 1")
    return run.id


def query_of(app: AppTest, label: str) -> dict[str, str]:
    """The parameters of the page's link with this label."""
    (link,) = [link for link in app.get("page_link") if link.proto.label == label]
    return dict(parse_qsl(link.proto.query_string))


@pytest.mark.long
@pytest.mark.parametrize("reason", sorted(REASONS))
def test_the_page_shows_sentence_and_step_and_folds_the_rest(
    reason: str, visit: Visit, store: Store, tiny: Recipe
) -> None:
    app = visit(PAGE, run=ended(store, tiny, reason))
    assert REASONS[reason] in texts(app)
    steps = [link.proto.label for link in app.get("page_link")] + [button.label for button in app.button]
    assert set(steps) & {
        "Run it again", "Try a batch of 8", "Fit it to five minutes", "Look at the pictures", "Change the recipe"
    }  # fmt: skip
    shown = [str(text.value) for text in app.markdown]
    assert not any("Traceback" in text or "log's tail" in text for text in shown)
    (fold,) = [fold for fold in app.expander if fold.label == "Where it happened"]
    (code,) = codes(fold)
    assert "Traceback: line 1" in code and "log's tail" in code


TRACED = """Traceback (most recent call last):
  File "/opt/lab/sota_core/train/fit.py", line 85, in run_recipe
  File "/opt/venv/lib/python3.11/site-packages/PIL/Image.py", line 3, in open
FileNotFoundError: [Errno 2] No such file or directory: '/srv/lab/home/own/x.jpg'"""


def test_where_files_lie_on_the_server_is_its_operator_s_to_read(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", "chalk and sponge")
    run = store.queue.submit(tiny, owner="somebody")
    assert store.queue.claim() is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    said = "No such file: '/srv/lab/home/own/x.jpg'"
    assert store.transitions.fail(run.id, 1, "error", said, TRACED)
    kept = store.history.get(run.id)
    assert (kept.message, kept.traceback) == (said, TRACED)  # stored completely
    app = visit(PAGE, run=run.id)
    told = texts(app) + "".join(codes(app))
    assert "/srv" not in told and "/opt" not in told and "No such file" in told
    assert 'File "sota_core/train/fit.py", line 85' in told and 'File "PIL/Image.py", line 3' in told
    app.session_state["operator.proof"] = teacher._digest("chalk and sponge")
    assert TRACED in "".join(codes(app.run())) and "/srv/lab/home" in texts(app).replace("\\", "")


def test_a_run_the_teacher_stopped_says_so(visit: Visit, store: Store, tiny: Recipe) -> None:
    by_teacher, by_command = store.queue.submit(tiny, owner="somebody"), store.queue.submit(tiny, owner="somebody")
    store.transitions.request_cancel(by_teacher.id, by=OPERATOR)
    store.transitions.request_cancel(by_command.id)
    assert "The teacher stopped it. Stopped on request." in texts(visit(PAGE, run=by_teacher.id))
    told = texts(visit(PAGE, run=by_command.id))
    assert "Stopped on request." in told and "teacher" not in told


def test_a_run_that_took_too_long_is_fitted_with_its_own_techniques_and_seed(visit: Visit, store: Store) -> None:
    recipe = PRESETS["mixup"].replace(
        source="sample", split="random20", mixup_alpha=0.7, label_smoothing=0.2, tta_n=0, seed=4242, subset=0.5
    )
    run = store.queue.submit(recipe, owner="somebody")
    assert store.queue.claim() is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    assert store.transitions.stop_for_time(run.id, 1) and store.transitions.cancel(run.id, 1, reason="time_limit")
    (link,) = [
        link for link in visit(PAGE, run=run.id).get("page_link") if link.proto.label == "Fit it to five minutes"
    ]
    draft = compose(dict(parse_qsl(link.proto.query_string)), Pictures("sample", 1500, 500), Throughput(1e11, 1e-4))
    assert draft.fit == "300" and draft.problems == {} and draft.recipe is not None
    asked = ("preset", "source", "mixup_alpha", "label_smoothing", "tta_n", "seed")
    assert all(getattr(draft.recipe, name) == getattr(recipe, name) for name in asked)


def test_a_run_on_bad_pictures_leads_to_those(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = ended(store, tiny.replace(source="imagewoof2-160", split="official"), "bad_data")
    assert query_of(visit(PAGE, run=run), "Look at the pictures")["source"] == "imagewoof2-160"


def test_a_reason_of_a_later_version_is_no_error(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = ended(store, tiny, "error")
    with store.session.writing() as connection:
        connection.execute(sa.update(schema.run).where(schema.run.c.id == run).values(reason="not_known_yet"))
    assert "No reason was recorded" in texts(visit(PAGE, run=run))


def test_a_machine_short_of_disk_says_why_nothing_starts(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.queue.submit(tiny, owner="somebody")
    queue.forget()
    monkeypatch.setenv("SOTA_MIN_FREE_MB", str(10**9))
    monkeypatch.setattr(Starter, "ensure_running", lambda self: None)
    (progress,) = visit(PAGE, run=run.id).get("progress")
    assert (
        "starts no run below" in progress.proto.text
        and "by itself once somebody has freed space" in progress.proto.text
    )
