"""A page that is opened by its own address finds its server at once.

Streamlit 1.67's scripts look for it below that address first, at `/train/_stcore/health`, are refused, and wait 0.1 s
before they look where its own files came from. Here the page that the server sends tells them: each page of this app
stands directly below its root, wherever a proxy has put that. The home page does not need it and stays as it is.
"""

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse
from starlette.types import Receive, Scope, Send
from streamlit import file_util

from pages.shared.components import files
from pages.shared.session.replaced import replaces

SAID = files.element(__file__, {})
_INDEX = Path(file_util.get_static_dir()) / "index.html"


@replaces(FileResponse, "__call__")
async def _call(
    by_starlette: Callable[..., Awaitable[None]], response: FileResponse, scope: Scope, receive: Receive, send: Send
) -> None:
    stands_for_no_file = response.stat_result is None  # only the home page was looked up as a file
    if stands_for_no_file and Path(response.path) == _INDEX:
        cached = response.headers.get("cache-control", "no-cache")
        await HTMLResponse(_index(), headers={"cache-control": cached})(scope, receive, send)
    else:
        await by_starlette(response, scope, receive, send)


@functools.cache
def _index() -> str:
    """Streamlit's page, with our script first in its head."""
    return _INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>\n{SAID}", 1)
