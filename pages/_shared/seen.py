"""What the visitor's controls last said, page by page: a page's own address is gone once another page is open.

Addresses only, bounded, in the session; nothing that is not in an address is kept.
"""

from collections.abc import Mapping

import streamlit as st

_KEY = "seen.addresses"
_MOST_NAMES, _LONGEST = 60, 80


def note(page: str) -> None:
    """Once a run of a page: remember its parameters in place of its earlier ones. A knob turned back is not in them."""
    found = {name: value[:_LONGEST] for name, value in list(st.query_params.items())[:_MOST_NAMES]}
    kept = {name: other for name, other in st.session_state.get(_KEY, {}).items() if name != page}
    st.session_state[_KEY] = kept | {page: found}


def seen() -> Mapping[str, str]:
    """Every parameter last seen; of two pages that share a name the one visited last counts, first of all this one."""
    merged: dict[str, str] = {}
    for found in st.session_state.get(_KEY, {}).values():
        merged |= found
    return merged | st.query_params.to_dict()
