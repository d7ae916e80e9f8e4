"""Streamlit's own words in the visitor's language (own_words.js): it speaks English alone."""

from pages.shared.components import files
from sota_core.language import ENGLISH, N_, cached, current, tr

_component = files.component("sota_own_words", __file__)

# What Streamlit 1.67 says in the controls we use; {x} stands for a name or a number. Seen, or told to a screen reader.
SAID = (
    *(N_("Increment"), N_("Decrement"), N_("Open"), N_("Close"), N_("Clear value"), N_("Help for {x}")),
    *(N_("Main menu"), N_("Sidebar"), N_("Collapse sidebar"), N_("Expand sidebar"), N_("App pages")),
    *(N_("Skip to main content"), N_("Notifications"), N_("Fullscreen"), N_("Close fullscreen")),
    *(N_("Pagination"), N_("Previous page"), N_("Next page"), N_("Page {x}")),
    *(N_("file upload"), N_("Upload"), N_("{x}MB per file"), N_("Remove {x}")),
    *(N_("Choose an option"), N_("Choose options")),
    *(N_("Take Photo"), N_("Clear photo"), N_("This app would like to use your camera.")),
    *(N_("Learn how to allow access."), N_("Show password text"), N_("Hide password text")),
)


def say() -> None:
    """Call it once per run; in English it takes back what it has put in."""
    _component(key="own_words", data=_words())


@cached(None)
def _words() -> dict[str, str]:
    return {} if current() == ENGLISH else {said: tr(said) for said in SAID}
