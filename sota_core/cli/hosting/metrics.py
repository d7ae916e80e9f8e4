"""OpenMetrics of a deployment, at a port that only this machine reaches: SOTA_METRICS_PORT makes `serve` listen there.

`metrics` prints the same once, for a collector that reads text files. The numbers come from dispatch/deployment.py.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from sota_core import __version__
from sota_core.cli.listening import HERE, require_free_port
from sota_core.runs.dispatch import deployment
from sota_core.runs.dispatch.deployment import Deployment
from sota_core.runs.identity import code_version
from sota_core.settings import Settings
from sota_core.system.reruns import BUCKETS_S

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the metrics of one look."""
    from prometheus_client.openmetrics.exposition import generate_latest

    sys.stdout.write(generate_latest(_registry(lambda: deployment.look(settings))).decode())
    return 0


def listen(settings: Settings, look: Callable[[], Deployment] | None = None) -> Callable[[], None]:
    """Answer at the port of the settings, at 127.0.0.1 alone, in threads of this process; returns a function to end it.

    Raises
        InputError  the port is taken.
    """
    from prometheus_client import start_http_server

    assert settings.metrics_port is not None
    require_free_port(HERE, settings.metrics_port)
    registry = _registry(look or (lambda: deployment.look(settings)))
    server, thread = start_http_server(settings.metrics_port, addr=HERE, registry=registry)

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return close


def _registry(look: Callable[[], Deployment]) -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry

    class Look:
        """Looks again at each scrape: nothing is counted here, so nothing can be counted twice."""

        def collect(self) -> Iterator["Metric"]:
            return families(look())

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Look())  # type: ignore[arg-type]
    return registry


def families(now: Deployment) -> Iterator["Metric"]:
    """One look as metric families. The label `port` names a web process: started again, it keeps its port."""
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )

    yield InfoMetricFamily("sota", "Versions", value={"version": __version__, "code": code_version()})
    yield GaugeMetricFamily("sota_store_up", "1: the run store can be used", value=now.trouble is None)
    if now.trouble is None:
        runs = GaugeMetricFamily("sota_runs", "Runs in the store, by state", labels=["state"])
        for state, n in now.runs.items():
            runs.add_metric([state.value], n)
        yield runs
        oldest = "Time since the longest waiting run was submitted"
        yield GaugeMetricFamily("sota_queue_oldest_seconds", oldest, value=now.oldest_s, unit="seconds")
        yield GaugeMetricFamily("sota_slots", "Most runs that may train at the same time", value=now.slots)
        yield GaugeMetricFamily("sota_slots_used", "Runs that have a slot", value=now.slots_used)
    at_work = "1: a dispatcher is at work; it ends by itself when there is nothing to do"
    yield GaugeMetricFamily("sota_dispatcher_up", at_work, value=now.is_dispatched)
    yield GaugeMetricFamily("sota_disk_free_bytes", "Free on the disk of SOTA_HOME", value=now.free_bytes, unit="bytes")

    used = GaugeMetricFamily(
        "sota_card_memory_used_bytes", "Memory used on a graphics card", labels=["card", "name"], unit="bytes"
    )
    total = GaugeMetricFamily(
        "sota_card_memory_bytes", "A graphics card's memory", labels=["card", "name"], unit="bytes"
    )
    busy = GaugeMetricFamily(
        "sota_card_busy_ratio", "How busy a graphics card is", labels=["card", "name"], unit="ratio"
    )
    for number, card in enumerate(now.cards):
        who = [str(number), card.name]
        if card.used_mib is not None:
            used.add_metric(who, card.used_mib * 2**20)
        if card.total_mib is not None:
            total.add_metric(who, card.total_mib * 2**20)
        if card.busy_percent is not None:
            busy.add_metric(who, card.busy_percent / 100)
    yield from (used, total, busy)

    sessions = GaugeMetricFamily("sota_web_sessions", "Visitors' open pages", labels=["port"])
    memory = GaugeMetricFamily("sota_web_memory_bytes", "Resident memory", labels=["port"], unit="bytes")
    errors = CounterMetricFamily("sota_web_errors", "Errors while a page was drawn", labels=["port"])
    drawn = HistogramMetricFamily(
        "sota_web_rerun_seconds",
        "Seconds to draw a page, or a part of one that redraws itself",
        labels=["port", "page"],
        unit="seconds",
    )
    for web in now.web:
        port = str(web.told.port)
        if web.sessions is not None:
            sessions.add_metric([port], web.sessions)
        if web.memory_bytes is not None:
            memory.add_metric([port], web.memory_bytes)
        errors.add_metric([port], web.told.n_errors)
        for page, of in web.told.pages.items():
            bounds = [*map(str, BUCKETS_S), "+Inf"]
            drawn.add_metric([port, page], list(zip(bounds, accumulate(of.buckets), strict=True)), of.seconds)
    yield from (sessions, memory, errors, drawn)
