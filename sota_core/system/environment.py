"""What one of our processes needs to start another: the child's environment, its command and its log file.

`child_environment` is the inverse of `settings.load`: a child loads its settings like any other process.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from sota_core import paths
from sota_core.settings import LIMITS, OWN_SETS, Settings

# torch's OpenMP threads spin while they wait for one another, 300,000 turns by default. On a machine that also serves
# the app this takes time from the app and, if both cores are busy, from the training step itself (8 times as long was
# seen). Sleeping at once (OMP_WAIT_POLICY=PASSIVE) costs an idle machine a quarter of its speed. With 10,000 turns
# neither is seen. GNU's OpenMP reads this when torch is loaded; a wait policy that the user has set wins.
SPIN_COUNT = {"GOMP_SPINCOUNT": "10000"}

# By default, glibc gets every large tensor fresh pages from the system and gives them back at once. If it keeps them, a
# 64 px batch takes half the CPU time and a training step 5 % less. glibc reads these variables when a process starts;
# other C libraries ignore them.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_TOP_PAD_": "100000000",
}
_MALLOPT = {-3: "MALLOC_MMAP_THRESHOLD_", -1: "MALLOC_TRIM_THRESHOLD_", -2: "MALLOC_TOP_PAD_"}  # malloc.h's M_…


# CUDA numbers cards by speed, nvidia-smi by their place on the bus. By place, "1" means the same card to both.
_CARD_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def prepare_to_train() -> None:
    """Set the same in this process, which is going to train. To be called before torch is loaded."""
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
    """The command line that starts a worker. `trainer` ('module:function') stands in for training in tests."""
    if trainer is None:
        return [sys.executable, "-m", "sota_core", "worker", run_id, str(attempt)]
    call = f"sys.exit(worker.main({run_id!r}, {attempt}, settings.load(), trainer={trainer!r}))"
    code = f"import sys; from sota_core import settings; from sota_core.runs.worker import worker; {call}"
    return [sys.executable, "-c", code]


def log_path(settings: Settings, run_id: str, attempt: int) -> Path:
    """The file for a worker's stdout and stderr; its folder is made."""
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
