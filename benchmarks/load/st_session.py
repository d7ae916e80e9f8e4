"""A Streamlit session without a browser: the browser's own protocol, for measuring a server under many visitors.

One websocket per session to /_stcore/stream, protobuf BackMsg up, ForwardMsg down (checked on Streamlit 1.67). What a
browser does by itself is done here too: it fetches each picture once, runs the timers of `run_every`, which are the
client's, and tells that the figure of a visit's first page has been painted.
"""

import asyncio
import contextlib
import re
import time
import urllib.parse
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

from benchmarks.load.asked import DONE, Run
from benchmarks.load.http import Http

PAINTED = "sota_first_visit"  # pages/shared/frame/first_visit.py, whose imports a driver does without
PAINT_S = 0.6  # from a page's arrival to its painted figure, in a browser
_BATCH = re.compile(r"batch (\d+) of")  # on a live panel


class StSession:
    """One browser tab. `page` is path and query, e.g. '/mixup?lam=0.3'.

    before  the same tab's connection until it was cut off: what the tab remembers of it goes on
    """

    def __init__(
        self, base_url: str, page: str = "/", cookies: dict[str, str] | None = None, before: "StSession | None" = None
    ) -> None:
        base, page_url = urllib.parse.urlsplit(base_url), urllib.parse.urlsplit(page)
        self.ws_url = f"{'wss' if base.scheme == 'https' else 'ws'}://{base.netloc}/_stcore/stream"
        self.page_name, self.query = page_url.path.strip("/"), page_url.query
        self.cookies = before.cookies if before else cookies or {}
        self.web = Http(f"{base.scheme}://{base.netloc}", self.cookies)
        self.cut = asyncio.Event()  # the connection has ended, from the other side
        self.steps_shown: list[tuple[float, int]] = []  # a live panel's: when it came (Unix seconds), and which batch
        self.page_hash = ""
        self.sliders: dict[str, tuple[Any, str]] = {}  # id → protobuf, fragment
        self.state: dict[str, list[float]] = {}  # a slider's values, sent in full each time
        self.cache: dict[str, ForwardMsg] = {}
        self.media: list[str] = []
        self.seen_media: set[str] = set()
        self.runs: list[Run] = []
        self._ws: Any = None
        self._current: Run | None = None
        self._finished = asyncio.Event()
        self.paint_s: float | None = PAINT_S  # None: a tab that nobody looks at paints nothing
        self._painting: asyncio.Task | None = None
        self._parts: list[str] = []  # ids of the fragments that the server draws, or drew last; none for a whole page
        self._teller = ""  # the fragment that tells that the figure is painted
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}
        self._reader: asyncio.Task | None = None
        self.id, self.drew_part = "", False  # Streamlit's name of the session; was a fragment drawn last?
        self.asks_again = True  # for the page, once reconnected? A browser at rest after a whole page does not
        if before is not None:
            self.id, self.cache = before.id, before.cache

    async def open(self, timeout: float = 60) -> Run:
        await self.connect(timeout)
        return await self.rerun("open", timeout=timeout)

    async def connect(self, timeout: float = 60) -> None:
        # no Origin header: the server checks origins of browsers only
        self._ws = await websockets.connect(
            self.ws_url,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN", *([self.id] if self.id else [])],  # type: ignore[list-item]
            max_size=None,
            open_timeout=timeout,
            additional_headers=self.web.header(),
        )
        self.web.keep(self._ws.response.headers.get_all("Set-Cookie"))
        self._reader = asyncio.create_task(self._read())

    def stand_as(self, before: "StSession") -> None:
        """Show what the tab showed when it was cut off, and ask for nothing."""
        self.page_hash, self.sliders, self.state = before.page_hash, before.sliders, before.state
        self.drew_part = before.drew_part

    async def be_seated(self) -> None:
        """Ask for the page, as a browser does first: a proxy may give a cookie with it, by which it knows us again.

        Raises
            OSError  it does not answer, or not with the page.
        """
        await self.web.ask(f"/{self.page_name}")

    async def ping(self) -> None:
        """What a browser asks for before it opens another websocket, both at once.

        Raises
            OSError  one of them is not answered.
        """
        await asyncio.gather(self.web.ask("/_stcore/health"), self.web.ask("/_stcore/host-config"))

    async def is_cut_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.cut.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def address_with(self, label: str) -> str:
        """The page's address as a browser has it by now: its bound slider stands where it was left."""
        if not label:
            return f"/{self.page_name}?{self.query}"
        slider = self._slider(label)
        value = self.value_of(label)
        return f"/{self.page_name}?{urllib.parse.urlencode({slider.query_param_key: value})}"

    def value_of(self, label: str) -> str:
        """Where the slider of this label stands, as its address says it."""
        slider = self._slider(label)
        (value,) = self.state[slider.id]
        if slider.type == Slider.SELECT_SLIDER:
            return slider.options[int(value)]
        return f"{value:.10g}"

    def _slider(self, label: str) -> Any:
        return next(slider for slider, _ in self.sliders.values() if label in slider.label)

    async def close(self) -> None:
        self._stop_timers()
        for task in filter(None, (self._reader, self._painting)):
            task.cancel()
        if self._ws:
            await self._ws.close()

    async def set_slider(self, label: str, value: float, timeout: float = 60) -> Run:
        """Release the slider of this label, or of this part of its id, at `value`."""
        for id_, (slider, fragment) in self.sliders.items():
            if slider.label == label or label in id_:
                self.state[id_] = [float(value)]
                return await self.rerun("slider", fragment, timeout=timeout)
        raise KeyError(f"no slider {label!r}; the page has {[s.label for s, _ in self.sliders.values()]}")

    async def rerun(self, kind: str, fragment: str = "", auto: bool = False, timeout: float = 60) -> Run:
        """Ask for a run of the script, or of one fragment, and wait for its end."""
        self._finished.clear()
        self.media = []
        run = self._current = Run(kind, time.perf_counter())
        try:
            await self._ws.send(self._request(fragment, auto).SerializeToString())
            await asyncio.wait_for(self._finished.wait(), timeout)
            await asyncio.gather(*(self._get(path) for path in self.media if path not in self.seen_media))
        except TimeoutError:
            run.status = "timeout"
        except (websockets.ConnectionClosed, OSError) as closed:
            run.status, run.is_cut = "failed", True
            run.errors.append(f"closed: {closed}")
        run.finished = time.perf_counter()
        self.runs.append(run)
        self._current = None
        return run

    def _request(self, fragment: str, auto: bool) -> BackMsg:
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.page_script_hash = self.query, self.page_hash
        script.page_name = "" if self.page_hash else self.page_name
        script.fragment_id, script.is_auto_rerun = fragment, auto
        script.cached_message_hashes.extend(self.cache)
        script.context_info.timezone, script.context_info.locale = "UTC", "en-US"
        script.context_info.url = f"{self.web.base}/{self.page_name}"
        script.context_info.color_scheme = "light"
        for id_, values in self.state.items():
            widget = script.widget_states.widgets.add(id=id_)
            if self.sliders[id_][0].type == Slider.SELECT_SLIDER:  # its values are its options' words
                widget.string_array_value.data.extend(self.sliders[id_][0].options[int(i)] for i in values)
            else:
                widget.double_array_value.data.extend(values)
        return message

    async def _get(self, path: str) -> None:
        """Fetch a picture. Once is enough: another picture has another address."""
        self.seen_media.add(path)
        head, _ = await self.web.fetch(path)
        if b" 200 " not in head[:20] and self._current and not self.cut.is_set():
            self._current.errors.append(f"{path}: {head[:40]!r}")

    async def _read(self) -> None:
        try:
            async for raw in self._ws:
                message = ForwardMsg()
                message.ParseFromString(raw)
                if message.WhichOneof("type") == "ref_hash":  # we have it already, the server says
                    kept = self.cache.get(message.ref_hash)
                    if kept is None:
                        continue
                    metadata, message = message.metadata, ForwardMsg()
                    message.CopyFrom(kept)
                    message.metadata.CopyFrom(metadata)
                elif message.metadata.cacheable:
                    self.cache[message.hash] = message
                self._handle(message)
        except websockets.ConnectionClosed as closed:
            self._end_cut(f"closed: {closed}")
        except Exception as bad:  # another Streamlit, another protocol: say so, do not hang
            self._fail(f"not understood: {bad!r}")
        else:
            self._end_cut("closed in order")

    def _end_cut(self, why: str) -> None:
        self.asks_again = self.drew_part or self._current is not None or bool(self._timers)
        self._stop_timers()
        self.cut.set()
        if self._current:
            self._current.is_cut = True
        self._fail(why)

    def _fail(self, why: str) -> None:
        if self._current:
            self._current.errors.append(why)
        self._finish("failed")

    def _finish(self, status: str) -> None:
        if self._current:
            self._current.status = status
        self._finished.set()

    def _handle(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if self._current:
            self._current.n_messages += 1
            self._current.n_scripts += kind == "new_session"
        if kind == "new_session":
            self.page_hash, self.id = message.new_session.page_script_hash, message.new_session.initialize.session_id
            self._parts = list(message.metadata.run.fragment_ids)
            self.drew_part = bool(self._parts)
            if not self._parts:  # a whole run ends the timers of its fragments
                self._stop_timers()
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash or self.page_hash
        elif kind == "delta":
            self._element(message)
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._stop_timers(fragment)
        elif kind == "script_finished":
            status = DONE.get(message.script_finished, "?")
            if status != "early" and self._parts != [self._teller]:
                # early: superseded by a newer request, whose end will come; the teller's: nobody waits for it
                self._finish(status)

    def _element(self, message: ForwardMsg) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "slider":
            slider = element.slider
            self.sliders[slider.id] = (slider, delta.fragment_id)
            given = list(slider.value) or [float(list(slider.options).index(word)) for word in slider.raw_value]
            self.state.setdefault(slider.id, given if slider.set_value else list(slider.default))
        elif kind == "progress" and (found := _BATCH.search(element.progress.text)):
            self.steps_shown.append((time.time(), int(found[1])))
        elif kind == "imgs":
            self.media += [image.url for image in element.imgs.imgs if image.url.startswith("/media/")]
        elif kind == "bidi_component" and element.bidi_component.component_name == PAINTED and not self._teller:
            self._teller = delta.fragment_id  # its answer brings it again
            if self.paint_s is not None:
                self._painting = asyncio.create_task(self._paint(self.paint_s))
        elif kind == "exception" and self._current:
            self._current.errors.append(f"{element.exception.type}: {element.exception.message[:200]}")

    async def _paint(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with contextlib.suppress(websockets.ConnectionClosed):
            await self._ws.send(self._request(self._teller, auto=False).SerializeToString())

    def _start_timer(self, fragment: str, interval: float) -> None:
        if self._timers.get(fragment, (None,))[0] != interval:
            self._stop_timers(fragment)
            self._timers[fragment] = (interval, asyncio.create_task(self._tick(fragment, interval)))

    def _stop_timers(self, fragment: str | None = None) -> None:
        for which in [fragment] if fragment is not None else list(self._timers):
            if which in self._timers:
                self._timers.pop(which)[1].cancel()

    async def _tick(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            if self._current is None:  # a browser would queue it; one that waits already is enough
                await self.rerun("auto", fragment, auto=True)
