"""Every setting of the project that comes from an environment variable, in one place.

`load` reads them into a frozen Settings, which callers pass on; no other module reads a setting from `os.environ`.
"""

import configparser
import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import platformdirs

from sota_core.errors import InputError
from sota_core.numbers import whole
from sota_core.paths import expanded

EXECUTORS = ("process", "inline", "ray")
LOGS = ("text", "json")
RAY_ADDRESS = "http://127.0.0.1:8265"  # Ray's own default


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked for: by everybody together, from one network address, by one owner, in one run.

    max_queued_in_all    SOTA_MAX_QUEUED: runs waiting, of all owners
    max_live_by_address  SOTA_MAX_PER_ADDRESS: runs waiting or under way from one network address, which may be a
                         whole school's; as many more may belong to ladders; whoever has signed in is not counted
    max_active           SOTA_MAX_ACTIVE: runs under way at the same time, of an owner without a quota of their own;
                         None: as the store's quota table says, at first 1
    max_queued           SOTA_MAX_WAITING: the same for runs that wait; in the table at first 2
    max_cost             SOTA_MAX_COST: epochs × pictures × size², summed over the phases. The chapter's largest
                         experiment is 8.5e9; this allows 200 epochs of Imagenette at 224 px.
    time_limit_s         SOTA_TIME_LIMIT_S: seconds a run may take, unless it was submitted with another limit
    max_steppers         SOTA_MAX_STEPPERS: small trainings that all visitors together may step through at the same
                         time; each holds half a gigabyte
    """

    max_queued_in_all: int = 500
    max_live_by_address: int = 100
    max_active: int | None = None
    max_queued: int | None = None
    max_cost: float = 1.2e11
    time_limit_s: float = 6 * 3600.0
    max_steppers: int = 4


@dataclass(frozen=True, slots=True)
class OwnSets:
    """How much room the data sets may take that visitors make of their own pictures.

    most       SOTA_OWN_SETS: sets per owner; 0: visitors can make none
    megabytes  SOTA_OWN_SET_MB: one zip, and one set as it is kept
    gigabytes  SOTA_OWN_SETS_GB: the sets of all owners together
    days       SOTA_OWN_SET_DAYS: a set is removed when nothing was trained on it for this many days
    """

    most: int = 3
    megabytes: int = 50
    gigabytes: int = 5
    days: int = 30

    @property
    def max_bytes(self) -> int:
        """Bytes of one set."""
        return self.megabytes * 2**20


# Field → its environment variable.
OWN_SETS = {
    "most": "SOTA_OWN_SETS",
    "megabytes": "SOTA_OWN_SET_MB",
    "gigabytes": "SOTA_OWN_SETS_GB",
    "days": "SOTA_OWN_SET_DAYS",
}
LIMITS = {
    "max_queued_in_all": "SOTA_MAX_QUEUED",
    "max_live_by_address": "SOTA_MAX_PER_ADDRESS",
    "max_active": "SOTA_MAX_ACTIVE",
    "max_queued": "SOTA_MAX_WAITING",
    "max_cost": "SOTA_MAX_COST",
    "time_limit_s": "SOTA_TIME_LIMIT_S",
    "max_steppers": "SOTA_MAX_STEPPERS",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things live and how much is allowed.

    home            SOTA_HOME: database, artifacts, cache, sample, locks, logs
    data_dir        SOTA_DATA_DIR: downloaded data sets; default fastai's own folder
    db_url          SOTA_DB_URL: SQLAlchemy URL; default SQLite under home
    artifacts       SOTA_ARTIFACTS: fsspec URL of where all machines find runs' files; None: each keeps its own
    executor        SOTA_EXECUTOR: process | inline | ray
    slots           SOTA_SLOTS: runs at the same time on this machine; None: one per GPU, or 1 without a GPU
    local_roots     SOTA_LOCAL_ROOTS: folders (joined by the path separator) whose class folders the pages
                    offer. Empty by default: a visitor must not browse the host's disk. The command line
                    takes any folder.
    operator_token  SOTA_OPERATOR_TOKEN: opens the teacher's controls; without one they stay closed
    ray_address     SOTA_RAY_ADDRESS: of Ray's dashboard, for executor=ray
    ray_token       SOTA_RAY_TOKEN: the one Ray was started with (RAY_AUTH_TOKEN); executor=ray needs it
    min_free_bytes  SOTA_MIN_FREE_MB: below this much free disk no run is started
    keep_days       SOTA_KEEP_DAYS: a run that ended longer ago is cleared away, unless it is pinned; 0: no limit
    keep_bytes      SOTA_KEEP_GB: if runs' files take more, the oldest of who takes most are cleared away; 0: no limit
    limits          quotas, each with a variable of its own
    cuda_graph      SOTA_CUDA_GRAPH: replay training steps on an NVIDIA GPU from a CUDA graph; same numbers
    cudnn_benchmark  SOTA_CUDNN_BENCHMARK: let cuDNN try its kernels at a phase's first batch
    own_sets        limits of visitors' own data sets, each with a variable of its own
    uploads_bytes   SOTA_UPLOADS_MB: how much of visitors' uploads one web process holds in its memory
    proxies         SOTA_TRUSTED_PROXIES: addresses or networks, by commas, of the proxies whose X-Forwarded-For is
                    believed; none by default: anybody can write that header
    metrics_port    SOTA_METRICS_PORT: port at 127.0.0.1 where `serve` offers OpenMetrics; None: nowhere
    starts_early    SOTA_START_EARLY: the first page of a visit, if it is the home or Train page, starts the
                    dispatcher, which in a SOTA_HOME without runs has the sample drawn before anybody presses Start
    assumed_speed   SOTA_ASSUMED_SPEED: multiply-adds a second (the variable: in billions) to assume on a machine where
                    no training was measured; None: estimated from products of small matrices
    in_space        SPACE_ID, which Hugging Face sets in a Space: the app is shown in a frame of theirs, over https
    log             SOTA_LOG: text | json; how dispatcher, workers, web processes and `serve` write their logs
    """

    home: Path
    data_dir: Path
    db_url: str
    artifacts: str | None = None
    executor: str = "process"
    slots: int | None = None
    local_roots: tuple[Path, ...] = ()
    operator_token: str | None = None
    ray_address: str = RAY_ADDRESS
    ray_token: str | None = field(default=None, repr=False)
    min_free_bytes: int = 500 * 2**20
    keep_days: int = 365
    keep_bytes: int = 50 * 10**9
    limits: Limits = Limits()
    cuda_graph: bool = True
    cudnn_benchmark: bool = False
    own_sets: OwnSets = OwnSets()
    uploads_bytes: int = 1000 * 2**20
    proxies: tuple[str, ...] = ()
    metrics_port: int | None = None
    starts_early: bool = True
    assumed_speed: float | None = None
    in_space: bool = False
    log: str = "text"

    @property
    def cache_dir(self) -> Path:
        return self.home / "cache"

    @property
    def artifacts_dir(self) -> Path:
        return self.home / "artifacts"

    @property
    def sample_dir(self) -> Path:
        return self.home / "sample"


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or from `env`, for tests). Creates nothing.

    Raises
        InputError  a value is not allowed; the message names the variable.
    """
    env = os.environ if env is None else env
    home = _folder("SOTA_HOME", env.get("SOTA_HOME") or platformdirs.user_data_path("sota-lab"))
    executor = env.get("SOTA_EXECUTOR") or EXECUTORS[0]
    if executor not in EXECUTORS:
        raise InputError(f"SOTA_EXECUTOR must be one of {', '.join(EXECUTORS)}, got {executor!r}")
    log = env.get("SOTA_LOG") or LOGS[0]
    if log not in LOGS:
        raise InputError(f"SOTA_LOG must be one of {', '.join(LOGS)}, got {log[:40]!r}")
    return Settings(
        home=home,
        data_dir=_folder("SOTA_DATA_DIR", env.get("SOTA_DATA_DIR") or _fastai_data_dir(env)),
        db_url=_of_database(env.get("SOTA_DB_URL") or f"sqlite:///{_in_url(home / 'runs.db')}"),
        artifacts=_url(env, "SOTA_ARTIFACTS"),
        executor=executor,
        slots=_positive_int(env, "SOTA_SLOTS", 1) if env.get("SOTA_SLOTS") else None,
        local_roots=tuple(expanded(p) for p in env.get("SOTA_LOCAL_ROOTS", "").split(os.pathsep) if p),
        operator_token=env.get("SOTA_OPERATOR_TOKEN") or None,
        ray_address=env.get("SOTA_RAY_ADDRESS") or RAY_ADDRESS,
        ray_token=env.get("SOTA_RAY_TOKEN") or None,
        min_free_bytes=_positive_int(env, "SOTA_MIN_FREE_MB", 500) * 2**20,
        keep_days=_positive_int(env, "SOTA_KEEP_DAYS", 365, low=0),
        keep_bytes=_positive_int(env, "SOTA_KEEP_GB", 50, low=0) * 10**9,
        limits=Limits(**{field: _positive_int(env, name, 1) for field, name in LIMITS.items() if env.get(name)}),
        cuda_graph=_on(env, "SOTA_CUDA_GRAPH", default=True),
        cudnn_benchmark=_on(env, "SOTA_CUDNN_BENCHMARK", default=False),
        own_sets=OwnSets(
            **{
                field: _positive_int(env, name, 1, low=0 if field == "most" else 1)
                for field, name in OWN_SETS.items()
                if env.get(name)
            }
        ),
        uploads_bytes=_positive_int(env, "SOTA_UPLOADS_MB", 1000) * 2**20,
        proxies=_networks(env, "SOTA_TRUSTED_PROXIES"),
        metrics_port=_port(env, "SOTA_METRICS_PORT"),
        starts_early=_on(env, "SOTA_START_EARLY", default=True),
        assumed_speed=_positive_int(env, "SOTA_ASSUMED_SPEED", 1) * 1e9 if env.get("SOTA_ASSUMED_SPEED") else None,
        in_space=bool(env.get("SPACE_ID")),
        log=log,
    )


def _on(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    given = env.get(name) or str(int(default))
    if given not in ("0", "1"):
        raise InputError(f"{name} must be 1 (on) or 0 (off), got {given[:40]!r}")
    return given == "1"


def _folder(name: str, path: str | Path) -> Path:
    found = expanded(path)
    if str(found).startswith("~"):
        raise InputError(f"{name} must be a folder, got {str(path)[:80]!r}: nobody has that name on this machine")
    return found.absolute()


def _in_url(path: Path) -> str:
    """The two characters that mean something else in the path of a URL, escaped."""
    return str(path).replace("%", "%25").replace("?", "%3F")


@cache
def _of_database(url: str) -> str:
    # Only here: it is no part of what a page asks for at every move, and this answers from memory.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(url).get_dialect()
    except ModuleNotFoundError:  # a driver that is not installed: whoever opens the database says so
        pass
    except (ArgumentError, ValueError) as bad:  # what came is not shown whole: it may hold a password
        raise InputError(
            "SOTA_DB_URL must be sqlite:////PATH/FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME, got one "
            f"that begins with {url.partition('@')[0].partition(':')[0][:20]!r} and cannot be read"
        ) from bad
    return url


def _url(env: Mapping[str, str], name: str) -> str | None:
    given = env.get(name) or None
    if given is not None and not re.match(r"[a-z][a-z0-9+.-]*://.", given):
        raise InputError(f"{name} must be a URL, as s3://bucket/folder or file:///mnt/folder, got {given[:80]!r}")
    return given


def _port(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name, "")
    if not text:
        return None
    port = whole(text, 1, 65535)
    if port is None:
        raise InputError(f"{name} must be a port, 1 to 65535, got {text[:40]!r}")
    return port


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    given = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    for part in given:
        try:
            ipaddress.ip_network(part)
        except ValueError as bad:
            raise InputError(f"{name} must be addresses or networks, as 10.0.0.5 or 10.0.0.0/24: {bad}") from bad
    return given


def _fastai_data_dir(env: Mapping[str, str]) -> Path:
    """fastai's data folder, read from its config.ini as fastai does, without importing fastai."""
    base = Path(env.get("FASTAI_HOME") or "~/.fastai").expanduser()
    parser = configparser.ConfigParser()
    parser.read(base / "config.ini")
    return base / parser["DEFAULT"].get("data", "data")


def _positive_int(env: Mapping[str, str], name: str, default: int, low: int = 1) -> int:
    text = env.get(name, "")
    if not text:
        return default
    value = whole(text, low, sys.maxsize)
    if value is None:
        raise InputError(f"{name} must be a whole number of at least {low}, got {text[:40]!r}")
    return value
