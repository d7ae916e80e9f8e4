"""Saves what Streamlit 1.67 works out of the whole session's state at every rest of a knob, to answer for one value.

Each run looks at every component's state, and Streamlit makes a new class for each of them: 4 to 5 ms of CPU on a page
with thirty. Here a component that has sent nothing gets its plain state; one that has is presented as before.

Every number field, every box of choices and every slider without a value of its own makes Streamlit collect the state
of all widgets (`filtered_state`) to look up one key. `Held` looks that one up, and collects all only for who wants all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamlit.components.v2.bidi_component import main
from streamlit.runtime.state.safe_session_state import SafeSessionState

from pages.shared.session.replaced import replaces

_OWN = "$$"  # Streamlit's own entries, and widgets without a key


@replaces(SafeSessionState, "filtered_state")
class Held(Mapping[str, Any]):
    """A session's state by the keys of widgets, as `filtered_state` has it: those without a key are not in it."""

    def __init__(self, by_streamlit: Callable[[SafeSessionState], dict[str, Any]], of: SafeSessionState) -> None:
        self._collected, self._of = by_streamlit, of

    def __getitem__(self, key: str) -> Any:
        if key not in self:
            raise KeyError(key)
        return self._of[key]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and not key.startswith(_OWN) and key in self._of

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def _all(self) -> dict[str, Any]:
        return self._collected(self._of)


@replaces(main, "make_bidi_component_presenter")
def _presenter(by_streamlit: Callable[..., Any], aggregator_id: str, *more: Any) -> Any:
    fully = by_streamlit(aggregator_id, *more)

    def present(value: object, session_state: Any) -> object:
        return fully(value, session_state) if _has_sent(session_state, aggregator_id) else value

    return present


def _has_sent(session_state: Any, aggregator_id: str) -> bool:
    try:
        return bool(session_state._new_widget_state[aggregator_id])
    except KeyError:
        return False
