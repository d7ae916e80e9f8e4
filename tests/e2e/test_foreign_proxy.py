"""An operator's own nginx on the same machine in front of a `serve` that was not told of it: visitors it passes on are
not taken for somebody at the machine.
"""

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.site import free_ports
from pages.shared.server import warm
from sota_core import paths
from sota_core.cli import listening
from sota_core.cli.hosting import proxy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)"),
]
SAID = "a proxy on this machine which SOTA_TRUSTED_PROXIES does not name"
# Two servers, of which only the second names the visitor it passes on. The User-Agent tells visitors from `serve`'s own
# requests.
FOREIGN = """
daemon off;
pid nginx.pid;
error_log stderr crit;
events {}
http {
    access_log off;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    proxy_set_header User-Agent browser;
    server {
        listen %(silent)d;
        location / { proxy_pass http://127.0.0.1:%(app)d; }
    }
    server {
        listen %(saying)d;
        location / {
            proxy_pass http://127.0.0.1:%(app)d;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header User-Agent browser;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
    }
}
"""


def visited(url: str) -> bool:
    """Visit the page in a thread of its own: the browser tests of this session keep an event loop running in this
    one.
    """
    return ThreadPoolExecutor(1).submit(asyncio.run, warm.visit(url, "train")).result()


@pytest.mark.parametrize(("trusted", "is_said"), [("", True), ("127.0.0.1", False)])
def test_who_comes_by_it_is_not_at_this_machine_and_the_log_says_what_to_set(
    trusted: str, is_said: bool, tmp_path: Path
) -> None:
    (outside, *_) = [*listening.own_addresses(), ""]
    if not outside:
        pytest.skip("this machine has no address but localhost")
    app_at = free_ports(3)
    silent, saying = f"http://{outside}:{app_at + 1}", f"http://{outside}:{app_at + 2}"
    (tmp_path / "nginx.conf").write_text(FOREIGN % {"silent": app_at + 1, "saying": app_at + 2, "app": app_at})
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_START_EARLY": "0"}
    homes |= {"SOTA_TRUSTED_PROXIES": trusted, "SOTA_OPERATOR_TOKEN": ""}
    command, log = [sys.executable, "-m", "sota_core", "serve", "--port", str(app_at)], tmp_path / "log"
    with log.open("wb") as out:
        app = subprocess.Popen(command, env=os.environ | homes, cwd=paths.ROOT, stdout=out, stderr=out)
    before = subprocess.Popen([proxy.found() or "", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"])
    try:
        for url in (silent, saying):
            assert warm.wait_for(url, patience_s=300)
        assert visited(silent)  # like an SSH tunnel: cannot be told from somebody at this machine
        assert SAID not in log.read_text()
        assert visited(saying)
        deadline = time.monotonic() + 60
        while is_said and SAID not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.05)
        assert (SAID in log.read_text()) is is_said
    finally:
        for process in (before, app):
            process.terminate()
            process.wait(60)
