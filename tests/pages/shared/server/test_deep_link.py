"""The page that a server sends says where that server is, before Streamlit's scripts look for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from streamlit import file_util
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from pages.shared.frame import frame
from pages.shared.server import deep_link

ROOT = Path(file_util.get_static_dir())
INDEX = (ROOT / "index.html").read_text(encoding="utf-8")


def answer(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body with which Streamlit's file handler answers a request for `path`."""
    said: list[dict] = []

    async def send(message: dict) -> None:
        said.append(message)

    async def receive() -> dict:
        await asyncio.sleep(10)  # the client stays connected
        return {"type": "http.disconnect"}

    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": sent}
    handler = create_streamlit_static_handler(str(ROOT), None)
    with ThreadPoolExecutor(1) as thread:  # a browser's driver may have a loop in this one
        thread.submit(lambda: asyncio.run(handler(scope, receive, send))).result()  # type: ignore[arg-type]
    start, *rest = said
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(part.get("body", b"") for part in rest)


@pytest.mark.parametrize("path", ["/train", "/nowhere"])
def test_the_page_holds_it_before_all_scripts_and_is_asked_for_each_time(path: str) -> None:
    assert frame.deep_link is deep_link
    status, headers, body = answer(path)
    html = body.decode()
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-cache" and int(headers["content-length"]) == len(body)
    assert html.index(deep_link.SAID) < html.index("<script type=") and html.count("BACKEND_BASE_URL") == 1
    assert html.replace(f"\n{deep_link.SAID}", "") == INDEX, "nothing else may be changed"


def test_the_home_page_is_as_streamlit_has_it() -> None:
    status, headers, body = answer("/")
    assert status == 200 and body.decode() == INDEX
    assert answer("/", if_none_match=headers["etag"])[0] == 304


def test_every_other_file_is_as_streamlit_has_it() -> None:
    script = next((ROOT / "static" / "js").glob("index.*.js"))
    status, headers, body = answer(f"/static/js/{script.name}")
    assert status == 200 and body == script.read_bytes() and "immutable" in headers["cache-control"]
    status, headers, body = answer(f"/static/js/{script.name}", range="bytes=1-4")
    assert status == 206 and body == script.read_bytes()[1:5]
    with pytest.raises(HTTPException, match="404"):
        answer("/train/_stcore/health")
