"""`serve`: a taken port is refused with exit code 2 before anything starts, what it prints is true, and what it has
started ends with it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import psutil
import pytest

from benchmarks.site import free_port, free_ports
from pages.shared.server import warm
from sota_core import paths
from sota_core.cli import listening, serve
from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.web_servers import WebServers
from sota_core.cli.main import build_parser, main
from sota_core.cli.serve import app_environment, is_framed
from sota_core.errors import InputError
from sota_core.runs.dispatch import dispatcher as dispatching
from sota_core.settings import load


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.create_server(("", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_refused_before_anything_is_started(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    assert main(["serve", "--port", str(taken)]) == 2
    told = capsys.readouterr()
    assert f"error: serve: port {taken} of 127.0.0.1 cannot be used (Address already in use)" in told.err
    assert "choose another port with --port" in told.err and told.out == ""
    assert not (tmp_path / "home").exists()


def test_a_home_that_cannot_be_written_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """It served, could keep nothing, and ended with a traceback."""
    monkeypatch.setattr(serve, "start", lambda *_: pytest.fail("a web process was started"))
    monkeypatch.setattr(serve.Starter, "ensure_running", lambda _: pytest.fail("a dispatcher was started"))
    (tmp_path / "file").write_text("")
    for home, is_writable in ((tmp_path, False), (tmp_path / "file" / "home", True)):
        monkeypatch.setenv("SOTA_HOME", str(home))
        monkeypatch.setattr(serve.os, "access", lambda *_, told=is_writable: told)
        assert main(["serve", "--port", str(free_port())]) == 2
        assert f"SOTA_HOME must be a folder that can be written, got {home} (" in capsys.readouterr().err


def test_at_its_end_a_store_that_cannot_be_opened_is_said(tmp_path: Path):
    said: list[str] = []
    (tmp_path / "runs.db").write_bytes(b"no database at all" * 400)
    serve._say_what_goes_on(load({"SOTA_HOME": str(tmp_path)}), said.append)
    assert said == ["which runs go on without the app is not known: The run store is damaged."]


def test_of_https_the_port_of_http_is_wanted_too_and_said_to_be_taken_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    def require(address: str, port: int) -> None:
        if port == 80:
            raise InputError(f"port {port} of {address} is taken")

    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(listening, "require_free_port", require)
    assert main(["serve", "--port", "443", "--certificate", "c", "--key", "k", "--address", "127.0.0.1"]) == 2
    assert "port 80 of 127.0.0.1 is taken" in capsys.readouterr().err and not (tmp_path / "home").exists()


@pytest.mark.parametrize("port", ["70000", "-1", "99999999", "9" * 30])
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


XSRF = "STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE"


@pytest.mark.parametrize(
    ("words", "env", "expected"),
    [
        (["--framed-by", "https://a.example", "--certificate", "c.pem", "--key", "k.pem"], {}, True),
        (["--framed-by", "https://a.example", "--behind-proxy"], {}, True),
        (["--framed-by", "https://a.example"], {}, False),
        (["--certificate", "c.pem", "--key", "k.pem"], {}, False),
        ([], {"SPACE_ID": "ann/sota-lab"}, True),
        ([], {}, False),
    ],
)
def test_uploads_are_taken_in_a_frame_where_there_may_be_one_and_over_https(
    words: list[str], env: dict[str, str], expected: bool
):
    settings = load(env)
    assert is_framed(build_parser().parse_args(["serve", *words]), settings) is expected
    assert app_environment(settings, is_framed=expected).get(XSRF) == ("none" if expected else None)


def test_what_an_operator_has_set_for_that_holds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(XSRF, "strict")
    assert app_environment(load({}), is_framed=True)[XSRF] == "strict"


def test_it_listens_on_this_machine_alone_unless_told_or_locked(tmp_path: Path):
    secrets = tmp_path / "secrets.toml"
    assert listening.chosen(None, load({}), [secrets]) == "127.0.0.1"
    assert listening.chosen("0.0.0.0", load({}), [secrets]) == "0.0.0.0"
    assert listening.chosen(None, load({"SOTA_OPERATOR_TOKEN": "chalk"}), [secrets]) == ""
    for text, expected in (("[auth", "127.0.0.1"), ("[other]\na = 1", "127.0.0.1"), ('[auth]\nclient_id = "x"', "")):
        secrets.write_text(text)
        assert listening.chosen(None, load({}), [secrets]) == expected


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1", "http://localhost:8501, from this machine alone; --address 0.0.0.0 lets others in"),
        ("::1", "http://localhost:8501, from this machine alone"),
        ("", "http://192.0.2.4:8501 or http://198.51.100.9:8501, from every machine that reaches this one"),
        ("0.0.0.0", "http://192.0.2.4:8501 or http://198.51.100.9:8501, from every"),
        ("192.0.2.4", "http://192.0.2.4:8501, from every machine"),
        ("2001:db8::4", "http://[2001:db8::4]:8501, from every machine"),
    ],
)
def test_it_says_who_can_reach_it(address: str, said: str):
    own = ["192.0.2.4", "198.51.100.9"]
    assert said in listening.told(address, 8501, load({}), own)
    warns = "SOTA_OPERATOR_TOKEN opens" in listening.told(address, 8501, load({}), own)
    assert warns == (not listening.is_loopback(address))
    assert "SOTA_OPERATOR_TOKEN" not in listening.told(address, 8501, load({"SOTA_OPERATOR_TOKEN": "chalk"}), own)


@pytest.mark.parametrize("address", ["192.0.2.4", "no such name.example", "2001:db8::4", "a" * 300])
def test_an_address_that_is_not_this_machine_s_is_refused(address: str):
    with pytest.raises(InputError, match=r"serve: port 8501 of .* cannot be used \("):
        listening.require_free_port(address, 8501)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [[], ["--address", "0.0.0.0", "--framed-by", "https://a.example"]])
def test_what_it_prints_is_what_it_does(asked: list[str], tmp_path: Path):
    """Asked at this machine's outside address, as another machine would ask."""
    (outside, *_) = [*listening.own_addresses(), ""]
    if not outside:
        pytest.skip("this machine has no address but localhost")
    port = free_port()
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_OPERATOR_TOKEN": ""}
    command = [sys.executable, "-m", "sota_core", "serve", "--port", str(port), *asked]
    with subprocess.Popen(command, env=os.environ | homes, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True) as app:
        try:
            assert app.stdout is not None
            first = next(line for line in app.stdout if line.startswith("sota-lab"))
            if "--framed-by" in asked:
                assert any("remembered without https: it needs --certificate" in line for line in islice(app.stdout, 3))
            assert warm.wait_for(f"http://127.0.0.1:{port}")
            assert ("from this machine alone" in first) == (not asked)
            assert (f"http://{outside}:{port}" in first) == bool(asked)
            assert warm.wait_for(f"http://{outside}:{port}", patience_s=60 if asked else 2) == bool(asked)
        finally:
            app.send_signal(signal.SIGTERM)
            app.wait(60)


def test_what_it_has_started_ends_with_it_whatever_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Left behind, they would go on serving and hold the ports that the next `serve` needs."""
    started: list[subprocess.Popen] = []

    def begin(*_: object) -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        return started[-1]

    def break_off(self: WebServers) -> None:
        raise MemoryError

    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    for name, of in (("start", begin), ("_warm", begin)):
        monkeypatch.setattr(serve, name, of)
    monkeypatch.setattr(serve.Starter, "ensure_running", lambda _: None)
    monkeypatch.setattr(WebServers, "tend", break_off)
    monkeypatch.setenv(serve.dispatcher.SERVED_BY, "")  # monkeypatch resets what `serve` sets
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(MemoryError):
            main(["serve", "--port", str(free_port())])
        assert len(started) == 2 and all(process.poll() is not None for process in started)
    finally:
        signal.signal(signal.SIGTERM, before)
        for process in started:
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("n_processes", [1, 2])
def test_what_it_has_started_ends_with_it_though_it_is_killed(n_processes: int, tmp_path: Path):
    """Except for the dispatcher, which looks after runs. Several web processes are forked from a child of `serve`."""
    if n_processes > 1 and proxy.found() is None:
        pytest.skip("no nginx on this machine (Debian: nginx-light)")
    port = free_ports(4)
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_START_EARLY": "0"}
    command = [sys.executable, "-m", "sota_core", "serve", "--port", str(port), "--processes", str(n_processes)]
    with subprocess.Popen([*command, "--address", "127.0.0.1"], env=os.environ | homes, cwd=paths.ROOT) as app:
        try:
            assert warm.wait_for(f"http://127.0.0.1:{port}", patience_s=300)
            deadline = time.monotonic() + 300
            while (dispatcher := dispatching.status(load(homes))) is None:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            started = psutil.Process(app.pid).children(recursive=True)
            webs = [one for one in started if "nginx" not in one.name() and "dispatch" not in one.cmdline()]
        finally:
            app.kill()
    kept = [one for one in psutil.process_iter() if one.pid == dispatcher["pid"]]
    kept += kept[0].children(recursive=True)
    try:
        _, alive = psutil.wait_procs([one for one in started if one not in kept], timeout=120)
        assert not alive and len(webs) >= n_processes and kept[0].is_running()
        for one in range(port, port + 4):
            listening.require_free_port("127.0.0.1", one)
    finally:
        dispatching.stop(load(homes))
        for one in started:
            with suppress(psutil.Error):
                one.kill()
