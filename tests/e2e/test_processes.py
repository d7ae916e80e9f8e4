"""Two web processes on one home, behind the nginx that `serve` runs, with TLS: what a visitor meets is one app."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks import site as sites
from sota_core import paths
from sota_core import settings as environment
from sota_core.cli.hosting import proxy
from sota_core.runs.dispatch.lock import take_file
from tests.e2e.conftest import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)"),
]


def self_signed(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`serve --processes 2` over https. The dispatcher's place is taken: only a test moves runs."""
    folder = tmp_path_factory.mktemp("lab")
    homes = {"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")}
    settings = environment.load({**os.environ, **homes})
    settings.home.mkdir()
    held = take_file(settings)
    cert, key = self_signed(folder)
    port = free_ports(3)
    command = [sys.executable, "-m", "sota_core", "serve", "--processes", "2", "--port", str(port)]
    with (folder / "log").open("wb") as out:
        process = subprocess.Popen(
            [*command, "--certificate", str(cert), "--key", str(key)],
            env=os.environ | homes, cwd=paths.ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    server = Server(f"https://localhost:{port}", process.pid, settings)
    try:
        deadline = time.monotonic() + 120
        while len({seat_of(server) for _ in range(4)} - {None}) < 2:  # both answer
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(30)
        sites.end_runs(settings)
        if held is not None:
            os.close(held)
    assert not [one for one in psutil.process_iter(["name"]) if one.info["name"] == "nginx" and started_by(one, folder)]


def started_by(process: psutil.Process, folder: Path) -> bool:
    try:
        return str(folder) in " ".join(process.cmdline())
    except psutil.Error:
        return False


def free_ports(n: int) -> int:
    """A port after which n - 1 more are free."""
    while True:
        port = sites.free_port()
        try:
            for one in range(port, port + n):
                socket.create_server(("127.0.0.1", one)).close()
            return port
        except OSError:
            continue


def get(lab: Server, address: str = "/", cookie: str = "") -> tuple[int, dict[str, list[str]], bytes]:
    request = urllib.request.Request(lab.url + address, headers={"Cookie": cookie} if cookie else {})
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, _headers(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, _headers(refused.headers), refused.read()


def _headers(found) -> dict[str, list[str]]:
    return {name.lower(): found.get_all(name) for name in found.keys()}


def seat_of(lab: Server, cookie: str = "") -> str | None:
    """The seat that is given, if one is."""
    try:
        status, headers, _ = get(lab, "/", cookie)
    except OSError:
        return None
    given = [found[1] for one in headers.get("set-cookie", []) if (found := re.match(r"sota_seat=(\d*)", one))]
    return given[0] if status == 200 and given else None


def test_first_visits_are_dealt_out_and_everybody_stays_where_they_are(lab: Server) -> None:
    assert {seat_of(lab) for _ in range(4)} == {"1", "2"}
    for seat in ("1", "2"):
        assert [seat_of(lab, f"sota_seat={seat}") for _ in range(4)] == [None] * 4  # it is the one that answered
    for forged in ("3", "../..", "sota_any", "%0d%0a"):
        assert seat_of(lab, f"sota_seat={forged}") in ("1", "2")
    cookie = get(lab)[1]["set-cookie"]
    assert any("HttpOnly; SameSite=Lax; Secure" in one for one in cookie if one.startswith("sota_seat"))


def test_no_visitor_reads_the_server_s_own_figures(lab: Server) -> None:
    assert get(lab, "/_stcore/metrics")[0] == 404 and get(lab, "/_stcore/health")[0] == 200
