"""What tests of a hosted app share: a self-signed certificate, requests, and a session without a browser, whose headers
can be ones that no browser would send.
"""

import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.conftest import Server

PATIENCE_S = 60.0


def self_signed(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def get(lab: Server, address: str = "/", cookie: str = "") -> tuple[int, dict[str, list[str]], bytes]:
    request = urllib.request.Request(lab.url + address, headers={"Cookie": cookie} if cookie else {})
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, _headers(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, _headers(refused.headers), refused.read()


def _headers(found) -> dict[str, list[str]]:
    return {name.lower(): found.get_all(name) for name in found.keys()}


def started_by(process: psutil.Process, folder: Path) -> bool:
    try:
        return str(folder) in " ".join(process.cmdline())
    except psutil.Error:
        return False


class Stranger:
    """A visitor without a browser, connected until the block ends. `page` is path and query.

    Raises
        websockets.InvalidStatus  the handshake was refused.
    """

    def __init__(
        self, url: str, page: str, headers: Mapping[str, str] | None = None, origin: str | None = None
    ) -> None:
        self.url, self.page = url, urlsplit(page)
        self.widgets: dict[str, str] = {}  # a text field's or a button's label → its id
        self._opened = connect(
            f"wss{url.removeprefix('https')}/_stcore/stream",
            ssl=ssl._create_unverified_context(),
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers=headers,
            origin=None if origin is None else Origin(origin),
            max_size=None,
            open_timeout=PATIENCE_S,
        )

        self.wire = self._opened.__enter__()

    def run(self, texts: Mapping[str, str] | None = None, press: str = "") -> list[str]:
        """Run the script with these texts typed and this button pressed; returns the texts on the screen."""
        message = BackMsg()
        script = message.rerun_script
        script.page_name, script.query_string = self.page.path.strip("/"), self.page.query
        script.context_info.url = f"{self.url}/{self.page.path.strip('/')}"
        for label, text in (texts or {}).items():
            script.widget_states.widgets.add(id=self.widgets[label]).string_value = text
        if press:
            script.widget_states.widgets.add(id=self.widgets[press]).trigger_value = True
        self.wire.send(message.SerializeToString())
        said = []
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self.wire.recv(PATIENCE_S))  # type: ignore[arg-type]
            if answer.WhichOneof("type") == "script_finished":
                if answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return said
            elif answer.WhichOneof("type") == "delta" and answer.delta.WhichOneof("type") == "new_element":
                said += self._read(answer.delta.new_element)

    def _read(self, element) -> list[str]:
        kind = element.WhichOneof("type")
        if kind in ("text_input", "button"):
            of = getattr(element, kind)
            self.widgets[of.label] = of.id
            return []
        if kind == "exception":
            return [f"EXCEPTION {element.exception.type}: {element.exception.message}"]
        if kind in ("markdown", "alert", "heading"):
            return [getattr(element, kind).body]
        return []

    def enter(self, token: str) -> tuple[list[str], float]:
        """Enter the operator's token; returns the texts on the screen then, and the seconds it took."""
        self.run()
        began = time.monotonic()
        return self.run({"Operator's token": token}, "Open the controls"), time.monotonic() - began

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.__exit__(kind, error, at)
