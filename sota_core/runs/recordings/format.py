"""What a recording's JSON may contain: a table of fields and bounds, and the rules between its events.

A recording may come from a visitor. So its size is checked before it is parsed, and types before they are used; unknown
fields and long texts are refused. Every refusal names the place, what was required there and what came.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sota_core.errors import InputError, RecipeError
from sota_core.later import later
from sota_core.limits import rounded_up
from sota_core.recipes import PRESETS, Recipe
from sota_core.recipes.recipe import MAX_EPOCHS, MAX_PHASES

FORMAT = 1
MAX_BYTES = 1_000_000
MAX_EVENTS = 3_000
MAX_TEXT = 120
MAX_DAYS = 30
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MANY = 10**9

Check = Callable[[Any], str | None]  # None: allowed; else what was required


def number(low: float, high: float, *, whole: bool = False, or_none: bool = False) -> Check:
    what = f"{'a whole number' if whole else 'a number'} from {low:g} to {high:g}{' or null' if or_none else ''}"

    def check(value: Any) -> str | None:
        kinds = int if whole else int | float
        fits = isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high
        return None if fits or (or_none and value is None) else what

    return check


def text(limit: int = MAX_TEXT) -> Check:
    def check(value: Any) -> str | None:
        fits = isinstance(value, str) and bool(value.strip()) and len(value) <= limit and value.isprintable()
        return None if fits else f"a text of 1 to {limit} characters in one line"

    return check


def _source(value: Any) -> str | None:
    """A data set's name, never a path into this machine's folders."""
    is_name = isinstance(value, str) and re.fullmatch(r"\w[\w .+-]{0,79}", value)
    return None if is_name else "a data set's name, without slashes"


def one_of(*choices: Any) -> Check:
    return lambda value: None if value in choices and isinstance(value, str) else "one of " + ", ".join(choices)


_SHARE, _COUNT, _LOSS = number(0, 1), number(1, _MANY, whole=True), number(0, 1e38, or_none=True)
_T = number(0, MAX_DAYS * 86_400)
_PHASE, _STEP = number(0, MAX_PHASES - 1, whole=True), _COUNT

# kind → field → check. Exactly these fields, in this order.
EVENTS: dict[str, dict[str, Check]] = {
    "started": {
        "t": _T,
        "device": text(),
        "precision": one_of("fp32", "fp16", "bf16"),
        "n_train": _COUNT,
        "n_valid": _COUNT,
        "total_steps": _COUNT,
    },
    "batch": {
        "t": _T,
        "step": _STEP,
        "total_steps": _COUNT,
        "phase": _PHASE,
        "loss": _LOSS,
        "smooth_loss": _LOSS,
        "lr": number(0, 10),
        "mom": number(0, 1),
    },
    "epoch": {
        "t": _T,
        "phase": _PHASE,
        "stage": one_of("frozen", "main"),
        "epoch": number(0, MAX_EPOCHS, whole=True),
        "step": _STEP,
        "train_loss": _LOSS,
        "valid_loss": _LOSS,
        "valid_ce": _LOSS,
        "accuracy": _SHARE,
        "seconds": _T,
        "images_per_s": number(0, 1e7),
        "n_valid": _COUNT,
    },
    "tta_pass": {
        "t": _T,
        "k": number(0, 32, whole=True),
        "n": _COUNT,
        "accuracy": _SHARE,
        "view_accuracy": _SHARE,
    },
    "ended": {"t": _T, "state": one_of("finished")},
}
HEAD = ("format", "id", "recorded_at", "device", "precision", "versions", "recipe", "events")


def read(data: str | bytes) -> dict[str, Any]:
    """The fields of a Recording, checked.

    Raises
        InputError
    """
    if len(data) > MAX_BYTES:
        most, got = round(MAX_BYTES / 1e6), rounded_up(len(data) / 1e6)
        raise InputError(later("recording: at most {most} MB are read, got {got} MB", most=most, got=got))
    content = _parse(data)
    if not isinstance(content, dict):
        _refuse("the file", "one JSON object", content)
    if content.get("format") != FORMAT or isinstance(content.get("format"), bool):
        _refuse("format", f"{FORMAT}, the only one this app knows", content.get("format"))
    _exactly(content, HEAD, "the file")
    if not isinstance(content["id"], str) or not ID.fullmatch(content["id"]):
        _refuse("id", "small letters, digits, - and _, at most 60", content["id"])
    for name, check in (("device", text()), ("precision", EVENTS["started"]["precision"])):
        _check(content[name], check, name)
    recipe = _recipe(content["recipe"])
    return {
        "id": content["id"],
        "recorded_at": _moment(content["recorded_at"]),
        "device": content["device"],
        "precision": content["precision"],
        "versions": _versions(content["versions"]),
        "recipe": recipe,
        "events": _events(content["events"], recipe, content),
    }


def _parse(data: str | bytes) -> Any:
    def constant(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    try:
        return json.loads(data.decode("utf-8") if isinstance(data, bytes) else data, parse_constant=constant)
    except (ValueError, RecursionError) as bad:  # not UTF-8, not JSON, huge numbers or too deeply nested
        why = str(bad)[:80]
        said = later("recording: must be a JSON file as `runs export` writes it ({why})", why=why)
        raise InputError(said) from bad


def _recipe(data: Any) -> Recipe:
    if not isinstance(data, dict):
        _refuse("recipe", "an object", data)
    for name, check in (("source", _source), ("preset", one_of(*PRESETS, "custom"))):
        _check(data.get(name), check, f"recipe.{name}")
    phases = data.get("phases")
    if not isinstance(phases, list) or len(phases) > MAX_PHASES:
        _refuse("recipe.phases", f"a list of at most {MAX_PHASES}", phases)
    try:
        return Recipe.from_dict(data)
    except (RecipeError, TypeError, OverflowError) as bad:
        raise InputError(f"recording: recipe: {bad}") from bad


def _versions(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or len(data) > 20:
        _refuse("versions", "an object of at most 20 texts", data)
    for name, version in data.items():
        _check(name, text(40), "versions")
        _check(version, text(60), f"versions.{name}")
    return data


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        _refuse("recorded_at", "a time with its zone, as 2026-11-22T18:00:00+00:00", value)
    if moment.tzinfo is None or not 1970 <= moment.year <= 2100:
        _refuse("recorded_at", "a time with its zone, from 1970 to 2100", value)
    return moment.astimezone(UTC)


def _events(data: Any, recipe: Recipe, head: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    if not isinstance(data, list) or not 3 <= len(data) <= MAX_EVENTS:
        _refuse("events", f"a list of 3 to {MAX_EVENTS}", data)
    for i, event in enumerate(data):
        place = f"events[{i}]"
        kind = str(event.get("kind")) if isinstance(event, dict) else ""
        if kind not in EVENTS:
            _refuse(place, f"an object with a kind: {', '.join(EVENTS)}", event)
        fields = EVENTS[kind]
        _exactly(event, ("kind", *fields), place)
        for name, check in fields.items():
            _check(event[name], check, f"{place}.{name}")
    _in_order(data, recipe, head)
    return tuple(data)


def _in_order(events: list[dict[str, Any]], recipe: Recipe, head: Mapping[str, Any]) -> None:
    """Check the events against one another and the recipe: together they must be a possible run."""
    kinds = [e["kind"] for e in events]
    if (kinds[0], kinds[-1]) != ("started", "ended") or {"started", "ended"} & set(kinds[1:-1]):
        _refuse("events", "one `started` first and one `ended` last", kinds[0] + " … " + kinds[-1])
    first = events[0]
    if (first["device"], first["precision"]) != (head["device"], head["precision"]):
        _refuse("events[0]", "the device and precision of the file", first["device"])
    epochs, passes = kinds.count("epoch"), [e["k"] for e in events if e["kind"] == "tta_pass"]
    if epochs != recipe.total_epochs:
        _refuse("events", f"{recipe.total_epochs} epochs, as the recipe has", epochs)
    if passes not in ([], list(range(len(passes)))) or len(passes) > recipe.tta_n + 1:
        _refuse("events", f"TTA passes 0, 1, … up to {recipe.tta_n}", passes)
    t, step, phase, ended_training = 0.0, 0, 0, False
    for i, event in enumerate(events):
        place = f"events[{i}]"
        if event["t"] < t:
            _refuse(f"{place}.t", f"no earlier than the one before, {t:g}", event["t"])
        t = event["t"]
        if event["kind"] in ("batch", "epoch"):
            enough = event["step"] > step if event["kind"] == "batch" else event["step"] >= step
            if not enough or event["step"] > first["total_steps"]:
                _refuse(f"{place}.step", f"above {step} and at most {first['total_steps']}", event["step"])
            if not phase <= event["phase"] < len(recipe.phases) or ended_training:
                _refuse(f"{place}.phase", "phases in order, before the TTA passes", event["phase"])
            step, phase = event["step"], event["phase"]
        ended_training = ended_training or event["kind"] == "tta_pass"


def _exactly(content: Mapping[str, Any], names: tuple[str, ...], place: str) -> None:
    if missing := [n for n in names if n not in content]:
        _refuse(place, "the fields " + ", ".join(names), f"none called {missing[0]}")
    if unknown := [n for n in content if n not in names]:
        _refuse(place, "no fields but " + ", ".join(names), unknown[0])


def _check(value: Any, check: Check, place: str) -> None:
    if required := check(value):
        _refuse(place, required, value)


def _refuse(place: str, required: str, got: Any) -> Any:
    shown = repr(got)[:60] if isinstance(got, str | int | float | None) else f"{type(got).__name__}"
    raise InputError(f"recording: {place}: must be {required}; got {shown}")
