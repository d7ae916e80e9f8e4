"""Recordings are made from a run and read back completely; any other file is refused."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sota_core.errors import InputError
from sota_core.recipes import PRESETS
from sota_core.runs.recordings.recording import MAX_BATCHES, SHIPPED_FOLDER, SMALL_BYTES, load, record, shipped
from tests.runs.told import finished_run, small_recipe


@pytest.fixture
def told(store):
    run = finished_run(store, small_recipe(), steps_per_epoch=10)
    return run, store.log.events(run.id)


@pytest.fixture
def content(told) -> dict[str, Any]:
    return json.loads(record(*told).to_json())


def test_a_recording_tells_what_the_run_told(told):
    run, events = told
    made = record(run, events)
    assert (made.id, made.recipe, made.seed) == (run.id, run.recipe, 7)
    assert (made.device, made.precision, made.versions) == ("CPU, 2 threads", "fp32", {"torch": "2.13.0"})
    assert made.recorded_at == datetime.fromtimestamp(run.ended_at, UTC)
    kinds = ["started", "batch", "epoch", "tta_pass", "ended"]
    assert [e["kind"] for e in made.events] == [e["kind"] for e in events if e["kind"] in kinds]
    told_batches = [e for e in events if e["kind"] == "batch"]
    kept = [e for e in made.events if e["kind"] == "batch"]
    for was, now in zip(told_batches, kept, strict=True):
        assert now["step"] == was["step"] and now["loss"] == pytest.approx(was["loss"], rel=1e-4)
        assert now["t"] == pytest.approx(was["t"] - events[1]["t"], abs=1e-3)


def test_its_summary_is_the_runs(told):
    run, events = told
    summary = record(run, events).summary
    for name in ("accuracy", "n_valid", "tta_accuracy", "last_accuracy", "n_quick", "seconds"):
        assert summary[name] == pytest.approx(run.summary[name], abs=1e-6), name


def test_it_comes_back_from_its_json_as_it_was(told):
    made = record(*told)
    assert load(made.to_json()) == made
    assert load(made.to_json().encode()) == made


def test_a_long_run_is_thinned_to_a_small_file_that_keeps_its_first_and_last_batch(store):
    run = finished_run(store, small_recipe(n_epochs=90), steps_per_epoch=40)
    made = record(run, store.log.events(run.id))
    steps = [e["step"] for e in made.events if e["kind"] == "batch"]
    assert len(steps) <= MAX_BATCHES and (steps[0], steps[-1]) == (1, 90 * 40)
    assert sum(e["kind"] == "epoch" for e in made.events) == 90
    assert len(made.to_json().encode()) < SMALL_BYTES


def test_a_folder_of_this_machine_is_named_by_its_last_part(store):
    run = finished_run(store, small_recipe(source="/home/ann/pets"))
    assert record(run, store.log.events(run.id)).recipe.source == "pets"
    assert "/home" not in record(run, store.log.events(run.id)).to_json()


def test_its_recipe_names_the_loader_that_was_used(told):
    run, events = told
    fell_back = [e | {"loader": "files"} if e["kind"] == "started" else e for e in events]
    made = record(run, fell_back)
    assert (run.recipe.loader, made.recipe.loader) == ("cache", "files")
    assert load(made.to_json()) == made


def test_an_earlier_attempt_is_left_out(told):
    run, events = told
    stray = [{**e, "attempt": 0, "t": 1.0} for e in events]
    assert record(run, [*stray, *events]) == record(run, events)


def test_only_a_finished_run_is_recorded(store, recipe):
    run = store.queue.submit(recipe, owner="ann")
    with pytest.raises(InputError, match="needs a finished run, this one is queued"):
        record(run, [])


def test_a_run_without_its_events_is_not_recorded(told):
    with pytest.raises(InputError, match="no `started`"):
        record(told[0], [])


def changed(content: dict[str, Any], path: str, value: Any) -> str:
    """The recording as JSON with another value at this path; `...` removes what is there."""
    *way, last = path.split(".")
    place: Any = content
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    key: Any = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("format", 2, "format: must be 1"),
        ("format", True, "format: must be 1"),
        ("id", "../../etc/passwd", "id: must be small letters"),
        ("id", 5, "id: must be"),
        ("device", "x" * 121, "device: must be a text of 1 to 120"),
        ("device", "a\nb", "in one line"),
        ("precision", "fp8", "one of fp32, fp16, bf16"),
        ("recorded_at", "yesterday", "a time with its zone"),
        ("recorded_at", "2026-11-22T18:00:00", "a time with its zone"),
        ("recorded_at", 1e9, "a time with its zone"),
        ("versions", {"torch": 2}, "versions.torch"),
        ("versions", {str(i): "1" for i in range(21)}, "at most 20"),
        ("extra", 1, "no fields but"),
        ("device", ..., "none called device"),
        ("recipe", [], "recipe: must be an object"),
        ("recipe.preset", "<b>", "recipe.preset: must be one of"),
        ("recipe.source", "", "recipe.source"),
        ("recipe.source", "/etc", "without slashes"),
        ("recipe.source", "../etc", "without slashes"),
        ("recipe.source", ["sample"], "without slashes"),
        ("recipe.seed", 10**400, "recipe"),
        ("recipe.mixup_alpha", 99, "mixup_alpha"),
        ("recipe.run", "rm", "unknown recipe field 'run'"),
        ("recipe.phases", [{}] * 9, "a list of at most 8"),
        ("events", [], "a list of 3 to"),
        ("events", {}, "a list of 3 to"),
        ("events.1", "batch", "events[1]: must be an object with a kind"),
        ("events.1.kind", "log", "events[1]: must be an object with a kind"),
        ("events.1.kind", ["batch"], "events[1]: must be an object with a kind"),
        ("events.1.loss", "high", "events[1].loss: must be a number"),
        ("events.1.loss", -1, "events[1].loss"),
        ("events.1.loss", 10**400, "events[1].loss"),
        ("events.1.lr", True, "events[1].lr"),
        ("events.1.mom", ..., "events[1]: must be the fields"),
        ("events.1.note", "hi", "events[1]: must be no fields but"),
        ("events.1.phase", 7, "events[1].phase"),
        ("events.2.step", 1, "events[2].step: must be above 1"),
        ("events.2.step", 10**6, "events[2].step"),
        ("events.2.t", 0, "events[2].t: must be no earlier"),
        ("events.-1.state", "failed", "one of finished"),
        ("events.-1", ..., "one `started` first and one `ended` last"),
        ("events.0", ..., "one `started` first and one `ended` last"),
        ("events.0.device", "another", "the device and precision of the file"),
        ("events.11", ..., "3 epochs, as the recipe has"),
        ("events.11.accuracy", 1.2, "events[11].accuracy: must be a number from 0 to 1"),
        ("events.-2.k", 5, "TTA passes 0, 1"),
        ("recipe.tta_n", 1, "TTA passes 0, 1, … up to 1"),
    ],
)
def test_what_is_no_recording_is_refused_with_the_place_and_what_was_required(content, path, value, said):
    with pytest.raises(InputError) as caught:
        load(changed(content, path, value))
    assert str(caught.value).startswith("recording: ") and said in str(caught.value)
    assert len(str(caught.value)) < 1_200


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"{", b"[]", b"null", b"[" * 100_000, b'{"format": NaN}', b'{"format": ' + b"9" * 5_000 + b"}"],
    ids=["empty", "no text", "cut off", "a list", "null", "deep", "nan", "many digits"],
)
def test_what_is_no_json_object_is_refused(data):
    with pytest.raises(InputError, match=r"^recording: "):
        load(data)


def test_more_than_a_megabyte_is_not_even_parsed():
    with pytest.raises(InputError, match=r"at most 1 MB are read, got 1\.1 MB"):
        load(b"{" * 1_100_000)


def test_the_recordings_that_come_with_the_app_are_small_real_and_named_by_their_files():
    files = sorted(SHIPPED_FOLDER.glob("*.json"))
    assert sorted(shipped()) == [f.stem for f in files]
    order = [list(PRESETS).index(found.recipe.preset) for found in shipped().values()]
    assert order == sorted(order)  # the chapter's order
    for file in files:
        assert file.stat().st_size < SMALL_BYTES
    for recording in shipped().values():
        assert recording.recipe.preset in PRESETS and recording.recipe.source.startswith("imagenette")
        assert recording.summary["accuracy"] is not None


@pytest.mark.parametrize(
    ("device", "is_on_gpu"),
    [("CPU, 2 threads (x86_64)", False), ("CPU, 2 threads", False), ("NVIDIA H200", True), ("Apple GPU (arm64)", True)],
)
def test_the_kind_of_device_is_read_from_its_words(told, device: str, is_on_gpu: bool):
    assert dataclasses.replace(record(*told), device=device).is_on_gpu is is_on_gpu


def test_the_device_that_was_asked_for_is_not_kept(told):
    text = record(*told).to_json()
    assert load(text.replace('"device": "auto"', '"device": "cuda"')) == load(text)


def test_recordings_are_found_in_a_folder_and_an_empty_one_is_no_error(told, tmp_path):
    assert shipped(tmp_path / "none") == {}
    made = record(*told, id="mixup-cpu")
    (tmp_path / "mixup-cpu.json").write_text(made.to_json())
    assert shipped(tmp_path) == {"mixup-cpu": made}
