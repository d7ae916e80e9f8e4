"""`serve`: what `make run` starts. Runs the app and its dispatcher in the foreground; Ctrl-C ends both.

With --processes, several web processes share one home behind an nginx that this command runs, or behind a proxy of the
operator's. They end with this command, even if it is killed (system/lifeline.py). A run in progress has a process of
its own and goes on; a line that is printed at the end says so.
"""

import argparse
import logging
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from sota_core import paths
from sota_core.cli import listening
from sota_core.cli.hosting import metrics, preloaded, proxy
from sota_core.cli.hosting.readiness import Desk, parts
from sota_core.cli.hosting.upkeep import Upkeep
from sota_core.cli.hosting.watch import Watch
from sota_core.cli.hosting.web_servers import WebServers, start, words
from sota_core.errors import InputError, SotaError
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.database import trouble_of
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import disk_reserve
from sota_core.system.lifeline import Lifeline
from sota_core.system.logs import about, log_to_stderr

log = logging.getLogger(__name__)

LOOK_S = 0.2


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until Ctrl-C or SIGTERM, or until the app or nginx ends. Then the exit code is theirs, else 0.

    At its end it stops only what it, or its app, has started: another `serve` may share the home.

    Raises
        InputError  the pages are not here: they come with the project's folder, not with an installed package; or a
                    port is taken, or the address is not this machine's, or the home cannot be written, or nginx is
                    missing. Nothing has been started.
        RunError    nginx's configuration cannot be written. Nothing has been started.
    """
    if not paths.APP.exists():
        raise InputError(f"serve: needs the project's folder, got no {paths.APP}; start it there, or run `make run`")
    address = listening.chosen(args.address, settings)
    front, certificate, framed_by = None, proxy.certificate_of(args), proxy.framed_by(args.framed_by)
    is_behind = args.behind_proxy or args.processes != 1 or certificate is not None
    ports = proxy.web_ports(args.port, args.processes) if is_behind else (args.port,)
    if not args.behind_proxy:
        listening.require_free_port(address, args.port)
        if certificate is not None and str(args.port) == proxy.HTTPS:  # port 80 redirects there
            listening.require_free_port(address, int(proxy.HTTP))
    for port in (*ports, proxy.ready_port(ports)) if is_behind else ():
        listening.require_free_port(listening.HERE, port)
    if settings.metrics_port is not None:
        listening.require_free_port(listening.HERE, settings.metrics_port)
    _require_home(settings)
    disk_reserve.release_if_full(settings.home)  # what follows needs a little room, and visitors make more
    if is_behind and not args.behind_proxy:
        listen = listening.netloc(address, args.port)
        front = proxy.Front(listen, ports, "_", certificate, framed_by, settings.proxies)
    return _serve(args, settings, address, ports, front)


def _serve(
    args: argparse.Namespace, settings: Settings, address: str, ports: tuple[int, ...], front: proxy.Front | None
) -> int:
    stopping, say = threading.Event(), _teller(settings)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    me = os.environ[dispatcher.SERVED_BY] = secrets.token_hex(8)  # the app and the dispatchers it starts inherit it
    is_behind = front is not None or args.behind_proxy
    line, starter = Lifeline(), Starter(settings)
    nginx, tied, forked_from, servers, watch, desk, end_metrics, warm, code = *(None,) * 8, 0
    try:
        nginx = None if front is None else proxy.start(front, settings.home / "nginx", stdin=subprocess.DEVNULL)
        tied = None if nginx is None else line.tie(nginx)
        starter.ensure_running()
        where = listening.HERE if is_behind else address
        env = app_environment(settings, is_behind=is_behind, is_framed=is_framed(args, settings)) | line.environment
        if args.processes > 1 and preloaded.IS_POSSIBLE:
            forked_from = preloaded.Preloaded(env, say=say)
        servers = WebServers([partial(start, words(where, port), env, forked_from) for port in ports], say=say)
        urls = [listening.url(where, port) for port in ports]
        if len(ports) > 1:
            watch = Watch(servers, urls, say=say)
            watch.start()
        desk = Desk(proxy.ready_port(ports), lambda: parts(starter)) if is_behind else None
        end_metrics = metrics.listen(settings) if settings.metrics_port is not None else None
        warm = _warm(urls) if forked_from is None else None
        _tell(args, settings, address, ports, front, say)
        upkeep = Upkeep(starter)
        while not stopping.wait(LOOK_S):
            upkeep.do_what_is_due()
            ended = servers.tend()
            if ended is None and nginx is not None:
                ended = nginx.poll()
            if ended is not None:
                code = ended
                break
    except KeyboardInterrupt:  # the terminal's Ctrl-C has reached the others too: they are of one group
        pass
    finally:  # nobody else would end the other processes, and they hold the ports that the next `serve` needs
        _kill(tied)
        _end(nginx)
        if watch is not None:
            watch.end()
        for end in (servers and servers.end, forked_from and forked_from.end, desk and desk.close, end_metrics):
            if end is not None:
                end()
        _kill(warm)
        line.close()
        dispatcher.stop(settings, served_by=me)
    _say_what_goes_on(settings, say)
    return code


def _require_home(settings: Settings) -> None:
    """Make the home unless it is there.

    Raises
        InputError  it cannot be made, or written, as on a read-only disk.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        why = None if os.access(settings.home, os.W_OK | os.X_OK) else "it cannot be written"
    except OSError as bad:
        why = bad.strerror
    if why is not None:
        raise InputError(f"serve: SOTA_HOME must be a folder that can be written, got {settings.home} ({why})")


def _tell(
    args: argparse.Namespace,
    settings: Settings,
    address: str,
    ports: tuple[int, ...],
    front: proxy.Front | None,
    say: Callable[[str], None],
) -> None:
    """Say where the app is, and what its proxy or frame still needs."""
    if args.behind_proxy:
        where = listening.HERE
        say(f"sota-lab: {len(ports)} web processes at {where}, ports {ports[0]} to {ports[-1]}; your proxy's is next")
        framing = "".join(f" --framed-by {origin}" for origin in args.framed_by)
        say(f"  python -m sota_core nginx --processes {len(ports)} --port {args.port}{framing}")
    else:
        scheme = "https" if front is not None and front.certificate else "http"
        say(listening.told(address, args.port, settings, scheme=scheme))
    if args.framed_by and not settings.in_space and not (front is not None and front.certificate):
        say(f"  in a frame no upload is taken and nobody is remembered without https: {_how_framed(args)}")


def _teller(settings: Settings) -> Callable[[str], None]:
    """A function that says a line: on the terminal, or in the log if that is JSON."""
    if settings.log == "text":
        return lambda text: print(text, flush=True)
    log_to_stderr(settings, "serve")
    return log.info


def is_framed(args: argparse.Namespace, settings: Settings) -> bool:
    """Does another site show the app in a frame, over https? Only over https does a browser keep cookies in a frame.

    With --behind-proxy we cannot know whether the proxy speaks https: there --framed-by is taken to say so.
    """
    return settings.in_space or bool(args.framed_by and (args.certificate or args.behind_proxy))


def _how_framed(args: argparse.Namespace) -> str:
    return "your proxy must speak it" if args.behind_proxy else "it needs --certificate and --key"


def app_environment(settings: Settings, *, is_behind: bool = False, is_framed: bool = False) -> dict[str, str]:
    """The app's environment: this process's own, and what the app needs besides.

    is_behind  a proxy on this machine stands in front of the app and says who visits
    is_framed  another site shows the app in a frame. There, Streamlit takes no upload without its cookie, which must
               then be `SameSite=None`; over http, a browser would refuse such a cookie everywhere.
    """
    framed = {"STREAMLIT_SERVER_XSRF_COOKIE_SAME_SITE": "none"} if is_framed else {}
    # uvicorn, below Streamlit, believes the X-Forwarded-For of the addresses named here. Without this variable it would
    # believe this machine's, and a proxy here may pass on what a visitor has written.
    believed = (listening.HERE,) if is_behind else settings.proxies
    found = os.pathsep.join(filter(None, (str(paths.ROOT), os.environ.get("PYTHONPATH"))))  # wherever we were started
    return framed | os.environ | {"FORWARDED_ALLOW_IPS": ",".join(believed), "PYTHONPATH": found}


def _warm(urls: Sequence[str]) -> subprocess.Popen:
    """Start opening every page once, so that the first visitor of each does not wait for imports and pictures."""
    warming = [sys.executable, "-m", "pages.shared.server.warm", *urls]
    return subprocess.Popen(warming, cwd=paths.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(nginx: subprocess.Popen | None) -> None:
    if nginx is not None:
        nginx.terminate()
        nginx.wait()


def _kill(process: subprocess.Popen | None) -> None:
    if process is not None:
        process.kill()
        process.wait()


def _say_what_goes_on(settings: Settings, say: Callable[[str], None]) -> None:
    try:
        with Store(settings) as store:
            active = store.history.active()
    except (SQLAlchemyError, sqlite3.Error, SotaError, OSError) as bad:
        say(f"which runs go on without the app is not known: {trouble_of(bad) or 'The run store cannot be opened.'}")
        return
    for one in active:
        with about(one.id, one.attempt):
            say(f"run {one.id} goes on without the app: runs show {one.id}, or runs cancel {one.id}")
