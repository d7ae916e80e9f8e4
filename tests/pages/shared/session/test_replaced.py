"""What the app replaces of Streamlit: all of it, in order, and once however often it is put in force."""

from types import ModuleType, SimpleNamespace

import pytest

from pages.shared.frame import frame
from pages.shared.session import replaced

LOOK_AT_THESE_AFTER_AN_UPGRADE = {
    "bounds": [
        "AppSession._handle_clear_cache_request",
        "AppSession._handle_rerun_script_request",
        "net_util.get_external_ip",
    ],
    "theme": ["app_session._populate_theme_msg"],
    "state": ["SafeSessionState.filtered_state", "main.make_bidi_component_presenter"],
    "whole": [
        "SafeSessionState.on_script_will_rerun",
        "ScriptRequests.on_scriptrunner_yield",
        "execution_control._force_yield_point",
    ],
    "come_back": ["AppSession.request_rerun", "AppSession.register_file_watchers"],
    "page_press": ["ScriptRequests.request_rerun", "AppSession.request_rerun"],
    "unheard": [
        "QueryParams._send_query_param_msg",
        "QueryParams.populate_from_query_string",
        "AppSession.request_rerun",
    ],
    "page_end": ["AppSession._create_scriptrunner", "AppSession._handle_scriptrunner_event_on_event_loop"],
    "deep_link": ["FileResponse.__call__"],
    "uploads": [
        "MemoryUploadedFileManager.get_upload_urls",
        "MemoryUploadedFileManager.add_file",
        "MemoryUploadedFileManager.remove_file",
        "MemoryUploadedFileManager.remove_session_files",
        "AppSession._handle_file_urls_request",
        "Route.handle",
        "WebsocketSessionManager.disconnect_session",
    ],
    "in_frame": ["starlette_routes._set_unquoted_cookie"],
}


def last(name: str) -> str:
    return name.rpartition(".")[2]


def test_the_app_replaces_this_of_streamlit_and_all_of_it_is_in_force() -> None:
    found: dict[str, list[str]] = {}
    for one in replaced.ALL:
        found.setdefault(last(one.ours.__module__), []).append(f"{last(one.owner.__name__)}.{one.name}")
    assert found == LOOK_AT_THESE_AFTER_AN_UPGRADE
    assert all(one.is_in_force and hasattr(frame, last(one.ours.__module__)) for one in replaced.ALL)


class Owner:
    def said(self, word: str) -> str:
        return word

    @property
    def whole(self) -> str:
        return "whole"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> list[ModuleType]:
    """Two modules that replace the same method, the first a property as well."""
    monkeypatch.setattr(replaced, "ALL", [])
    for name, value in [(name, value) for name, value in vars(Owner).items() if name in ("said", "whole")]:
        monkeypatch.setattr(Owner, name, value)  # as it is after the test

    def marks(mark: str, module: str):
        def ours(before, owner: Owner, *words: str) -> str:
            return f"{mark}({before(owner, *words)})"

        ours.__module__ = module
        return ours

    replaced.replaces(Owner, "said")(marks("b", "second"))
    replaced.replaces(Owner, "said")(marks("a", "first"))
    replaced.replaces(Owner, "whole")(marks("a", "first"))
    return [SimpleNamespace(__name__="first"), SimpleNamespace(__name__="second")]  # type: ignore[list-item]


def test_each_is_handed_what_stood_there_in_the_order_in_which_modules_are_named(modules: list[ModuleType]) -> None:
    assert (Owner().said("x"), Owner().whole) == ("x", "whole"), "a mark alone changes nothing"
    replaced.apply(*modules)
    assert (Owner().said("x"), Owner().whole) == ("b(a(x))", "a(whole)")


def test_a_second_time_changes_nothing(modules: list[ModuleType]) -> None:
    replaced.apply(*modules)
    once = dict(vars(Owner))
    replaced.apply(*modules)
    replaced.apply(modules[0])
    assert dict(vars(Owner)) == once and Owner().said("x") == "b(a(x))"


def test_what_streamlit_no_longer_has_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttributeError, match="_gone"):
        replaced.Replacement(Owner, "_gone", lambda before: None).apply()
