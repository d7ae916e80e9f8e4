"""What a process of ours needs to start another one: its environment, its log file.

The inverse of `settings.load`: children read their settings like anybody else.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from sota_core import paths
from sota_core.settings import LIMITS, OWN_SETS, Settings

# torch's OpenMP threads spin while they wait for one another: 300,000 turns by default, which on a machine that also
# serves the app is time taken from the app and, both cores busy, from the training step itself (8 times as long seen).
# Sleeping at once (OMP_WAIT_POLICY=PASSIVE) costs an idle machine a quarter of its speed. In between, neither is seen.
# Read by GNU's OpenMP when torch is loaded; a wait policy that the user has set wins.
SPIN_COUNT = {"GOMP_SPINCOUNT": "10000"}

# glibc gives every large tensor fresh pages and takes them back at once; kept instead, a 64 px batch is made in half
# the CPU time and a training step in 5 % less. Read when a process starts; other C libraries ignore it.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_TOP_PAD_": "100000000",
}
_MALLOPT = {-3: "MALLOC_MMAP_THRESHOLD_", -1: "MALLOC_TRIM_THRESHOLD_", -2: "MALLOC_TOP_PAD_"}  # malloc.h's M_…


# CUDA numbers cards by speed, nvidia-smi by their place on the bus. By place, "1" means the same card to both.
_CARD_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def prepare_to_train() -> None:
    """The same for a process that trains itself; to be called before torch is loaded."""
    for name, value in (SPIN_COUNT | _CARD_ORDER).items():
        os.environ.setdefault(name, value)
    with contextlib.suppress(AttributeError, OSError):  # not glibc
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, name in _MALLOPT.items():
            mallopt(parameter, int(_MALLOC[name]))


def child_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the variables that make `settings.load()` give these settings."""
    python_path = os.pathsep.join(dict.fromkeys([str(paths.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    return (
        {**SPIN_COUNT, **_MALLOC, **_CARD_ORDER}
        | os.environ
        | {
            "PYTHONPATH": python_path,  # the app is run from its folder, not installed
            "PYTHONUNBUFFERED": "1",  # a log that lags behind is of no use when its writer was killed
            "SOTA_HOME": str(settings.home),
            "SOTA_DATA_DIR": str(settings.data_dir),
            "SOTA_DB_URL": settings.db_url,
            "SOTA_ARTIFACTS": settings.artifacts or "",
            "SOTA_EXECUTOR": settings.executor,
            "SOTA_SLOTS": str(settings.slots or ""),
            "SOTA_LOCAL_ROOTS": os.pathsep.join(str(root) for root in settings.local_roots),
            "SOTA_OPERATOR_TOKEN": settings.operator_token or "",
            "SOTA_RAY_ADDRESS": settings.ray_address,
            "SOTA_RAY_TOKEN": settings.ray_token or "",
            "SOTA_MIN_FREE_MB": str(max(1, settings.min_free_bytes // 2**20)),
            "SOTA_KEEP_DAYS": str(settings.keep_days),
            "SOTA_KEEP_GB": str(settings.keep_bytes // 10**9),
            "SOTA_CUDA_GRAPH": str(int(settings.cuda_graph)),
            "SOTA_START_EARLY": str(int(settings.starts_early)),
            "SOTA_ASSUMED_SPEED": str(round(settings.assumed_speed / 1e9)) if settings.assumed_speed else "",
            "SOTA_CUDNN_BENCHMARK": str(int(settings.cudnn_benchmark)),
            "SOTA_TRUSTED_PROXIES": ",".join(settings.proxies),
            "SOTA_METRICS_PORT": str(settings.metrics_port or ""),
            "SOTA_LOG": settings.log,
        }
        | {name: _as_whole(getattr(settings.limits, limit)) for limit, name in LIMITS.items()}
        | {name: str(getattr(settings.own_sets, field)) for field, name in OWN_SETS.items()}
    )


def _as_whole(limit: float | None) -> str:
    return "" if limit is None else str(int(limit))


def worker_command(run_id: str, attempt: int, trainer: str | None = None) -> list[str]:
    """What starts a worker from scratch. `trainer` ('module:function') stands in for training in tests."""
    if trainer is None:
        return [sys.executable, "-m", "sota_core", "worker", run_id, str(attempt)]
    call = f"sys.exit(worker.main({run_id!r}, {attempt}, settings.load(), trainer={trainer!r}))"
    code = f"import sys; from sota_core import settings; from sota_core.runs.worker import worker; {call}"
    return [sys.executable, "-c", code]


def log_path(settings: Settings, run_id: str, attempt: int) -> Path:
    """Where a worker's stdout and stderr go; the folder is made."""
    return log_folder(settings) / f"{run_id}-{attempt}.log"


def log_folder(settings: Settings) -> Path:
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tail(path: Path, n_bytes: int = 4_000) -> str:
    """The end of a log, for an error message; '' if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - n_bytes))
            return file.read().decode(errors="replace").strip()
    except OSError:
        return ""
