"""Processes of this machine: start one, recognize one, end one with all it started.

A process is identified by its pid and its birth (birth_of): the pid alone may be another process's by now.
"""

import contextlib
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil


@cache
def host_name() -> str:
    return socket.gethostname()


def usable_cores() -> int:
    """Cores this process may run on (its affinity, which a container can limit), not all that the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def allow_many_files(wanted: int = 65_536) -> int:
    """Raise this process's limit of open files as far as it may be, to `wanted` at most; children inherit it.

    Returns the limit as it is now. Never lowers it, never raises an error. The usual soft limit of 1,024 is for
    programs that use select(); ours use poll().
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return wanted if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):  # a system with a limit of its own below the hard one
        return soft
    return most


def start_detached(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> subprocess.Popen:
    """Start a process in a session of its own, which outlives us and our terminal; its output is appended to `log`.

    Returns at once; whoever keeps the Popen must wait for it, or its end leaves a zombie. `stdin` may be an open file
    to hand over (a lock, a pipe).

    Raises
        OSError  no such program, or the log cannot be written.
    """
    with log.open("ab") as out:
        return subprocess.Popen(command, stdin=stdin, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True)


def close_stdin() -> None:
    """From now on our stdin, and our children's, is empty. What came as stdin stays open if it was duplicated."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if null != 0:  # it is 0 if stdin was closed before
        os.close(null)


def keep_from_forks(descriptors: Iterable[int]) -> None:
    """From now on what we fork, or start, is without these open files: they are closed, or unlocked, once we end.

    For forks by Python's `os.fork`, as multiprocessing's, a data loader's. Other programs never inherit them.
    """
    ours = set(descriptors)
    for descriptor in ours:
        os.set_inheritable(descriptor, False)

    def leave() -> None:
        while ours:  # only once: in a fork of the fork the same number may be another file
            os.close(ours.pop())

    os.register_at_fork(after_in_child=leave)


def birth_of(pid: int) -> str | None:
    """When this process began, in a form that never changes while it lives; None: no such process, or a zombie.

    On Linux: boot id and kernel ticks since boot. Not seconds since 1970: those are computed from a clock that is set
    now and then, and after a laptop's sleep its processes would seem to be different ones.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None if boot_id() else _birth_elsewhere(pid)
    # The name in brackets may hold blanks and brackets itself: fields are counted after the last one.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot_id()}:{fields[19]}"


def began_before(birth: str, other: str) -> bool:
    """Did the process of this birth begin before the other one? False where that cannot be told: of another boot."""
    (boot, _, began), (other_boot, _, other_began) = birth.rpartition(":"), other.rpartition(":")
    with contextlib.suppress(ValueError):
        return boot == other_boot and float(began) < float(other_began)
    return False


def _birth_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


@cache
def boot_id() -> str:
    """Names this run of the machine, until it is started again; "" where the system does not tell."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip()[:8] if path.exists() else ""


def is_alive(pid: int | None, birth: str | None) -> bool:
    """Does this very process live? A zombie counts as dead; so does a later process with the same pid."""
    return pid is not None and birth is not None and birth_of(pid) == birth


def has_ended(pid: int) -> bool:
    """Has this child of ours ended? It is not reaped here, so no other process can get its pid, or its group's, yet.

    Raises
        OSError  it is no child of ours, or has been reaped already.
    """
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    try:  # macOS before Python 3.13
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess as gone:
        raise ChildProcessError(f"has_ended: must be a child of ours, got the pid {pid}") from gone


def open_pidfd(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; None where the system has no such thing."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return None
    try:
        return opener(pid)
    except OSError:
        return None


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process and, where it leads a group, to the whole group; nothing if they are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def kill_leftovers(session: int) -> list[int]:
    """Kill the processes that a dead session leader left behind (data-loader children). Returns their pids."""
    if birth_of(session) is not None:
        return []  # it lives, or another process has its pid by now
    left = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid != session and os.getsid(pid) == session:
                os.kill(pid, signal.SIGKILL)
                left.append(pid)
    return left
