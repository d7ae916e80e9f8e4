"""Visitors' own sets: who owns them, how large they may be, when they are removed, and what runs and scripts say of
them.
"""

import contextlib
import dataclasses
import io
import json
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import own, sources
from sota_core.data.sets.sources import address_of, describe, job_status, source_title
from sota_core.errors import ArchiveError, NotYoursError, QuotaError, SourceError
from sota_core.later import Later
from sota_core.recipes import PRESETS
from sota_core.script import python_script
from sota_core.settings import OwnSets, Settings
from sota_core.system.files import write_json
from sota_core.system.locks import held
from sota_core.train.summary import model_card
from tests.data.sets.zips import classes, picture, zip_of

ZIP = zip_of(classes("owl", "wren", of="birds/"))


def made(settings: Settings, owner: str = "ada", data: bytes = ZIP, title: str = "birds", **more) -> own.OwnSet:
    id = own.begin(data, title, owner, settings, **more).id
    own.fill(id, settings, lambda *_: None)
    return next(found for found in own.own_sets(owner, settings) if found.id == id)


def limited(settings: Settings, **limits) -> Settings:
    return dataclasses.replace(settings, own_sets=OwnSets(**limits))


def test_a_set_goes_by_a_name_that_tells_neither_folder_nor_owner(settings: Settings):
    # "olga" cannot occur in hexadecimal digits
    found = made(settings, "olga", zip_of(classes("owl", "wren") | {"owl/x.txt": b"x"}))
    assert found.is_ready and found.size_bytes > 0
    assert found.said == ("Passed over: 1 file that is no picture by its name: owl/x.txt.",)
    assert found.source == f"own:{found.id}/birds" and source_title(found.source) == "birds"
    assert sources.resolve(found.source, settings) == sources.ensure(found.source, settings)
    assert "olga" not in found.source and found.id not in address_of(found.source)
    there = describe(found.source, settings)
    assert (there.title, there.n_train, there.notes) == ("birds", 6, found.said)


def test_only_its_owner_is_its_owner(settings: Settings):
    found = made(settings)
    assert own.is_owner(found.source, "ada", settings) and not own.is_owner(found.source, "bob", settings)
    assert own.own_sets("bob", settings) == []
    with pytest.raises(NotYoursError):
        own.remove(found.id, "bob", settings)
    assert own.remove(found.id, "ada", settings) and not own.remove(found.id, "ada", settings)
    assert not own.is_owner(found.source, "ada", settings)
    assert own.is_owner("imagenette2-160", "bob", settings)


@pytest.mark.parametrize("source", ["own:", "own:../x/y", "own:0123456789abcdef/..", "own:0123456789abcdef/a/b"])
def test_no_name_leads_elsewhere(source: str, settings: Settings):
    with pytest.raises(SourceError):
        sources.resolve(source, settings)
    assert not own.is_owner(source, "ada", settings)


def test_another_title_on_a_set_s_id_shows_the_set_s_pictures_or_nothing(settings: Settings):
    found = made(settings)
    other = f"own:{found.id}/else"
    assert own.folder_of(other, settings) == own.folder_of(found.source, settings)
    assert not own.is_owner(other, "bob", settings)


def test_one_that_was_removed_says_so_without_a_path(settings: Settings):
    found = made(settings)
    own.remove(found.id, "ada", settings)
    with pytest.raises(SourceError, match="'birds' are gone: their owner removed them") as gone:
        sources.ensure(found.source, settings)
    assert str(settings.home) not in str(gone.value)


def test_sets_of_one_owner_are_counted_those_being_read_too(settings: Settings):
    few = limited(settings, most=2)
    made(few)
    own.begin(ZIP, "waits", "ada", few)
    with pytest.raises(QuotaError, match="2 sets of your own") as refused:
        own.begin(ZIP, "third", "ada", few)
    assert refused.value.limit == 2
    made(few, owner="bob")
    with pytest.raises(QuotaError, match="takes no pictures"):
        own.begin(ZIP, "none", "eve", limited(settings, most=0))


def test_what_cannot_be_read_leaves_nothing(settings: Settings):
    id = own.begin(b"no zip", "x", "ada", settings).id
    with pytest.raises(ArchiveError):
        own.fill(id, settings, lambda *_: None)
    assert own.own_sets("ada", settings) == [] and not (settings.home / "own" / id).exists()
    with pytest.raises(SourceError, match="no zip to be read"):
        own.fill(id, settings, lambda *_: None)


def aged(settings: Settings, found: own.OwnSet, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(settings.home / "own" / found.id / "set.json", (then, then))


def test_a_set_goes_when_nothing_was_trained_on_it_for_long(settings: Settings):
    old, trained, young = (made(settings, title=title) for title in ("old", "trained", "young"))
    for found in (old, trained):
        aged(settings, found, 31)
    sources.ensure(trained.source, settings)  # as a run does when it begins
    assert own.clear(settings) == [old.id]
    assert {found.title for found in own.own_sets("ada", settings)} == {"trained", "young"}
    assert own.clear(settings) == []
    assert young.is_ready


def test_what_never_became_a_set_goes_within_hours(settings: Settings):
    begun = own.begin(ZIP, "x", "ada", settings)
    assert own.clear(settings) == []
    aged(settings, begun, 0.1)
    assert own.clear(settings) == [begun.id]


def test_one_that_waits_its_turn_for_hours_is_there_when_it_comes(settings: Settings):
    begun = own.begin(ZIP, "x", "ada", settings)
    stages, gone, waited, found = [], [], threading.Event(), []

    def on_progress(done: int, total: int | None, stage: str) -> None:
        stages.append(stage)
        gone.extend(own.clear(settings))  # happens when another visitor sends a zip
        aged(settings, begun, 0.1)
        if stages.count("turn") == 2:
            waited.set()

    reader = threading.Thread(target=lambda: found.append(own.fill(begun.id, settings, on_progress)))
    with held(settings.home / "own" / "reading.lock"):  # as while other zips are being read
        reader.start()
        assert waited.wait(120)
    reader.join()
    assert gone == [] and found and set(stages) == {"turn", "read"}


def test_a_second_reading_of_a_zip_leaves_the_set_that_the_first_has_made(settings: Settings):
    begun = own.begin(ZIP, "x", "ada", settings)

    def meanwhile(done: int, total: int | None, stage: str) -> None:
        if stage == "turn" and not first:
            first.append(True)
            shutil.move(other, settings.home / "own" / begun.id / "pictures")
            (settings.home / "own" / begun.id / "sent.zip").unlink()
            lock.close()

    first: list[bool] = []
    other = own.folder_of(made(settings, "bob").source, settings)
    with contextlib.ExitStack() as lock, pytest.raises(SourceError, match="no zip to be read"):
        lock.enter_context(held(settings.home / "own" / "reading.lock"))
        own.fill(begun.id, settings, meanwhile)
    assert own.folder_of(begun.source, settings).is_dir()


def test_a_set_that_a_newer_version_has_written_is_kept_as_long_as_others(settings: Settings):
    newer = made(settings)
    file = settings.home / "own" / newer.id / "set.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"colour": "of a newer version"}))
    aged(settings, newer, 29)
    assert own.own_sets("ada", settings) == [] and own.clear(settings) == []
    aged(settings, newer, 31)
    assert own.clear(settings) == [newer.id]


def test_a_reading_that_fails_unforeseen_names_no_place_and_promises_nothing(settings: Settings, monkeypatch):
    def refuse(archive: Path, *_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(own, "presized_set", refuse)
    for error in (PermissionError(13, "Permission denied", str(settings.home)), KeyError("x"), KeyboardInterrupt()):
        begun = own.begin(ZIP, "x", "ada", settings)
        with pytest.raises(type(error)):
            sources.fill_with_status(begun.id, settings)
        status = job_status(begun.id, settings)
        assert status is not None and isinstance(status.message, Later) and "; send " in status.message
        assert str(settings.home) not in status.message and "is kept" not in status.message


def test_a_reading_whose_process_is_gone_says_so(settings: Settings):
    begun = own.begin(ZIP, "x", "ada", settings)
    write_json(settings.home / "downloads" / f"{begun.id}.json", {"id": begun.id, "stage": "read", "pid": 2**22 + 1})
    status = job_status(begun.id, settings)
    assert status is not None and status.stage == "interrupted"
    assert status.message == "Reading the zip was interrupted; send it again."


def test_a_zip_to_take_along_is_the_set(settings: Settings, tmp_path: Path):
    found = made(settings, data=zip_of(classes("owl", "wren", of="train/") | classes("owl", "wren", n=1, of="val/")))
    zipfile.ZipFile(io.BytesIO(own.zipped(found.source, settings))).extractall(tmp_path / "out")
    there, again = list_pictures(own.folder_of(found.source, settings)), list_pictures(tmp_path / "out" / "birds")
    assert [there.name(i) for i in range(len(there))] == [again.name(i) for i in range(len(again))]


def test_scripts_and_cards_name_the_set_and_no_place(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    pictures = zip_of(classes("owl", "wren", of="train/") | classes("owl", "wren", n=1, of="val/"))
    found = made(settings, "olga", pictures)  # "olga" cannot occur in hexadecimal digits
    recipe = PRESETS["mixup"].replace(source=found.source, split="official")
    script = python_script(recipe)
    assert "path = Path('birds')  # the zip from sota-lab's page Data, unpacked here" in script
    assert "train_path = path / 'train'" in script and "valid_path = path / 'valid'" in script
    listing = list_pictures(own.folder_of(found.source, settings))
    facts = {"loader": "cache", "stats": None, "n_train": 6, "versions": {}, "device": "cpu", "precision": "fp32"}
    card = json.dumps(model_card(recipe, listing, summary={}, is_complete=True, has_onnx=True, **facts))
    for secret in (str(settings.home), found.id, "own:", "olga"):
        assert secret not in script and secret not in card
    own.remove(found.id, "olga", settings)
    # the script can be written after the pictures are gone
    assert "valid_path = path / 'valid'" in python_script(recipe)


def test_a_reading_that_fails_says_why(settings: Settings):
    begun = own.begin(zip_of({"owl/1.png": picture(format="PNG")}), "x", "ada", settings)
    with pytest.raises(SourceError):
        sources.fill_with_status(begun.id, settings)
    status = job_status(begun.id, settings)
    assert status is not None and status.stage == "failed" and "at least two classes" in status.message
    assert isinstance(status.message, Later)  # so that a page can show it in its visitor's language


def test_what_was_passed_over_can_be_said_in_any_language_and_an_older_version_s_english_stays(settings: Settings):
    found = made(settings, data=zip_of(classes("owl", "wren") | {"owl/x.txt": b"x", "owl/y.jpg": b"no picture"}))
    assert all(isinstance(said, Later) for said in found.said) and len(found.said) == 2
    file = settings.home / "own" / found.id / "set.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"said": ["Passed over: 1 file."]}))
    assert own.said_of(found.source, settings) == ("Passed over: 1 file.",)


def test_a_set_removed_at_the_last_moment_of_its_reading_does_not_come_back(settings: Settings, monkeypatch):
    begun = own.begin(ZIP, "birds", "ada", settings)
    real = own.presized_set

    def removed_meanwhile(*args, **more):
        found = real(*args, **more)
        own.remove(begun.id, "ada", settings)
        return found

    monkeypatch.setattr(own, "presized_set", removed_meanwhile)
    with pytest.raises(SourceError, match="no zip to be read"):
        own.fill(begun.id, settings, lambda *_: None)
    assert own.own_sets("ada", settings) == [] and not (settings.home / "own" / begun.id).exists()
