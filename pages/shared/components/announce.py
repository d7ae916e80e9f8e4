"""A live region: words that a screen reader says when they change by themselves (announce.js); nothing is seen."""

from pages.shared.components import files

_component = files.component("sota_announce", __file__)


def announce(words: str, *, of: str, key: str) -> None:
    """Draw it in every run. `of`: what it is about; the first words of that are not said."""
    _component(key=f"unseen.{key}", data={"of": of, "words": words})
