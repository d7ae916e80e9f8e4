"""How scripts of ours leave a cookie, in a frame of another site too: keep_cookie.js goes before their own."""

from pages.shared.components import files

KEEP = files.script(__file__)
