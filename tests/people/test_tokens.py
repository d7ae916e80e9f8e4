"""A cookie's token counts only if it is ours."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from sota_core.errors import RunError
from sota_core.people.tokens import KEY_FILE, server_key, sign, verified

KEY = b"k" * 32


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    home = tmp_path / "home"
    key = server_key(home)
    assert len(key) == 32 and server_key(home) == key
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [p.name for p in home.iterdir()] == [KEY_FILE]
    assert server_key(tmp_path / "elsewhere") != key


def test_servers_that_begin_at_once_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: server_key(tmp_path), range(16)))) == 1


def test_a_damaged_key_is_said_and_not_used(tmp_path):
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(RunError, match=r"must hold 32 bytes, got 5; remove it"):
        server_key(tmp_path)


FORGED = {
    "another text": lambda signed: "0" + signed[1:],
    "no signature": lambda signed: signed.partition(".")[0],
    "an empty signature": lambda signed: signed.partition(".")[0] + ".",
    "half a signature": lambda signed: signed[:-16],
    "something behind it": lambda signed: signed + "0",
    "letters that are no ASCII": lambda signed: signed[:-1] + "ä",
    "nothing": lambda signed: "",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_text_is_refused(how):
    signed = sign("f" * 32, KEY, purpose="owner")
    assert verified(signed, KEY, purpose="owner") == "f" * 32
    assert verified(FORGED[how](signed), KEY, purpose="owner") is None


def test_another_key_and_another_purpose_are_refused():
    signed = sign("abc", KEY, purpose="owner")
    assert verified(signed, b"x" * 32, purpose="owner") is None
    assert verified(signed, KEY, purpose="operator") is None
