"""What a visitor's browser may ask of Streamlit 1.67 is bounded here, so that nobody takes a process from the others.

How large one message may be stands in .streamlit/config.toml (`server.maxWidgetStateSize`), uploads in uploads.py.
"""

import logging
from collections.abc import Callable

from streamlit import net_util
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from pages.shared.session.replaced import replaces

log = logging.getLogger(__name__)

# A page here has some hundred widgets, and an address of a few kilobytes (nginx takes eight).
MOST_WIDGETS = 5_000
MOST_BYTES = 256_000  # of all that is no widget's state: the address, twice, and the hashes of messages it still has


@replaces(AppSession, "_handle_clear_cache_request")
def _keep_what_all_share(by_streamlit: Callable[..., None], session: AppSession) -> None:
    """Nothing: any browser could send this, whatever its menu shows, and it empties all visitors' caches."""


@replaces(AppSession, "_handle_rerun_script_request")
def _run_if_bounded(by_streamlit: Callable[..., None], session: AppSession, asked: ClientState) -> None:
    """Leave out a request that no page of ours makes: its session would keep all of it."""
    n_widgets = len(asked.widget_states.widgets)
    n_bytes = asked.ByteSize() - asked.widget_states.ByteSize()
    if n_widgets > MOST_WIDGETS or n_bytes > MOST_BYTES:
        log.warning(
            "a request of session %s is left out: %d widgets and %d bytes besides, of %d and %d at most",
            *(session.id, n_widgets, n_bytes, MOST_WIDGETS, MOST_BYTES),
        )
        return
    by_streamlit(session, asked)


@replaces(net_util, "get_external_ip")
def _not_asked_for(by_streamlit: Callable[[], str | None]) -> None:
    """No address outside is looked up: for each foreign `Origin`, Streamlit would ask a server of Amazon's for it, and
    where there is no way out all visitors of the process wait two seconds.
    """
