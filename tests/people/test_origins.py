"""The pseudonym of a network address: the same for a household, and nobody can read the address from it."""

import hashlib

import pytest

from sota_core.people.origins import is_passed_on, origin_of

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_a_network_is_one_however_its_address_is_written(one: str, other: str):
    assert origin_of(one, KEY) == origin_of(other, KEY)


def test_different_networks_and_keys_differ_and_no_address_is_nobodys():
    found = [origin_of(a, KEY) for a in ("203.0.113.7", "203.0.113.8", "2001:db8:1:2::1", "2001:db8:1:3::1", "a\x00b")]
    assert len({*found, origin_of("203.0.113.7", b"other")}) == 6
    assert origin_of(None, KEY) is None and origin_of("", KEY) is None


def test_an_address_cannot_be_found_by_hashing_all_there_are():
    name = origin_of("203.0.113.7", KEY)
    assert name is not None and hashlib.sha256(b"203.0.113.7").hexdigest()[:20] not in name and len(name) <= 40


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([""], False),
        (["127.0.0.1"], False),
        (["127.0.0.1:5000, ::ffff:127.0.0.1", "[::1]:80", "localhost"], False),
        (["by=203.0.113.9;for=127.0.0.1;proto=https"], False),
        (["127.0.0.1, 203.0.113.7"], True),
        (["127.0.0.1", "10.0.0.5"], True),
        (['for="[2001:db8::1]:4711"'], True),
        (["for=_hidden"], True),
        (["unknown"], True),
    ],
)
def test_who_a_proxy_has_passed_on_from_elsewhere_is_not_of_this_machine(said: list[str], expected: bool):
    assert is_passed_on(said) is expected
