"""The links in docs/teaching.md: each opens, and every control it names is set as the link says."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core import paths
from tests.pages import live
from tests.pages.conftest import home, store, texts, visit  # noqa: F401  fixtures

TEXT = (paths.ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\((http://localhost:8501/[^)]*)\)", TEXT)))
WORDS = {"÷ 255 forgotten": "raw"}  # a bound choice's text in the address → the control's value
SAID = {"recording": "Everything together", "q": "Question {}", "speed": "", "lam": "", "runs": ""}
BARE = {site.HOME, "data", "questionnaire", "room"}  # links without parameters: the class makes the content


def standing(app: AppTest) -> dict[str, str]:
    """The value, as text, of every control that an address can set, by its parameter's name."""
    found = {}
    for element in app:
        parameter = getattr(element.proto, "query_param_key", "") if hasattr(element, "proto") else ""
        if parameter and hasattr(element, "value"):
            found[parameter] = str(element.value)
    keys = {"recipe": "lab.recipe", "source": "lab.source", "fit": "lab.fit", "seed": "knob.seed", "x": "compare.x"}
    keys |= {
        name: name for name in ("normalization.stats", "normalization.wrong")
    }  # choices of ids, which are not bound
    for parameter, key in keys.items():
        if key in app.session_state:
            found[parameter] = str(app.session_state[key])
    return found


@pytest.mark.long
@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.removeprefix("http://localhost:8501/"))
def test_a_lesson_s_link_opens_and_sets_what_it_says(link: str, visit: Callable[..., AppTest]) -> None:  # noqa: F811
    parts = urlsplit(link)
    page, asked = parts.path.strip("/") or site.HOME, dict(parse_qsl(parts.query))
    assert asked or page in BARE
    app = visit(page, **asked)
    assert not app.error, [error.value for error in app.error]
    known, stages = standing(app), live.stages(app)
    for parameter, value in asked.items():
        if parameter in known:
            value = WORDS.get(value, value)
            assert known[parameter] in (value, f"{float(value):g}" if re.fullmatch(r"[\d.]+", value) else value)
        else:
            assert parameter in SAID, f"{parameter} sets nothing on {page}"
    if "lam" in asked:
        (knob,) = (
            k for s in stages.values() for k in [(s, s["knobs"].get("lam"))] if k[1] and s["stage"] == "mixup.mix"
        )
        assert knob[1]["values"][knob[0]["at"]["lam"]] == float(asked["lam"])
    if "q" in asked:
        assert f"Question {asked['q']} ·" in texts(app)
    if "runs" in asked:
        assert list(app.multiselect[0].value) == asked["runs"].split(",")
    if "recording" in asked:
        assert "recorded" in texts(app).lower() and SAID["recording"] in f"{texts(app)} {[t.value for t in app.title]}"


def test_there_are_two_lessons_whose_minutes_follow_one_another():
    for n_minutes, lesson in re.findall(r"^## (\d+) minutes:(.+?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL):
        spans = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+)–(\d+) \|", lesson, re.MULTILINE)]
        assert [a for a, _ in spans] == [0, *(b for _, b in spans[:-1])] and spans[-1][1] == int(n_minutes)
    assert len(re.findall(r"^## (?:45|90) minutes", TEXT, re.MULTILINE)) == 2 and len(LINKS) >= 18
