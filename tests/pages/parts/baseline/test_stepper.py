"""The section that trains one batch for each press, with a stepper that sends what the test wants."""

import dataclasses
import doctest
import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from pages.parts.baseline import batch_step
from pages.parts.baseline.stepper import ENDED
from pages.shared.runs import stepping
from sota_core.runs.steppers.stepper import Progress
from sota_core.runs.steppers.steppers import Steppers
from sota_core.train.stepper.messages import N_STEPS, PHASE, TECHNIQUES
from tests.pages.conftest import texts  # type: ignore[import-not-found]

CLASSES = ["carp", "clam", "trout"]


def step_message(n: int) -> dict[str, Any]:
    seen = {"png": "AAAA", "label": 1, "partner": 2, "lam": 0.7, "target": [0.0, 0.7, 0.3], "before": [0.5, 0.2, 0.3]}
    seen |= {"after": [0.4, 0.3, 0.3], "loss": 1.25, "loss_after": 1.0}
    numbers = {"lr": 0.001, "mom": 0.9, "pct": 0.1, "loss": 2.0 - n / 100, "smooth_loss": 2.1, "loss_after": 1.5}
    return {"kind": "step", "step": n, "n_steps": N_STEPS, "epoch": 0, "grad_norm": 3.25, "pictures": [seen], **numbers}


class Scripted:
    """A stepper that is ready at once and has every step as soon as it is asked."""

    def __init__(self, job: dict[str, Any], settings: object, slot: int) -> None:
        self.job, self.closed = job, ""
        self.started_at = self.seen_at = self.asked_at = 0.0
        self.is_waiting = True
        self.progress = Progress("waiting", ({"kind": "ready", "classes": CLASSES, "n_train": 160, "n_valid": 50},))

    def ask(self) -> bool:
        if self.progress.state != "waiting":
            return False
        message = step_message(len(self.progress.all("step")) + 1)
        self.progress = dataclasses.replace(self.progress, messages=(*self.progress.messages, message))
        return True

    def look(self, wait_s: float = 0.0) -> Progress:
        return self.progress

    def close(self, why: str = "stopped") -> None:
        self.closed = why


@pytest.fixture
def steppers(home: Path) -> Iterator[Steppers]:
    """The server's Steppers, which make scripted steppers instead of processes."""
    found = stepping.steppers()
    found.make, found.tends_itself = Scripted, False  # type: ignore[assignment]
    yield found
    found.close()


@pytest.fixture
def started(visit: Callable[..., AppTest], steppers: Steppers) -> tuple[AppTest, Scripted]:
    app = press(visit("baseline", baseline__technique="mixup", baseline__seed="7"), "start")
    (scripted,) = steppers._kept.values()
    return app, scripted  # type: ignore[return-value]


def press(app: AppTest, name: str) -> AppTest:
    app.button(key=f"baseline.{name}").click().run()
    assert not app.exception, app.exception
    return app


def names(app: AppTest) -> list[str]:
    return [b.key for b in app.button if b.key in [f"baseline.{n}" for n in ("start", "step", "play", "stop")]]


def cards(app: AppTest) -> dict[str, Any] | None:
    found = [c.proto for c in app.get("bidi_component") if c.proto.component_name == "sota_batch_step"]
    return json.loads(found[0].json) if found else None


def said(app: AppTest) -> str:
    """All text, without markdown's escapes."""
    return "\n".join([texts(app), *(info.value for info in app.info)]).replace("\\", "")


@pytest.mark.long
def test_before_a_press_there_is_no_process_and_nothing_but_start(visit, steppers: Steppers):
    app = visit("baseline")
    assert names(app) == ["baseline.start"] and cards(app) is None and steppers._kept == {}
    assert app.button_group(key="baseline.technique").options == list(TECHNIQUES)


def test_start_trains_what_is_chosen_with_the_page_s_seed(started: tuple[AppTest, Scripted]):
    app, scripted = started
    assert scripted.job == {"kind": "steps", "technique": "mixup", "seed": 7}
    assert "The first batch is ready." in said(app)
    assert names(app) == [f"baseline.{n}" for n in ("start", "step", "play", "stop")]


def test_a_step_shows_its_own_numbers_and_pictures(started: tuple[AppTest, Scripted]):
    app, _ = started
    press(press(app, "step"), "step")
    for part in (
        "**Batch 2 of 60**, epoch 1 of 3",
        "loss **1.980**, after the step 1.500",
        "norm **3.25**",
        "**0.001**",
    ):
        assert part in said(app)
    shown = cards(app)
    assert shown is not None and shown["said"] == "Batch 2 of 60: loss 1.980."
    (card,) = shown["cards"]
    rows = [(row["name"], row["own"], row["target"], row["before"], row["after"]) for row in card["rows"]]
    assert rows == [("clam", True, 0.7, 0.2, 0.3), ("trout", True, 0.3, 0.3, 0.3), ("carp", False, 0.0, 0.5, 0.4)]
    assert card["picture"] == "data:image/png;base64,AAAA" and card["loss"] == "loss 1.25 → 1.00"
    assert "clam, target 0.70: 0.20, then 0.30" in card["alt"]


def test_played_it_steps_at_every_look_until_it_is_paused(started: tuple[AppTest, Scripted]):
    app, scripted = started
    press(app, "play")
    n = len(scripted.progress.all("step"))
    app.run()
    assert n > 0 and len(scripted.progress.all("step")) > n and app.button(key="baseline.step").disabled
    assert "It steps by itself until you pause it." in said(app) and cards(app)["said"] == ""  # type: ignore[index]
    press(app, "play")
    n = len(scripted.progress.all("step"))
    app.run()
    assert len(scripted.progress.all("step")) == n and not app.button(key="baseline.step").disabled


def test_while_it_starts_it_says_what_it_does_and_nothing_can_be_stepped(started: tuple[AppTest, Scripted]):
    app, scripted = started
    scripted.progress = Progress(
        "starting", ({"kind": "log", "message": "Drawing the sample set", "done": 40, "total": 2000},)
    )
    app.run()
    assert "Starting: Drawing the sample set: 40 of 2,000. It takes some seconds." in said(app)
    assert app.button(key="baseline.step").disabled and "You can step as soon as the training is ready." in said(app)


@pytest.mark.long
@pytest.mark.parametrize("why", ENDED)
def test_each_end_has_its_sentence_and_what_came_stays(started: tuple[AppTest, Scripted], why: str):
    app, scripted = started
    press(app, "step")
    epoch = {"kind": "epoch", "phase": 0, "stage": "main", "epoch": 0, "step": 20, "train_loss": 2.0, "valid_loss": 2.2}
    epoch |= {"valid_ce": 2.2, "accuracy": 0.5, "seconds": 9.0, "images_per_s": 20.0, "n_valid": 50}
    scripted.progress = Progress("over", (*scripted.progress.messages, epoch), why)
    app.run()
    assert f"{ENDED[why]} The net gets 50\u00a0% of 50 validation pictures right." in said(app)
    assert names(app) == ["baseline.start"] and cards(app) is not None


def test_an_error_is_told(started: tuple[AppTest, Scripted]):
    app, scripted = started
    scripted.progress = Progress("over", (), "error", "Its process ended by itself (exit 7)")
    app.run()
    assert any("exit 7" in error.value for error in app.error)


def test_stop_ends_its_process(started: tuple[AppTest, Scripted], steppers: Steppers):
    app, scripted = started
    press(app, "stop")
    assert scripted.closed == "stopped" and steppers._kept == {} and names(app) == ["baseline.start"]


@pytest.mark.long
def test_where_all_places_are_taken_it_says_so(visit, steppers: Steppers):
    most = steppers.settings.limits.max_steppers
    slots = [steppers._take_slot() for _ in range(most)]
    app = press(visit("baseline"), "start")
    assert f"All {most} places for small trainings are taken" in said(app) and steppers._kept == {}
    for slot in slots:
        os.close(slot)
    press(app, "start")
    assert "places for small trainings" not in said(app) and len(steppers._kept) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    "failed, why",
    [
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "no room for another process"),
        (OSError(errno.ENOSPC, "No space left on device", "/somewhere/steppers.log"), "no room left on its disk"),
    ],
)
def test_where_no_process_can_be_started_the_page_stands_and_says_so(visit, steppers: Steppers, failed, why: str):
    able = steppers.make

    def unable(*_given):
        raise failed

    steppers.make = unable
    app = press(visit("baseline"), "start")
    assert why in said(app) and not app.exception and names(app) == ["baseline.start"]
    assert "/somewhere" not in said(app) and "Errno" not in said(app)
    steppers.make = able
    press(app, "start")
    assert why not in said(app) and len(steppers._kept) == 1


@pytest.mark.long
def test_visitors_of_one_network_leave_the_last_place_to_another(visit, steppers: Steppers, monkeypatch):
    most, held = steppers.settings.limits.max_steppers, []

    def holding(job: dict[str, Any], settings: object, slot: int) -> Scripted:
        held.append(os.dup(slot))
        return Scripted(job, settings, slot)

    steppers.make = holding  # type: ignore[assignment]
    monkeypatch.setattr(ContextProxy, "ip_address", "203.0.113.7")
    for _ in range(most - 1):
        press(visit("baseline"), "start")  # each visit is somebody new: there is no cookie
    app = press(visit("baseline"), "start")
    assert f"{most - 1} of the {most} places" in said(app) and len(steppers._kept) == most - 1
    monkeypatch.setattr(ContextProxy, "ip_address", "203.0.113.8")
    press(visit("baseline"), "start")
    assert len(steppers._kept) == most
    for slot in held:
        os.close(slot)


def test_the_numbers_of_the_sentence_are_the_training_s():
    assert N_STEPS == 60 and (PHASE.bs, PHASE.size, PHASE.n_epochs) == (8, 64, 3)
    assert doctest.testmod(batch_step).failed == 0
