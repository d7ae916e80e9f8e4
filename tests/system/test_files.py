"""Small files and large folders are put in their places completely or not at all, even if the writer is killed at any
step.
"""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sota_core import paths
from sota_core.errors import DiskFullError
from sota_core.system.files import (
    create_once,
    discard,
    disk_full_told,
    existing_parent,
    file_system_of,
    place_atomically,
    read_json,
    require_disk,
    write_atomically,
    write_json,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_with_its_folder_and_replaced(tmp_path):
    path = tmp_path / "new" / "deep" / "note.txt"
    write_atomically(path, "λ")
    write_atomically(path, b"\xff")
    assert path.read_bytes() == b"\xff" and names(path.parent) == ["note.txt"]


def test_text_is_utf8_and_readable_as_any_file_is(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("")
    write_atomically(tmp_path / "note", "λ")
    assert (tmp_path / "note").read_bytes() == "λ".encode()
    assert (tmp_path / "note").stat().st_mode == plain.stat().st_mode


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_beside(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "taken", "x")  # here is a folder
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "other", "\ud800")
    assert names(tmp_path) == ["taken"]


def test_readers_and_writers_at_once_see_whole_texts_only(tmp_path):
    path, texts = tmp_path / "note", [letter * 100_000 for letter in "abcd"]
    write_atomically(path, texts[0])
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write_atomically, path, text) for text in texts * 10]
        while not all(future.done() for future in written):
            assert path.read_text() in texts
    assert [future.exception() for future in written] == [None] * 40
    assert path.read_text() in texts and names(tmp_path) == ["note"]


def test_json_comes_back_and_what_is_none_is_none(tmp_path):
    write_json(tmp_path / "value.json", {"a": [1, None, "λ"]})
    assert read_json(tmp_path / "value.json") == {"a": [1, None, "λ"]}
    for bad in (b"", b"{", b"\xff\xfe"):
        (tmp_path / "bad.json").write_bytes(bad)
        assert read_json(tmp_path / "bad.json") is None
    assert read_json(tmp_path / "absent.json") is None and read_json(tmp_path) is None


def test_the_first_of_several_writers_makes_the_file(tmp_path):
    path = tmp_path / "home" / "key"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: create_once(path, bytes([i]) * 1000), range(32)))
    made = path.read_bytes()
    assert len(made) == 1000 and len(set(made)) == 1
    create_once(path, b"later")
    assert path.read_bytes() == made and names(path.parent) == ["key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def folder_of(n: int, where: Path) -> Path:
    (where / "inner").mkdir(parents=True)
    for i in range(n):
        (where / "inner" / f"{i}.txt").write_text(str(i))
    return where


@pytest.mark.parametrize("n", [3, 100])
def test_a_folder_is_placed_with_all_it_holds(tmp_path, n):
    made = folder_of(n, tmp_path / ".making")
    place_atomically(made, tmp_path / "there")
    assert names(tmp_path) == ["there"] and len(names(tmp_path / "there" / "inner")) == n


def test_a_folder_that_is_there_is_replaced_only_if_told_so(tmp_path):
    (folder_of(1, tmp_path / "there") / "old").touch()
    made = folder_of(2, tmp_path / ".making")
    with pytest.raises(OSError):
        place_atomically(made, tmp_path / "there")
    assert names(tmp_path / "there") == ["inner", "old"] and made.is_dir()
    place_atomically(made, tmp_path / "there", replace=True)
    assert names(tmp_path) == ["there"] and names(tmp_path / "there" / "inner") == ["0.txt", "1.txt"]


def test_a_file_is_placed_and_replaces_one(tmp_path):
    for text in ("first", "second"):
        (tmp_path / "made").write_text(text)
        place_atomically(tmp_path / "made", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "second" and names(tmp_path) == ["there"]


@pytest.mark.parametrize("kind", ["few", "many", "file", "once"])
def test_everything_is_on_the_disk_before_its_name_is(tmp_path, monkeypatch, kind):
    """Notes the inodes of every sync, separately for syncs before and after the target has its name."""
    target, made = tmp_path / "there", tmp_path / ".making"
    if kind == "file":
        made.write_text("x")
    elif kind != "once":
        folder_of({"few": 3, "many": 100}[kind], made)
    wanted = {path.stat().st_ino for path in (made, *made.rglob("*"))} if kind != "once" else set()
    before, after = set(), set()

    def note(*inodes: int) -> None:
        (after if target.exists() else before).update(inodes)

    monkeypatch.setattr(os, "fsync", lambda descriptor: note(os.fstat(descriptor).st_ino))
    monkeypatch.setattr(os, "sync", lambda: note(*wanted))
    if kind == "once":
        create_once(target, b"x")
        wanted = {target.stat().st_ino}
    else:
        place_atomically(made, target)
    assert before == wanted and after == {tmp_path.stat().st_ino}


def test_small_files_do_not_wait_for_the_disk(tmp_path, monkeypatch):
    """They are written many times a minute, and a sync each time would be noticeable."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: pytest.fail("synced"))
    monkeypatch.setattr(os, "sync", lambda: pytest.fail("synced"))
    write_json(tmp_path / "value.json", 1)


# For each step that Python's audit events report (open, mkdir, rename, link, remove): a child that is killed just
# before it.
KILLED_AT_EACH_STEP = """
import json, os, signal, sys
from pathlib import Path
from sota_core.system.files import create_once, place_atomically, write_atomically

act, root = sys.argv[1], Path(sys.argv[2])
STEPS = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "shutil.rmtree"}
found, at = [], 0
while True:
    place = root / str(at)
    place.mkdir()
    target = place / "target"
    if act == "replace a file":
        target.write_text("old")
    if act == "replace a folder":
        target.mkdir()
        (target / "old").touch()
    if "folder" in act:
        (place / ".making").mkdir()
        (place / ".making" / "new").write_text("new")
    if (pid := os.fork()) == 0:
        left = at
        def step(event, arguments):
            global left
            if event in STEPS and str(place) in str(arguments):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
        sys.addaudithook(step)
        if act in ("make a file", "replace a file"):
            write_atomically(target, "new")
        elif act == "make it once":
            create_once(target, b"new")
        else:
            place_atomically(place / ".making", target, replace=act == "replace a folder")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if target.is_dir():
        seen = ",".join(sorted(os.listdir(target)))
    else:
        seen = target.read_text() if target.exists() else None
    hidden = [path.name.rpartition("-")[0] or path.name for path in place.iterdir() if path != target]
    found.append([code, seen, hidden])
    if code == 0:
        break
    at += 1
print(json.dumps(found))
"""

# What a kill may leave under the name. Each must occur at least once, which shows that kills do come in between.
BETWEEN = {
    "make a file": {None, "new"},
    "replace a file": {"old", "new"},
    "make it once": {None, "new"},
    "place a folder": {None, "new"},
    "replace a folder": {"old", "", None, "new"},  # the old folder is emptied and removed first
}


@pytest.mark.parametrize("act", BETWEEN)
def test_killed_before_any_step_it_is_there_whole_or_not_at_all(tmp_path, act):
    command = [sys.executable, "-c", KILLED_AT_EACH_STEP, act, str(tmp_path)]
    out = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=240, check=True)
    *killed, (code, seen, hidden) = json.loads(out.stdout)
    assert (code, seen, hidden) == (0, "new", [])
    assert len(killed) >= 2 and {code for code, _, _ in killed} == {-signal.SIGKILL}
    beside = ".making" if "folder" in act else ".target"
    assert all(left in ([], [beside]) for _, _, left in killed), killed
    assert {seen for _, seen, _ in killed} | {"new"} == BETWEEN[act], killed


def test_what_is_discarded_need_not_be_there(tmp_path):
    folder_of(2, tmp_path / "folder")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "file").touch()
    for name in ("link", "file", "absent", "folder"):
        discard(tmp_path / name)
        assert (tmp_path / "folder").exists() is (name != "folder")  # a link is removed, not its target
    assert names(tmp_path) == []


def test_what_cannot_be_discarded_is_said_unless_nobody_minds(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        discard(tmp_path / "file" / "below")
    discard(tmp_path / "file" / "below", ignore_errors=True)


def test_a_full_disk_is_told_after_the_remains_are_gone(tmp_path):
    remains = folder_of(1, tmp_path / "remains")
    with pytest.raises(DiskFullError, match=r"make: needs 3 MB on the disk of .*make room") as told:
        with disk_full_told("make", remains, 3_000_000):
            raise OSError(errno.ENOSPC, "No space left on device")
    assert told.value.needed_bytes == 3_000_000 and not remains.exists()
    with pytest.raises(PermissionError), disk_full_told("make", tmp_path, 1):
        raise PermissionError
    assert tmp_path.exists()


def test_what_cannot_be_finished_is_not_begun(tmp_path):
    require_disk("make", tmp_path / "not" / "yet", 1)
    with pytest.raises(DiskFullError, match="make: needs"):
        require_disk("make", tmp_path / "not" / "yet", 2**62)
    assert existing_parent(tmp_path / "not" / "yet") == tmp_path and names(tmp_path) == []


def test_the_mount_seen_is_the_last_one_on_the_same_point():
    assert file_system_of(Path("/data/x"), [("/data", "ext4"), ("/data", "cifs")]) == "cifs"
