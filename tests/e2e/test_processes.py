"""Two web processes on one home, behind the nginx that `serve` runs, with TLS: to a visitor they are one app."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from websockets.exceptions import InvalidStatus

from benchmarks import site as sites
from benchmarks.browser.first_visit import FIGURES
from benchmarks.load.knob import KNOBS, somewhere
from benchmarks.load.st_session import Run, StSession
from pages.shared.session import site
from sota_core import paths
from sota_core import settings as environment
from sota_core.cli.hosting import proxy
from sota_core.people.rooms import new_room_code
from sota_core.recipes import PRESETS
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.states import State
from tests.e2e.conftest import PATIENCE_MS, Server, alone, leave, settled
from tests.e2e.guess import seal
from tests.e2e.hosted import Stranger, get, self_signed, started_by
from tests.e2e.own_picture import take_own_picture
from tests.runs.told import begin, finish, let_none_wait

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)"),
]


TOKEN = "chalk and sponge"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`serve --processes 2` over https. The test holds the dispatcher's lock: only the test moves runs."""
    folder = tmp_path_factory.mktemp("lab")
    homes = {"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data"), "SOTA_OPERATOR_TOKEN": TOKEN}
    settings = environment.load({**os.environ, **homes})
    settings.home.mkdir()
    held = take_file(settings)
    cert, key = self_signed(folder)
    port = sites.free_ports(4)
    command = [sys.executable, "-m", "sota_core", "serve", "--processes", "2", "--port", str(port)]
    command += ["--address", "127.0.0.1"]
    with (folder / "log").open("wb") as out:
        process = subprocess.Popen(
            [*command, "--certificate", str(cert), "--key", str(key)],
            env=os.environ | homes, cwd=paths.ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    server = Server(f"https://localhost:{port}", process.pid, settings, folder / "log")
    try:
        deadline = time.monotonic() + 300
        while len({seat_of(server) for _ in range(4)} - {None}) < 2:  # both answer
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(30)
        sites.end_runs(settings)
        if held is not None:
            os.close(held)
    assert not [one for one in psutil.process_iter(["name"]) if one.info["name"] == "nginx" and started_by(one, folder)]


def seat_of(lab: Server, cookie: str = "") -> str | None:
    """The seat (number of a web process) that a request with this cookie is given in its answer, or None."""
    try:
        status, headers, _ = get(lab, "/", cookie)
    except OSError:
        return None
    given = [found[1] for one in headers.get("set-cookie", []) if (found := re.match(r"sota_seat=(\d*)", one))]
    return given[0] if status == 200 and given else None


@pytest.fixture(scope="module")
def two_tabs(browser: Browser, browser_context_args: dict) -> Iterator[list[Page]]:
    """Tabs of two browsers, which accept the self-signed certificate."""
    tabs = [browser.new_context(**browser_context_args, ignore_https_errors=True).new_page() for _ in range(2)]
    expect.set_options(timeout=PATIENCE_MS)
    for tab in tabs:
        tab.set_default_timeout(PATIENCE_MS)
    yield tabs
    for tab in tabs:
        tab.context.close()


@pytest.fixture
def visitor(lab: Server, two_tabs: list[Page], browser_context_args: dict) -> Iterator[Callable[[int], Page]]:
    """visitor(seat): a new visitor with a browser of their own whose cookie names this process; at most two."""
    free = list(two_tabs)

    def visitor(seat: int) -> Page:
        tab = free.pop()
        take_seat(tab.context, lab, seat)
        return tab

    yield visitor
    for tab in two_tabs:
        leave(tab, browser_context_args)


def take_seat(context: BrowserContext, lab: Server, seat: int) -> None:
    context.add_cookies([{"name": "sota_seat", "value": str(seat), "url": lab.url}])


def seat_in(page: Page) -> str:
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sota_seat")


def test_first_visits_are_dealt_out_and_everybody_stays_where_they_are(lab: Server) -> None:
    assert {seat_of(lab) for _ in range(4)} == {"1", "2"}
    for seat in ("1", "2"):
        # no new seat: the named process answered
        assert [seat_of(lab, f"sota_seat={seat}") for _ in range(4)] == [None] * 4
    for forged in ("3", "../..", "sota_any", "%0d%0a"):
        assert seat_of(lab, f"sota_seat={forged}") in ("1", "2")
    cookie = get(lab)[1]["set-cookie"]
    assert any("HttpOnly; SameSite=Lax; Secure" in one for one in cookie if one.startswith("sota_seat"))


def test_no_visitor_reads_the_server_s_own_figures(lab: Server) -> None:
    assert get(lab, "/_stcore/metrics")[0] == 404 and get(lab, "/_stcore/health")[0] == 200
    status, _, said = get(lab, "/ready")
    assert status == 200 and b'"dispatcher": {"ready": true' in said
    ready = [sys.executable, "-m", "sota_core", "ready", "--url", lab.url]  # the command of a container's health check
    home = {"SOTA_HOME": str(lab.settings.home)}
    told = subprocess.run(ready, cwd=paths.ROOT, env=os.environ | home, capture_output=True, text=True)
    assert told.returncode == 0 and "ready      web: answers" in told.stdout
    nobody = f"http://127.0.0.1:{sites.free_port()}"
    assert subprocess.run([*ready[:-1], nobody], cwd=paths.ROOT, env=os.environ | home).returncode == 1


def test_an_upload_reaches_its_session_in_either_process(lab: Server, visitor: Callable[[int], Page]) -> None:
    for seat in (1, 2):
        page = settled(visitor(seat), f"{lab.url}/mixup")
        take_own_picture(page, page)
        assert seat_in(page) == str(seat)


def test_a_run_its_owner_and_its_room_are_the_same_in_both(lab: Server, visitor: Callable[[int], Page]) -> None:
    """A run started on one process is the visitor's own on the other; a guess made on one is hidden on the other, and
    shown in both at the end.
    """
    store, one, two = lab.store(), visitor(1), visitor(2)
    let_none_wait(store)
    code = new_room_code()
    settled(one, f"{lab.url}/train?room={code}")
    one.get_by_role("button", name="Start", exact=False).first.click()
    one.wait_for_url("**run=*")
    (run,) = store.history.list_runs(room=code)
    assert run.owner.startswith("web-")

    settled(two, f"{lab.url}/room?room={code}")
    seal(two, run.id)

    take_seat(one.context, lab, 2)  # the same browser on the other process
    settled(one, f"{lab.url}/train?run={run.id}&room={code}")
    expect(one.locator(".st-key-stop button").first).to_be_enabled()
    assert seat_in(one) == "2" and "61.5" not in one.locator("body").inner_text()

    take_seat(one.context, lab, 1)
    settled(one, f"{lab.url}/room?room={code}")
    assert begin(store).id == run.id
    finish(store, run.id, 0.60)
    for page in (one, two):  # both change by themselves
        expect(page.get_by_text("Closest:")).to_contain_text("1.5 points off")
        expect(page.locator("table")).to_contain_text("60.0\u00a0%")


def test_a_process_that_is_killed_is_followed_at_once_and_its_visitors_go_on_by_themselves(
    lab: Server, visitor: Callable[[int], Page]
) -> None:
    """Three are killed one after the other, faster than a new process could import its pages."""
    store = lab.store()
    let_none_wait(store)
    run = store.queue.submit(PRESETS["normalize"].replace(source="sample"), owner="ann")
    assert begin(store).id == run.id
    page = settled(visitor(1), f"{lab.url}/mixup?lam=0.3")
    watching = settled(visitor(1), f"{lab.url}/train?run={run.id}")
    expect(watching.get_by_text("Training").first).to_be_visible()
    for seat in (1, 2, 1):
        killed = web_process(lab, seat)
        assert killed is not None and psutil.Process(killed).ppid() != lab.pid  # forked: it is warm
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda seat=seat, killed=killed: web_process(lab, seat) not in (None, killed))
    for one in (page, watching):
        one.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]")
        one.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    assert "lam=0.3" in page.url
    assert [seat_of(lab, f"sota_seat={seat}") for seat in (1, 2)] == [None, None]  # both processes answer
    finish(store, run.id, 0.71)
    expect(watching.get_by_text("71.0\u00a0%").first).to_be_visible()  # the panel still updates
    assert store.history.get(run.id).state is State.FINISHED


def test_a_knob_let_go_in_a_tab_that_was_at_rest_when_its_process_ended_is_answered_by_the_next(lab: Server) -> None:
    """Such a tab asks a new session, which has drawn nothing, for a fragment of its page. Without nginx: a seat is a
    port.
    """
    first, second = (f"http://127.0.0.1:{int(lab.url.rpartition(':')[2]) + seat}" for seat in (1, 2))

    async def tried() -> tuple[Run, StSession]:
        tab = StSession(first, "/mixup")
        await tab.open()
        again = StSession(second, "/mixup", before=tab)
        await again.connect()
        again.stand_as(tab)
        name, value = somewhere(again, KNOBS["/mixup"], random.Random(1))
        let_go = await again.set_slider(name, value)
        for one in (tab, again):
            await one.close()
        return let_go, again

    let_go, again = alone(tried)
    assert let_go.is_good, let_go
    assert not again.drew_part and again.id  # it drew the whole page


def web_process(lab: Server, seat: int) -> int | None:
    port = int(lab.url.rpartition(":")[2]) + seat
    return sites.listening([port], under=lab.pid).get(port)


def wait_until(is_so: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.2)


def test_who_guesses_the_token_waits_whatever_address_they_claim_and_whichever_process_they_ask(lab: Server) -> None:
    claims = [{"X-Forwarded-For": f"203.0.113.{i}", "Cookie": f"sota_seat={1 + i % 2}"} for i in range(3)]
    with ExitStack() as open_, ThreadPoolExecutor(3) as pool:
        guessers = [open_.enter_context(Stranger(lab.url, "/operator", claim)) for claim in claims]
        answers = list(pool.map(lambda one: one.enter("a guess"), guessers))
    assert all("That is not the token this server was started with." in said for said, _ in answers)
    # three in one lane; in a lane of its own each would wait 0.5 s
    assert max(seconds for _, seconds in answers) >= 2.0
    (lane,) = json.loads((lab.settings.home / "tries.json").read_text())["lanes"].values()
    assert lane["wrong"] == 3
    with Stranger(lab.url, "/operator", claims[0]) as teacher:
        assert "Web processes" in teacher.enter(TOKEN)[0]


@pytest.mark.parametrize(
    "cookie", ["sota_lab=../../x", "sota_lab=" + "7" * 3000, "sota_lab=a.b.c; sota_seat=%00", "=;;="]
)
def test_a_forged_cookie_is_none(lab: Server, cookie: str) -> None:
    with Stranger(lab.url, "/train", {"Cookie": cookie}) as stranger:
        said = stranger.run()
    assert "Train" in said and not [text for text in said if text.startswith("EXCEPTION")]


def test_another_site_s_page_may_not_speak_with_the_app(lab: Server) -> None:
    with Stranger(lab.url, "/mixup", origin=lab.url) as own:
        assert own.run()
    for origin in ("https://evil.example", "null", lab.url.replace("localhost", "localhost.evil.example")):
        with pytest.raises(InvalidStatus, match="403"):
            Stranger(lab.url, "/mixup", origin=origin)


def test_every_page_works_under_the_headers_and_says_them(lab: Server, visitor: Callable[[int], Page]) -> None:
    for entry in site.PAGES:
        status, headers, _ = get(lab, f"/{site.path(entry.address)}", "sota_seat=2")
        assert status == 200 and "frame-ancestors 'self'" in headers["content-security-policy"][0]
        assert headers["x-content-type-options"] == ["nosniff"] and headers["referrer-policy"] == ["same-origin"]
        assert "max-age" in headers["strict-transport-security"][0] and headers["server"] == ["nginx"]
    page, found = visitor(2), []
    page.on("console", lambda said: found.append(said.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    settled(page, lab.url)
    for entry in reversed(site.PAGES):  # the policy is the document's, for every page shown in it
        address = site.path(entry.address)
        page.locator(f"[data-testid=stSidebarNav] a[href$='/{address}']").first.click()
        page.locator(FIGURES[address]).first.wait_for()
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    refused = [text for text in found if "Content Security Policy" in text or "Refused" in text or "violat" in text]
    assert refused == []
