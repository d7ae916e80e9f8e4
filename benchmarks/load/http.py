"""Plain HTTP as a browser's tab asks: it keeps the cookies it is given."""

import asyncio
import urllib.parse
from collections.abc import Iterable


class Http:
    """`base` is scheme, host and port; http only."""

    def __init__(self, base: str, cookies: dict[str, str]) -> None:
        self.base, self.cookies = base, cookies

    async def ask(self, path: str) -> None:
        """Get this and keep the cookies that come with it.

        Raises
            OSError  it is not answered, or not with 200.
        """
        head, _ = await self.fetch(path)
        if b" 200 " not in head.splitlines()[0]:
            raise OSError(f"no {path}: {head.splitlines()[0]!r}")
        lines = head.decode("latin-1").splitlines()
        self.keep(line.partition(":")[2].strip() for line in lines if line.lower().startswith("set-cookie:"))

    def keep(self, set_cookies: Iterable[str]) -> None:
        for one in set_cookies:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value

    def header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}

    async def fetch(self, path: str) -> tuple[bytes, bytes]:
        """Head and body of the answer."""
        url = urllib.parse.urlsplit(self.base)
        reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
        cookie = "".join(f"{name}: {value}\r\n" for name, value in self.header().items())
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\n{cookie}Connection: close\r\n\r\n".encode())
        await writer.drain()
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head:
            raise OSError("no answer")
        return head, body
