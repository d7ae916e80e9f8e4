"""A second `serve`: a taken port is a clear word and exit code 2, and nothing is started or stopped."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sota_core.cli.main import main
from sota_core.cli.serve import app_environment
from sota_core.errors import InputError
from sota_core.settings import load


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.create_server(("", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_before_anything_is_started(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    assert main(["serve", "--port", str(taken)]) == 2
    told = capsys.readouterr()
    assert f"error: serve: port {taken} cannot be used (Address already in use)" in told.err
    assert "choose another port with --port" in told.err and told.out == ""
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_number_that_is_no_port_is_refused(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    assert main(["serve", "--port", port]) == 2
    assert not (tmp_path / "home").exists()


def test_what_visitors_write_into_a_header_is_believed_of_named_proxies_only():
    assert app_environment(load({}))["FORWARDED_ALLOW_IPS"] == ""
    named = load({"SOTA_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/24"})
    assert app_environment(named)["FORWARDED_ALLOW_IPS"] == "127.0.0.1,10.0.0.0/24"
    with pytest.raises(InputError, match="SOTA_TRUSTED_PROXIES must be addresses or networks"):
        load({"SOTA_TRUSTED_PROXIES": "nginx"})
