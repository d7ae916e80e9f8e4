"""nginx in front of several web processes: the configuration that `nginx` prints, and that `serve --processes` runs.

Both are made from the templates in deploy/nginx. A visitor stays with one web process, which holds their session.
"""

import argparse
import grp
import os
import pwd
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sota_core import paths
from sota_core.errors import InputError, RunError
from sota_core.settings import Settings
from sota_core.system.files import write_atomically

TEMPLATES = paths.ROOT / "deploy" / "nginx"
MAX_PROCESSES = 32
HTTP, HTTPS = "80", "443"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*-]+(:\d{1,5})?")
_NAME = re.compile(r"[A-Za-z0-9.*_-]{1,253}")
_LISTEN = re.compile(r"(([A-Za-z0-9.*_-]+|\[[A-Za-z0-9:.%]+\]):)?[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Front:
    """Where nginx listens, and to which ports of this machine it passes requests on.

    listen       its own 'address:port', or a port alone: all addresses
    ports        of the web processes
    server_name  the name visitors type; '_': any
    certificate  the files of the TLS certificate and its key; None: plain http
    framed_by    other sites, as https://example.org, that may show the app in a frame
    proxies      addresses of proxies before this one, whose X-Forwarded-For is believed
    """

    listen: str
    ports: tuple[int, ...]
    server_name: str = "_"
    certificate: tuple[Path, Path] | None = None
    framed_by: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the configuration for the system's nginx."""
    front = Front(
        listen=str(args.listen or (443 if args.certificate else 80)),
        ports=web_ports(args.port, args.processes),
        server_name=args.server_name,
        certificate=certificate_of(args),
        framed_by=framed_by(args.framed_by),
        proxies=settings.proxies,
    )
    print(site(front), end="")
    return 0


def web_ports(port: int, n: int) -> tuple[int, ...]:
    """Where n web processes behind a proxy listen: the ports after `port`.

    Raises
        InputError  too few or too many processes, or there are no such ports.

    >>> web_ports(8501, 2)
    (8502, 8503)
    """
    if not 1 <= n <= MAX_PROCESSES:
        raise InputError(f"--processes must be 1 to {MAX_PROCESSES}, got {n}")
    if not 1 <= port <= 65535 - n - 1:
        raise InputError(f"--port must leave room for {n} more ports after it, up to 65535; got {port}")
    return tuple(range(port + 1, port + 1 + n))


def ready_port(ports: Sequence[int]) -> int:
    """The port at which `serve` says whether it is ready: the one after the web processes' ports.

    >>> ready_port((8502, 8503))
    8504
    """
    return ports[-1] + 1


def certificate_of(args: argparse.Namespace) -> tuple[Path, Path] | None:
    """Raises
    InputError  one of the two without the other.
    """
    if bool(args.certificate) != bool(args.key):
        raise InputError("--certificate and --key belong together: TLS needs both files")
    return (Path(args.certificate).absolute(), Path(args.key).absolute()) if args.certificate else None


def framed_by(origins: Sequence[str]) -> tuple[str, ...]:
    """Raises
    InputError  one of them is no origin.
    """
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise InputError(f"--framed-by must be an origin, as https://example.org, got {origin[:80]!r}")
    return tuple(origins)


def site(front: Front) -> str:
    """The configuration for nginx's http block.

    Raises
        InputError  a name or path that nginx would read as something else.
    """
    if not _NAME.fullmatch(front.server_name):
        raise InputError(f"--server-name must be a host's name, got {front.server_name[:80]!r}")
    if not _LISTEN.fullmatch(front.listen) or not 1 <= int(front.listen.rpartition(":")[2]) <= 65535:
        raise InputError(f"--listen must be a port of 1 to 65535, or address:port, got {front.listen[:80]!r}")
    seats = [(i, f"127.0.0.1:{port}") for i, port in enumerate(front.ports, 1)]
    tls = front.certificate
    # max_fails=0: never take a server out. On this machine a refused connection costs nothing. And a server that nginx
    # has taken out gets only one request at first, until that has ended: a websocket ends hours later, and everybody
    # else would get a 502.
    server = "server {} max_fails=0"
    groups = []
    for seat, own in seats:
        others = [f"    {server.format(at)} backup;" for other, at in seats if other != seat]
        lines = [f"upstream sota_{seat} {{", f"    zone sota_{seat} 256k;", f"    {server.format(own)};", *others, "}"]
        groups += lines
    values = {
        "seats": "\n".join(f"    {seat} sota_{seat};" for seat, _ in seats),
        "answered": "\n".join(f'    "~{re.escape(at)}$" {seat};' for seat, at in seats),
        "upstreams": "\n".join(groups),
        "any": "\n".join(f"    {server.format(at)};" for _, at in seats),
        "listen": front.listen + (" ssl" if tls else ""),
        "server_name": front.server_name,
        "kept": _FRAMED if tls and front.framed_by else f"SameSite=Lax{'; Secure' if tls else ''}",
        "redirect": _REDIRECT.format(_plain(front.listen)) if tls and front.listen.rpartition(":")[2] == HTTPS else "",
        "tls": "".join(
            f"    {name} {_quoted(path)};\n"
            for name, path in zip(("ssl_certificate", "ssl_certificate_key"), tls or (), strict=False)
        ),
        "hsts": "    add_header Strict-Transport-Security max-age=31536000 always;\n" if tls else "",
        "real_ip": "".join(f"    set_real_ip_from {proxy};\n" for proxy in front.proxies)
        + ("    real_ip_header X-Forwarded-For;\n    real_ip_recursive on;\n" if front.proxies else ""),
        "framed_by": " ".join(["'self'", *front.framed_by]),
        "ready_port": str(ready_port(front.ports)),
        "max_body_mb": str(_max_upload_mb() + 1),
    }
    return _filled("site.conf", values)


_FRAMED = "SameSite=None; Secure; Partitioned"  # how a browser keeps a cookie in a frame of another site
_REDIRECT = "server {{\n    listen {};\n    server_tokens off;\n    return 301 https://$host$request_uri;\n}}"


def _plain(listen: str) -> str:
    """Where nginx listens for plain http, to redirect it to https: the same address, port 80.

    >>> _plain("127.0.0.1:443"), _plain("443")
    ('127.0.0.1:80', '80')
    """
    return listen.removesuffix(HTTPS) + HTTP


def start(front: Front, folder: Path, **popen: object) -> subprocess.Popen:
    """Start nginx as a process of ours, with its configuration and files in `folder`; it ends on SIGTERM.

    Raises
        InputError  there is no nginx on this machine, or it refuses the configuration; the message says why.
        RunError    its configuration cannot be written.
    """
    program, command = found(), ["-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    if program is None:
        raise InputError(
            "serve: several processes on one port need nginx, which is not on this machine: install it (Debian: "
            "apt-get install nginx-light), or start them with --behind-proxy and put a proxy of yours in front"
        )
    for name, text in (("site.conf", site(front)), ("nginx.conf", _own())):
        _place(folder / name, text)
    tried = subprocess.run([program, *command, "-t", "-q"], capture_output=True, text=True)
    if tried.returncode:
        raise InputError(f"serve: nginx refuses its configuration: {tried.stderr.strip()[-800:]}")
    return subprocess.Popen([program, *command], **popen)  # type: ignore[call-overload]


def _place(path: Path, text: str) -> None:
    """Give the file this text. One that has it already, from the last start, is left alone: the disk may be full."""
    try:
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)
    except OSError as bad:
        raise RunError(
            f"serve: nginx needs its configuration in {path}, which cannot be written ({bad.strerror}); make room "
            "there, or make it writable, and try again"
        ) from bad


def found() -> str | None:
    """The path of nginx, also if it lies where Debian puts it and an ordinary user's PATH does not look; else None."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


def _own() -> str:
    known = (Path("/etc/nginx/mime.types"), Path("/opt/homebrew/etc/nginx/mime.types"))
    mime = next((path for path in known if path.exists()), None)
    # Its files lie in the home, which may be root's alone. But the processes that face visitors give up root.
    user = "" if os.geteuid() else _nobody()
    return _filled("own.conf", {"mime_types": str(mime or known[0]), "user": user})


def _nobody() -> str:
    """nginx's `user` line. The group of nobody is nogroup on Debian, nobody elsewhere; nginx refuses an unknown one."""
    try:
        group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    except KeyError:
        return ""
    return f"user nobody {group};"


def _filled(name: str, values: dict[str, str]) -> str:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], text)


def _quoted(path: Path) -> str:
    if re.search(r'["\\$\n;{}]', str(path)):
        raise InputError(f"nginx cannot be told of a path with such characters: {path}")
    return f'"{path}"'


def _max_upload_mb() -> int:
    config = tomllib.loads((paths.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return int(config["server"]["maxUploadSize"])
