"""Who owns a run: the signed-in user where sign-in is configured, else the browser; and what others see."""

import hashlib
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.people.owner import named
from pages.shared.people.signed_in import user_of
from sota_core.people import nameplates
from sota_core.recipes import Recipe
from sota_core.runs.ladders import climber
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from tests.pages.conftest import ROOT, texts, turn
from tests.pages.parts.compare.test_ladder import TINY

ADA = {"iss": "https://id.example", "sub": "17", "name": "Ada L.", "email": "ada@example.org"}
ONE = {"client_id": "x", "client_secret": "y", "server_metadata_url": "https://id.example/"}
SHARED = {"redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "c" * 32}


def visit_as(user: dict | None, auth: dict | None, **address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    if auth is not None:
        app.secrets["auth"] = auth
    if user is not None:
        app.user.update(user, is_logged_in=True)
    app.run()
    turn(app, "train")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button if "Sign" in button.label]


def test_an_owner_is_a_hash_of_issuer_and_subject_and_never_the_address() -> None:
    ada = user_of(ADA)
    assert ada is not None and ada.name == "Ada L."
    assert ada.owner == "user-" + hashlib.sha256(b"https://id.example\x0017").hexdigest()[:20]
    assert user_of({**ADA, "email": "new@example.org", "name": "A."}).owner == ada.owner  # type: ignore[union-attr]
    others = ({**ADA, "iss": "https://other.example"}, {**ADA, "sub": "18"}, {"email": "ada@example.org"})
    assert len({ada.owner, *(user_of(o).owner for o in others)}) == 4  # type: ignore[union-attr]
    assert user_of({"name": "nobody in particular"}) is None


def test_without_configuration_there_is_nothing_to_sign_in_with(home) -> None:
    assert buttons(visit_as(None, None)) == []


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (SHARED | ONE, ["Sign in"]),
        (SHARED | {"google": ONE, "school": ONE}, ["Sign in with google", "Sign in with school"]),
        (SHARED, []),
    ],
    ids=["one", "several", "none complete"],
)
def test_each_configured_provider_has_a_button(auth: dict, expected: list[str], home) -> None:
    assert buttons(visit_as(None, auth)) == expected


def test_whoever_says_to_be_signed_in_where_nothing_is_configured_is_a_visitor(store: Store) -> None:
    app = visit_as(ADA, None)
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs()
    assert run.owner.startswith("web-")


def test_a_signed_in_users_runs_are_theirs_in_every_browser(store: Store, home) -> None:
    app = visit_as(ADA, SHARED | ONE)
    assert buttons(app) == ["Sign out"]
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs()
    ada = user_of(ADA)
    assert ada is not None and run.owner == ada.owner
    assert nameplates.read(home, ada.owner) == "Ada L."
    assert not visit_as(ADA, SHARED | ONE, run=run.id).button(key="stop").disabled
    assert visit_as({**ADA, "sub": "18"}, SHARED | ONE, run=run.id).button(key="stop").disabled
    assert visit_as(None, SHARED | ONE, run=run.id).button(key="stop").disabled


def test_names_are_kept_for_users_alone_and_never_outside_their_folder(tmp_path) -> None:
    home = tmp_path / "of-names"
    home.mkdir()
    for owner in ("cli", "web-" + "0" * 20, "user-../../x", "user-" + "0" * 19 + "/"):
        nameplates.keep(home, owner, "name")
        assert nameplates.read(home, owner) == ""
    assert list(home.iterdir()) == []
    ada = "user-" + "a" * 20
    nameplates.keep(home, ada, "Ada")
    nameplates.keep(home, ada, "Ada L.")
    nameplates.keep(home, ada, "")
    assert nameplates.read(home, ada) == "Ada L." and len(list((home / "names").iterdir())) == 1


def test_a_run_of_a_visitor_is_not_another_visitors(store: Store, tiny: Recipe) -> None:
    first, second = visit_as(None, None), visit_as(None, None)
    first.button(key="lab.start").click().run()
    (run,) = store.history.list_runs()
    second.query_params["run"] = run.id
    assert second.run().button(key="stop").disabled and not first.run().button(key="stop").disabled


def test_a_ladder_s_runs_are_the_visitor_s_who_climbs_it(store: Store, visit: Callable[..., AppTest]) -> None:
    app = visit("compare", **TINY)
    app.button(key="ladder.start").click().run()
    run = store.history.list_runs()[0]
    app.query_params.clear()
    turn(app, "train").run()
    assert "you :gray[" in texts(app) and texts(app).count("visitor ") == 0  # under My runs
    assert "you :gray[" not in texts(visit("train", runs="all")) and "visitor " in texts(visit("train", runs="all"))
    app.query_params["run"] = run.id
    assert not app.run().button(key="stop").disabled
    app.button(key="stop").click().run()
    assert store.history.get(run.id).state is State.CANCELLED and not app.exception
    assert visit("train", run=store.history.list_runs()[1].id).button(key="stop").disabled
    app.query_params.clear()
    turn(app, "compare").run()
    assert app.button(key="compare.quick.Your latest")  # KeyError without runs of one's own


def test_a_ladder_of_the_command_line_is_the_command_line_s() -> None:
    assert named(climber("cli")) == named("cli") == "command line"
