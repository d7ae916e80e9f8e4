"""The server's own key, and texts signed with it: what a browser sends back counts only if this server has signed it.

Only signing and reading; what the texts mean is their reader's business.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from sota_core.errors import RunError
from sota_core.system.files import create_once

KEY_FILE = "server.key"
KEY_BYTES = 32


def server_key(folder: Path) -> bytes:
    """The key kept in `folder`, readable by its owner alone; made on the first call. (32,) bytes.

    Atomic: several servers that start at the same time all get the same key. Removing the file makes every text signed
    so far worthless.

    Raises
        RunError  the file holds something else.
    """
    path = folder / KEY_FILE
    if not path.exists():
        create_once(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise RunError(f"server_key: {path} must hold {KEY_BYTES} bytes, got {len(key)}; remove it to get a new one")
    return key


def sign(text: str, key: bytes, *, purpose: str) -> str:
    """`text` with its signature behind a dot. A signature for one purpose is worth nothing for another.

    >>> verified(sign("abc", b"key", purpose="owner"), b"key", purpose="owner")
    'abc'
    """
    return f"{text}.{_mac(text, key, purpose)}"


def verified(signed: str, key: bytes, *, purpose: str) -> str | None:
    """The text, if this key has signed it for this purpose; else None.

    >>> verified("abc.0123", b"key", purpose="owner") is None
    True
    """
    text, dot, mac = signed.rpartition(".")
    is_ours = hmac.compare_digest(mac.encode(), _mac(text, key, purpose).encode())
    return text if dot and is_ours else None


def _mac(text: str, key: bytes, purpose: str) -> str:
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]
