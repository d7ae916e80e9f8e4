"""Recordings in the lab: the gallery, an uploaded file, the player and its address, and a recipe's code."""

import dataclasses
import math
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train import recordings, replay
from pages.parts.train.recordings import PLAYER, UPLOADED
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import address_of
from sota_core.runs.recordings.recording import Recording, record, shipped
from sota_core.runs.recordings.replay import Player
from sota_core.runs.store.store import Store
from tests.pages.conftest import codes, texts
from tests.runs.told import finished_run, small_recipe

PAGE = "train"
NAMES_IN_ORDER = ("baseline", "baseline_fp16", "normalize", "progressive", "mixup", "label_smoothing", "all")
Visit = Callable[..., AppTest]


@pytest.fixture
def recording(store: Store) -> Recording:
    recipe = small_recipe(preset="mixup", mixup_alpha=0.4)
    run = finished_run(store, recipe)
    return record(run, store.log.events(run.id))


def hand_in(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader(key="recordings.file").set_value(("run.json", content, "application/json"))
    return app.run()


@pytest.fixture
def watching(visit: Visit, recording: Recording) -> Callable[..., AppTest]:
    """watching(**address): upload the recording and open it."""

    def watching(**address: str) -> AppTest:
        app = hand_in(visit(PAGE), recording.to_json().encode())
        app.query_params.clear()
        for name, value in (address | {"recording": UPLOADED}).items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return watching


def address(app: AppTest) -> dict[str, str]:
    return {name: v if isinstance(v, str) else v[0] for name, v in app.query_params.items()}


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def test_the_lab_offers_recorded_runs_and_says_when_there_are_none(visit: Visit):
    app = visit(PAGE)
    assert "Watch a recorded run" in texts(app)
    shown = texts(app) + " ".join(fold.label for fold in app.expander)
    if not shipped():
        assert "This copy of the app comes without recordings" in shown
    for found in shipped().values():
        assert found.date in shown


def test_a_file_that_is_no_recording_is_refused_with_what_was_required(visit: Visit):
    shown = texts(hand_in(visit(PAGE), b'{"format": 1}')).replace("\\", "")
    assert "Recording: the file: must be the fields format, id" in shown and "none called id" in shown


def test_a_file_of_one_s_own_is_labelled_as_such_with_device_and_date(watching, recording: Recording):
    shown = texts(watching(paused="true")).replace("\\", "")
    assert f"From your file, which says: recorded on CPU, 2 threads, {recording.date}" in shown
    assert "Mixup" in shown


def test_a_recording_handed_in_elsewhere_is_not_here(visit: Visit):
    assert "Your recording is not here any more" in texts(visit(PAGE, recording=UPLOADED))


def test_the_way_to_the_lab_says_that_it_takes_other_pictures_than_the_recording_s(visit: Visit):
    app = visit(PAGE, recording="mixup-cpu", paused="true")
    (link,) = [link for link in app.get("page_link") if link.proto.label == "Train it here"]
    query = {name.replace(".", "__"): values[0] for name, values in parse_qs(link.proto.query_string).items()}
    assert query["source"] == address_of(shipped()["mixup-cpu"].recipe.source)
    lab = visit(PAGE, **query)
    assert lab.selectbox(key="lab.source").value == "sample" and "are not here, or not yours" in texts(lab)


def test_who_comes_back_to_the_list_begins_again_at_the_beginning(watching):
    app = watching(paused="true", t="8")
    del app.query_params["recording"]
    app.run()
    app.query_params["recording"] = UPLOADED
    app.query_params["t"] = "0"
    app.run()
    assert app.session_state[PLAYER] == (UPLOADED, Player(1.0))  # its default speed: it is over in ten seconds


def test_an_unknown_recording_says_so(visit: Visit):
    app = visit(PAGE, recording="<b>nosuch")
    assert [title.value for title in app.title] == ["There is no recording `bnosuch`"]
    assert "Watch a recorded run" in texts(app)


def test_a_paused_replay_shows_the_moment_of_its_address(watching):
    app = watching(paused="true", t="8")
    shown = texts(app)
    # two epochs of 3.5 s each are over at 8 s, the third is not
    assert "|1 | 1.500000" in shown and "|2 | 1.500000" not in shown
    assert app.slider(key="replay.at").value == 8
    assert "replay.play" in keys(app) and "stop" not in keys(app)


def test_moving_to_the_end_shows_the_verdict_of_the_run(watching, recording: Recording):
    app = watching(paused="true")
    app.slider(key="replay.at").set_value(math.ceil(recording.duration_s)).run()
    shown = texts(app)
    assert "Finished" in shown and "What happened" in shown and "Of 3 epochs the last was best" in shown
    assert "replay.again" in keys(app) and "again" not in keys(app)
    assert float(address(app)["t"]) == math.ceil(recording.duration_s)


def test_speed_and_pause_are_in_the_address_and_come_back_from_it(watching):
    app = watching(paused="true", speed="5", t="3")
    assert app.session_state[PLAYER] == (UPLOADED, Player(5.0, 3.0))
    app.button_group(key="replay.speed").set_value(10.0).run()
    assert address(app) == {"recording": UPLOADED, "speed": "10", "t": "3.0", "paused": "true"}
    app.button_group(key="replay.speed").set_value(1.0).run()  # this recording's default speed
    assert address(app) == {"recording": UPLOADED, "t": "3.0", "paused": "true"}


def test_playing_and_pausing(watching, monkeypatch: pytest.MonkeyPatch):
    # it plays for ten seconds, some of which each run of the page takes
    monkeypatch.setattr(replay, "time", SimpleNamespace(monotonic=lambda: 100.0))
    app = watching(speed="1")
    assert "replay.pause" in keys(app) and not app.slider
    app.button(key="replay.pause").click().run()
    assert address(app)["paused"] == "true" and app.session_state[PLAYER][1].since is None
    app.button(key="replay.play").click().run()
    assert "paused" not in address(app) and app.session_state[PLAYER][1].since is not None


@pytest.mark.long
@pytest.mark.parametrize("bad", [{"speed": "fast", "t": "nan"}, {"speed": "1e99", "t": "-4"}, {"t": "1e6"}])
def test_an_address_that_makes_no_sense_is_put_right(watching, bad: dict[str, str], recording: Recording):
    _, player = watching(paused="true", **bad).session_state[PLAYER]
    assert 1 <= player.speed <= 50 and 0 <= player.at_s <= recording.duration_s


def test_the_code_of_the_recipe_on_the_screen_is_shown_and_given(visit: Visit):
    app = visit(PAGE, mixup_alpha="0.4", seed="77")
    app.button(key="code").click().run()
    assert not app.exception
    (code,) = [code for code in codes(app) if "from fastai.vision.all" in code]
    assert "cbs=MixUp(0.4)" in code and "set_seed(77)" in code


def test_a_finished_run_gives_its_recording_and_its_code(visit: Visit, store: Store, tmp_path):
    from sota_core.runs.run import Artifact

    run = finished_run(store, small_recipe())
    folder = store.artifacts_dir / run.id
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("epoch\n")
    with store.session.writing() as connection:
        store.transitions._record_artifacts(
            connection, run.id, [Artifact(run.id, "metrics.csv", folder / "metrics.csv", 6, "0")]
        )
    app = visit(PAGE, run=run.id)
    assert "code" in keys(app)
    labels = [b.label for b in app.get("download_button")]
    assert "recording.json" in labels


def test_why_everything_together_ends_lowest_is_said_where_it_does() -> None:
    there = [found for found in shipped().values() if not found.is_on_gpu]
    assert min(there, key=lambda found: reached(found.summary).accuracy or 1.0).id == "all-cpu"
    said = recordings.why_lowest(there)
    assert "2 of its 5 epochs see only 40 px" in said and "gave it 26 epochs" in said
    assert "as in *Progressive resizing*" in said and shipped()["progressive-cpu"].recipe.phases[0].size == 40
    assert recordings.why_lowest([found for found in there if found.id != "all-cpu"]) == ""
    assert recordings.why_lowest([]) == ""


def test_recorded_runs_stand_by_device_in_the_chapter_s_order_and_the_printed_ones_first(visit: Visit) -> None:
    printed, fitted = recordings.by_device(shipped().values())
    assert [found.recipe.preset for found in printed] == list(NAMES_IN_ORDER)
    assert {found.device for found in printed} == {"NVIDIA H200"} and all(found.is_on_gpu for found in printed)
    assert [found.id for found in fitted if found.recipe.preset == "baseline"] == [
        f"baseline-cpu-seed-{seed}" for seed in (1, 2, 3)
    ]
    assert not any(found.is_on_gpu for found in fitted) and len(printed) + len(fitted) == len(shipped())
    app = visit(PAGE)
    # folded, to keep the page short on a phone
    (fold,) = (fold for fold in app.expander if "About 2 minutes each" in fold.label)
    assert "batch size 64" in " ".join(m.value for m in fold.markdown) and "As printed" in texts(app)
    labels = [button.label for button in app.button if button.key.startswith("watch.")]
    assert len(labels) == len(shipped())


def test_how_far_printed_runs_end_below_their_tables_is_said_where_it_is_known(recording: Recording) -> None:
    printed, _ = recordings.by_device(shipped().values())
    said = recordings.why_lower(printed)
    # label smoothing 89.28 % printed and 87.64 % here, progressive resizing 87.71 and 80.69
    assert "end 1.6 to 4.5 points below" in said and "4 to 7 below those that leak:" in said
    assert "squares of 224 px" in said and "crops from 460 px" in said
    assert recordings.why_lower([recording]) == ""  # trained on other pictures


def test_one_adapted_run_of_the_same_card_and_day_stands_apart_from_the_printed_ones() -> None:
    printed, fitted = recordings.by_device(shipped().values())
    (found,) = (found for found in printed if found.recipe.preset == "mixup")
    adapted = dataclasses.replace(found, id="other", recipe=found.recipe.replace(mixup_alpha=0.2))
    assert recordings.by_device([adapted, *shipped().values()]) == [printed, fitted, [adapted]]


def test_no_link_of_a_recording_of_a_card_asks_for_one(visit: Visit) -> None:
    app = visit(PAGE, recording="mixup-nvidia-h200", t="999", paused="true")
    queries = [link.proto.query_string for link in app.get("page_link")]
    assert queries and not any("device" in query for query in queries)
    assert [title.value for title in app.title] == ["Mixup"] and "other than printed" not in texts(app)


def test_a_recording_stands_beside_its_printed_table_and_one_s_own_file_has_no_such_way(visit: Visit, watching) -> None:
    def ways(app: AppTest) -> list[str]:
        found = [
            link.proto for link in app.get("page_link") if link.proto.label.startswith("Compare with the printed table")
        ]
        return [parse_qs(link.query_string)["runs"][0] for link in found]

    app = visit(PAGE, recording="mixup-nvidia-h200", t="999", paused="true")
    assert ways(app) == ["rec:mixup-nvidia-h200,notes/mixup"]
    assert "There is no run" not in texts(visit("compare", runs=ways(app)[0]))
    assert ways(watching(paused="true", t="999")) == []
