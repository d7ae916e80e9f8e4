"""A choice whose value stands in the address as an id, where Streamlit's own binding would put the label."""

from collections.abc import Callable, Sequence

import streamlit as st


def choice(label: str, options: Sequence[str], default: str, *, name: str, words: Callable[[str], str]) -> str:
    """A select box; `name` is the address's parameter. What the address cannot mean is the default."""
    key, asked = f"address.{name}", st.query_params.get(name)
    st.session_state[key] = asked if asked in options else default
    st.selectbox(label, options, key=key, format_func=words, on_change=_keep, args=(name, key, default))
    return st.session_state[key]


def _keep(name: str, key: str, default: str) -> None:
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
