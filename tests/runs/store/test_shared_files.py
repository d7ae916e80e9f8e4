"""Runs' files shared by several machines, each with a home of its own, over one database: in a folder or on an S3
server.
"""

import os
import time
from dataclasses import replace

import fsspec
import pytest

from sota_core.errors import InputError
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.shared_files import SharedFiles
from sota_core.runs.store.store import Store
from sota_core.runs.worker import worker
from sota_core.settings import load
from sota_core.system.environment import child_environment
from tests.runs import trainers

NAMES = ["metrics.csv", "model.json"]


@pytest.fixture(scope="module")
def bucket():
    """The URL of a bucket on a local S3 server (moto)."""
    s3fs, server = pytest.importorskip("s3fs"), pytest.importorskip("moto.server")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    known = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    with pytest.MonkeyPatch.context() as env:
        for name, value in known.items():
            env.setenv(name, value)
        s3fs.S3FileSystem().mkdir("lab")
        yield "s3://lab/runs"
    running.stop()


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.long)])
def url(request, tmp_path):
    if request.param == "folder":
        return f"file://{tmp_path}/shared"
    return f"{request.getfixturevalue('bucket')}/{tmp_path.name}"


@pytest.fixture
def here(settings, url):
    return replace(settings, artifacts=url)


@pytest.fixture
def there(settings, url, tmp_path):
    """Another machine: it shares the database and the place for files, but no disk."""
    return replace(settings, artifacts=url, home=tmp_path / "there")


@pytest.fixture
def finished(store, recipe, here):
    """The id of a run that was trained on this machine."""
    store.queue.submit(recipe, owner="ann")
    claimed = store.queue.claim()
    assert worker.main(claimed.id, claimed.attempt, here, trainer=trainers.quick) == 0
    return claimed.id


def fetched(store, run_id):
    store.history.fetch(run_id)
    return store.history.artifacts(run_id)


def shared_by(settings):
    return SharedFiles(settings.artifacts, settings.artifacts_dir)


def place_of(settings):
    return fsspec.core.url_to_fs(settings.artifacts, skip_instance_cache=True)


def local(settings, run_id):
    return sorted(path.name for path in (settings.artifacts_dir / run_id).glob("*"))


def test_what_one_machine_trained_another_reads(finished, here, there):
    assert local(here, finished) == NAMES and local(there, finished) == []
    with Store(there) as store:
        files = fetched(store, finished)
        assert [file.path for file in files] == [there.artifacts_dir / finished / name for name in NAMES]
        assert [f.path.read_bytes() for f in files] == [(here.artifacts_dir / finished / n).read_bytes() for n in NAMES]
        exported = store.history.copy_artifacts(finished, there.home / "out", ["model.json"])
        assert [path.name for path in exported] == ["model.json"]
    assert not [path for path in there.artifacts_dir.iterdir() if path.is_file()], "no partial copy may remain"


def test_who_deletes_a_run_deletes_its_files_for_all(finished, here, there):
    with Store(there) as store:
        store.history.fetch(finished)
        assert store.history.delete(finished)
        system, root = place_of(there)
        assert not system.exists(f"{root}/{finished}") and local(there, finished) == []
    with Store(here) as store:
        clear(store, here)
        assert local(here, finished) == NAMES, "files of today stay: their run's rows may not be written yet"
        yesterday = time.time() - 90_000
        os.utime(here.artifacts_dir / finished, (yesterday, yesterday))
        clear(store, here)
    assert local(here, finished) == []


def test_after_a_change_of_the_database_no_only_copy_is_taken_for_one_of_many(finished, recipe, settings, here, there):
    """Only copies are those of runs trained before there was a shared place, and of a run whose files the place did not
    take.
    """
    with Store(settings) as store:
        for name in ("of before", "not taken"):
            folder = store.artifacts_dir / name
            folder.mkdir()
            (folder / "model.json").write_text("{}")
    with Store(there) as store:
        store.history.fetch(finished)
    place = shared_by(here)
    with pytest.raises(OSError):
        place.put([Artifact("not taken", "model.onnx", here.artifacts_dir / "not taken" / "model.onnx", 1, "")])
    long_ago = time.time() - 90_000
    for of in (here, there):
        for folder in of.artifacts_dir.glob("[!.]*"):
            os.utime(folder, (long_ago, long_ago))
        with Store(replace(of, db_url=f"sqlite:///{of.home}/another.db")) as store:
            assert store.history.forget() == [finished]  # the shared place has its files
        assert local(of, finished) == []
    assert local(here, "of before") == local(here, "not taken") == ["model.json"]
    system, root = place_of(here)
    assert system.exists(f"{root}/{finished}/model.json")
    with Store(here) as store:
        assert store.history.forget() == [] and fetched(store, finished)[0].path.exists()


def test_a_file_that_is_another_than_its_digest_says_stays_away(finished, there, caplog):
    with Store(there) as store:
        system, root = place_of(there)
        system.pipe_file(f"{root}/{finished}/model.json", b"[0]")
        assert [file.path.is_file() for file in fetched(store, finished)] == [True, False]
        assert "model.json cannot be had from" in caplog.text and "digest" in caplog.text
    assert shared_by(there).trouble() is None


def test_a_run_ends_well_though_its_files_cannot_be_shared(store, recipe, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    away = replace(settings, artifacts=f"file://{tmp_path}/file/x")
    store.queue.submit(recipe, owner="ann")
    claimed = store.queue.claim()
    assert worker.main(claimed.id, claimed.attempt, away, trainer=trainers.quick) == 0
    assert store.history.get(claimed.id).state is State.FINISHED and local(away, claimed.id) == NAMES
    said = [e["message"] for e in store.log.events(claimed.id, kinds=["log"])]
    assert any("Its files stay on" in line and "/file/x failed" in line for line in said)
    assert shared_by(away).trouble()


@pytest.mark.long
def test_an_s3_server_that_is_away_is_told_in_words(bucket, tmp_path, monkeypatch):
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()  # a new instance reads the new address
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    away = SharedFiles("s3://nobody-home/runs", tmp_path)
    away.remove("a-run")  # a failure is only logged
    assert "Could not connect" in (away.trouble() or "")
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.long
def test_a_bucket_that_is_not_there_is_not_made(bucket, tmp_path):
    assert "bucket does not exist" in (SharedFiles("s3://another/runs", tmp_path).trouble() or "")


def test_a_library_that_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"SOTA_ARTIFACTS: nothing://here needs its library"):
        SharedFiles("nothing://user:secret@here", tmp_path).put([])


@pytest.mark.parametrize("given", ["bucket", "/mnt/runs", "s3://", "S3:/x"])
def test_what_is_no_url_is_refused(given):
    with pytest.raises(InputError, match="SOTA_ARTIFACTS must be a URL"):
        load({"SOTA_ARTIFACTS": given})


def test_a_child_is_told(settings):
    shared = replace(settings, artifacts="s3://lab/runs")
    assert load(child_environment(shared)) == shared and load(child_environment(settings)).artifacts is None
