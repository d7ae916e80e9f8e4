"""What Streamlit makes of a component's state each time somebody asks for the state of a session.

Every number field and every box of choices asks for all of it (`filtered_state`), and Streamlit 1.67 then makes a new
class for each component of the page: 4 to 5 ms of CPU a knob let go, on a page with thirty of them. A component that
has sent nothing is given its plain state instead; one that has is presented by Streamlit as before.
"""

from typing import Any

from streamlit.components.v2.bidi_component import main

_by_streamlit = main.make_bidi_component_presenter


def present_plainly() -> None:
    """From now on, for every component of this process."""
    main.make_bidi_component_presenter = _presenter


def _presenter(aggregator_id: str, *more: Any) -> Any:
    fully = _by_streamlit(aggregator_id, *more)

    def present(value: object, session_state: Any) -> object:
        return fully(value, session_state) if _has_sent(session_state, aggregator_id) else value

    return present


def _has_sent(session_state: Any, aggregator_id: str) -> bool:
    try:
        return bool(session_state._new_widget_state[aggregator_id])
    except KeyError:
        return False
