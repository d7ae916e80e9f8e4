"""nginx's configuration: what it contains, that nginx accepts it, and which arguments are refused before anything
starts.
"""

import errno
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.site import free_port
from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front, site, start, web_ports
from sota_core.cli.main import main
from sota_core.cli.serve import app_environment
from sota_core.errors import InputError, RunError
from sota_core.settings import load
from sota_core.system import files
from tests.cli.hosting.serving import PATIENCE_S, nginx

needs_nginx = pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)")


def test_each_seat_is_one_process_and_the_others_stand_in_for_it():
    text = site(Front("80", (8502, 8503, 8504)))
    one, *_ = (part.split("}")[0].split() for part in text.split("upstream sota_2 {")[1:])
    servers = [(one[i + 1], "backup;" in one[i : i + 5]) for i, word in enumerate(one) if word == "server"]
    assert servers == [("127.0.0.1:8503", False), ("127.0.0.1:8502", True), ("127.0.0.1:8504", True)]
    assert text.count('"~127\\.0\\.0\\.1:8504$" 3;') == 1 and text.count("    3 sota_3;") == 2
    assert "ssl" not in text and "Strict-Transport" not in text and "Secure" not in text and "return 301" not in text


def test_tls_means_a_secure_cookie_and_on_its_own_port_a_way_from_plain_http():
    files = (Path("/etc/tls/cert.pem"), Path("/etc/tls/key.pem"))
    text = site(Front("443", (8502,), "lab.example.org", files, ("https://huggingface.co",), ("10.0.0.0/8",)))
    for said in (
        "listen 443 ssl;",
        "server_name lab.example.org;",
        'ssl_certificate "/etc/tls/cert.pem";',
        'ssl_certificate_key "/etc/tls/key.pem";',
        '$sota_answered; Path=/; HttpOnly; SameSite=None; Secure; Partitioned"',
        "frame-ancestors 'self' https://huggingface.co\"",
        "return 301 https://$host$request_uri;",
        "set_real_ip_from 10.0.0.0/8;",
    ):
        assert said in text, said
    assert "return 301" not in site(Front("8443", (8502,), certificate=files))
    here = site(Front("127.0.0.1:443", (8502,), certificate=files))
    assert "listen 80;" in text and "listen 127.0.0.1:80;" in here and "listen 80;" not in here


@pytest.mark.parametrize(("tls", "framed_by"), [(True, ()), (False, ("https://huggingface.co",)), (False, ())])
def test_a_cookie_is_for_frames_of_other_sites_where_there_may_be_some_and_over_https(tls: bool, framed_by: tuple):
    """Browsers refuse such a cookie (SameSite=None) over http, even at the app's own address."""
    files = (Path("/etc/tls/cert.pem"), Path("/etc/tls/key.pem")) if tls else None
    text = site(Front("8443", (8502,), certificate=files, framed_by=framed_by))
    assert f'HttpOnly; SameSite=Lax{"; Secure" if tls else ""}"' in text and "SameSite=None" not in text


@needs_nginx
@pytest.mark.parametrize("n", [1, 4, proxy.MAX_PROCESSES])
def test_nginx_takes_it(n: int, tmp_path: Path):
    proxies = ("10.0.0.0/8", "2001:db8::/32")
    front = Front(
        f"127.0.0.1:{free_port()}", web_ports(8501, n), "lab.example.org", None, ("https://example.org",), proxies
    )
    with nginx(front, tmp_path / "nginx", stderr=subprocess.PIPE, text=True) as process:
        process.terminate()
        said = process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 0 and said == ""


@needs_nginx
def test_what_nginx_refuses_is_said_in_its_own_words(tmp_path: Path):
    nothing = (tmp_path / "no-cert.pem", tmp_path / "no-key.pem")
    with pytest.raises(InputError, match=r"nginx refuses its configuration: (?s:.)*no-cert\.pem"):
        start(Front("127.0.0.1:8443", (8502,), certificate=nothing), tmp_path / "nginx")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--processes", "0"], "--processes must be 1 to 32"),
        (["--processes", "33"], "--processes must be 1 to 32"),
        (["--port", "65535", "--processes", "2"], "leave room for 2 more ports"),
        (["--certificate", "a.pem"], "belong together"),
        (["--framed-by", "https://a.example; script-src *"], "--framed-by must be an origin"),
        (["--certificate", 'a";\n', "--key", "b"], "cannot be told of a path"),
        (["--server-name", "a; return 200"], "--server-name must be a host's name"),
        (["--listen", "443; return 200"], "--listen must be a port"),
        (["--listen", "0"], "--listen must be a port of 1 to 65535, or address:port, got '0'"),
        (
            ["--listen", "127.0.0.1:70000"],
            "--listen must be a port of 1 to 65535, or address:port, got '127.0.0.1:70000'",
        ),
    ],
)
def test_what_nginx_would_read_as_something_else_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture):
    assert main(["nginx", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("group", ["nogroup", "nobody"])
def test_root_is_given_up_for_nobody_in_a_group_that_is_there(group: str, monkeypatch: pytest.MonkeyPatch):
    """Debian has the group nogroup; on Fedora it does not exist, and nginx would not start."""
    monkeypatch.setattr(proxy.os, "geteuid", lambda: 0)
    monkeypatch.setattr(proxy.grp, "getgrgid", lambda of: SimpleNamespace(gr_name=group))
    assert f"\nuser nobody {group};\n" in proxy._own()


@needs_nginx
def test_a_configuration_that_is_there_is_left_and_what_keeps_another_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """On a full disk the file was emptied, the site stayed away, and nothing said what could not be written."""
    front = Front(f"127.0.0.1:{free_port()}", (8502, 8503))
    with nginx(front, tmp_path / "nginx"):
        pass

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_beside", refuse)
    before = (tmp_path / "nginx" / "site.conf").read_text()
    with nginx(front, tmp_path / "nginx"):
        pass
    with pytest.raises(
        RunError, match=r"nginx needs .*site\.conf, which cannot be written \(No space left on device\)"
    ):
        start(Front(f"127.0.0.1:{free_port()}", (8502,)), tmp_path / "nginx")
    assert (tmp_path / "nginx" / "site.conf").read_text() == before


def test_without_nginx_serve_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proxy, "found", lambda: None)
    with pytest.raises(InputError, match=r"need nginx.* apt-get install nginx-light\), or .*--behind-proxy"):
        start(Front("8501", (8502, 8503)), tmp_path / "nginx")
    assert not (tmp_path / "nginx").exists()


def test_behind_our_proxy_its_word_on_who_visits_is_believed_and_nobody_else_s():
    settings = load({"SOTA_TRUSTED_PROXIES": "10.0.0.5"})  # one that nginx trusts, not the app
    assert app_environment(settings, is_behind=True)["FORWARDED_ALLOW_IPS"] == "127.0.0.1"
