"""What stands in the address where Streamlit's own binding cannot: ids of choices, and that an upload was there.

And what the visitor's controls last said, page by page: a page's own address is gone once another page is open.
Addresses only, bounded, in the session; nothing that is not in an address is kept.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from sota_core.data.sets.sources import address_of
from sota_core.recipes import Recipe, draft

UPLOADED = "upload"  # all that an address says of a visitor's own picture


def choice(
    label: str,
    options: Sequence[str],
    default: str,
    *,
    name: str,
    words: Callable[[str], str],
    written: Callable[[str], str] = str,
) -> str:
    """A select box; `name` is the address's parameter. What the address cannot mean is the default.

    written  how an option stands in the address; binding would write its label
    """
    key, asked = f"address.{name}", st.query_params.get(name)
    st.session_state[key] = next((option for option in options if written(option) == asked), default)
    st.selectbox(label, options, key=key, format_func=words, on_change=_keep, args=(name, key, default, written))
    return st.session_state[key]


def _keep(name: str, key: str, default: str, written: Callable[[str], str]) -> None:
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = written(value)


def recipe_query(recipe: Recipe) -> dict[str, str]:
    """The parameters that make the lab open with exactly this recipe."""
    return draft.address(recipe, address_of(recipe.source))


def page_url(page: str) -> str:
    """The whole address of the page one is on, without parameters; `page` is its name in the address.

    Streamlit tells the browser's address with the page's name at its end, but of the first page without it.
    """
    url = (st.context.url or "").rstrip("/")
    return url if url.endswith(f"/{page}") else f"{url}/{page}"


def own_picture(key: str, is_here: bool) -> None:
    """Keep in the address whether the uploader `key` holds a picture; say so where a link was made with one.

    The picture itself stays in its visitor's session: whoever opens the link sees the set's picture instead.
    """
    had = f"{key}.was_here"
    if is_here:
        st.session_state[had] = True
        if st.query_params.get(key) != UPLOADED:
            st.query_params[key] = UPLOADED
        st.markdown(":gray[:small[Your picture is not part of the link.]]")
    elif st.session_state.pop(had, False):  # it was taken away again
        st.query_params.pop(key, None)
    elif st.query_params.get(key) == UPLOADED:
        st.markdown(
            ":gray[:small[This link was made with somebody's own picture, which is not part of it: "
            "a picture of the set stands in its place.]]"
        )


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
