"""OpenMetrics: scraped over HTTP and read with the library's own parser."""

import http.server
import socket
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from benchmarks.site import free_port
from sota_core.cli.hosting import metrics
from sota_core.cli.main import main
from sota_core.errors import InputError
from sota_core.recipes import PRESETS
from sota_core.runs.dispatch import deployment
from sota_core.runs.executors.card_readings import Reading
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system.reruns import Reruns
from tests.runs.told import begin, finish

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(port: int) -> Samples:
    wants = {"Accept": "application/openmetrics-text; version=1.0.0"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=wants)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        return parsed(answer.read().decode())


@pytest.fixture
def web() -> Iterator[int]:
    """A port that reports seven sessions in Streamlit's format."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/_stcore/metrics?families=active_sessions"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"# TYPE active_sessions gauge\nactive_sessions 7\n# EOF\n")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_scrape_says_what_the_store_and_each_web_process_do(
    settings: Settings, web: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deployment, "PATIENCE_S", 60.0)  # a busy machine may answer late
    here = replace(settings, metrics_port=free_port(), slots=3)
    with Store(here) as store:
        for owner in ("ann", "bob", "cy"):
            store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner=owner)
        first, _ = begin(store), begin(store)
        finish(store, first.id, 0.8)
    Reruns(here.home, web).add("mixup", 0.2)
    Reruns(here.home, gone := free_port()).add("tta", 3.0, ValueError("x"))
    end = metrics.listen(here)
    try:
        found = scraped(here.metrics_port or 0)
    finally:
        end()

    def value(name: str, **labels: object) -> float:
        return found[name, tuple(sorted((key, str(of)) for key, of in labels.items()))]

    runs = {state.value: value("sota_runs", state=state.value) for state in State}
    assert runs == dict.fromkeys(State, 0.0) | {"queued": 1.0, "running": 1.0, "finished": 1.0}
    assert (value("sota_slots"), value("sota_slots_used"), value("sota_store_up")) == (3.0, 1.0, 1.0)
    assert value("sota_dispatcher_up") == 0.0 and value("sota_disk_free_bytes") > 1e6
    assert 0 < value("sota_queue_oldest_seconds") < 600
    assert value("sota_web_sessions", port=web) == 7.0 and value("sota_web_memory_bytes", port=web) > 1e6
    assert ("sota_web_sessions", (("port", str(gone)),)) not in found  # a process that does not answer has no figure
    assert (value("sota_web_errors_total", port=gone), value("sota_web_errors_total", port=web)) == (1.0, 0.0)
    drawn = {
        le: value("sota_web_rerun_seconds_bucket", port=web, page="mixup", le=le) for le in ("0.1", "0.25", "+Inf")
    }
    assert drawn == {"0.1": 0.0, "0.25": 1.0, "+Inf": 1.0}
    assert value("sota_web_rerun_seconds_sum", port=gone, page="tta") == 3.0
    assert any(name == "sota_info" for name, _ in found)


def test_cards_are_told_as_far_as_they_tell(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    cards = [Reading("GPU-1f", 'NVIDIA "L4"', 512, 23034, 97, None), Reading("GPU-2a", "part", None, None, None, None)]
    monkeypatch.setattr(deployment.card_readings, "read", lambda: cards)
    found = {
        (f.name, s.labels["card"]): s.value
        for f in metrics.families(deployment.look(settings))
        for s in f.samples
        if "card" in s.labels
    }
    assert found == {
        ("sota_card_memory_used_bytes", "0"): 512 * 2**20,
        ("sota_card_memory_bytes", "0"): 23034 * 2**20,
        ("sota_card_busy_ratio", "0"): 0.97,
    }


def test_a_store_that_cannot_be_used_is_told_and_the_rest_stays(settings: Settings, monkeypatch, capsys):
    settings.home.mkdir()
    (settings.home / "runs.db").write_text("no database at all, but long enough to be taken for one")
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    assert main(["metrics"]) == 0
    found = parsed(capsys.readouterr().out)
    assert found["sota_store_up", ()] == 0.0 and found["sota_disk_free_bytes", ()] > 0
    assert not [name for name, _ in found if name in ("sota_runs", "sota_slots")]


def test_it_listens_on_this_machine_alone_and_says_where_it_cannot(settings: Settings):
    here = replace(settings, metrics_port=free_port())
    end = metrics.listen(here)
    try:
        for address in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
            if not address.startswith("127."):
                with pytest.raises(OSError):
                    socket.create_connection((address, here.metrics_port), timeout=1)
        with pytest.raises(InputError, match=str(here.metrics_port)):
            metrics.listen(here)
    finally:
        end()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", here.metrics_port), timeout=1)
