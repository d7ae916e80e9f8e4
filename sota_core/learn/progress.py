"""Answers as they stand in an address: one short word, nothing stored anywhere else.

A token per question, in their order, joined by `~`: letters of a choice or an order, a number, numbers joined
by `_`. The token of an open question is empty; a token that makes no sense counts as an open question, never as
an error.
"""

from collections.abc import Mapping, Sequence

from sota_core.learn.question import LETTERS, AnyQuestion, Choice, Deed, Number, Order, Row
from sota_core.numbers import decimal

Answer = str | float | tuple[float | None, ...] | None
Answers = Mapping[str, Answer]

LONGEST = 600  # characters of an address that are read at all
MOST = 1e6  # no answer is larger, either way
_BETWEEN, _WITHIN = "~", "_"


def encode(answers: Answers, questions: Sequence[AnyQuestion]) -> str:
    """The word for the address; '' where nothing has been answered. `decode` is its inverse."""
    return _BETWEEN.join(_token(answers.get(question.id)) for question in questions).rstrip(_BETWEEN)


def decode(text: str, questions: Sequence[AnyQuestion]) -> dict[str, Answer]:
    """What has been answered, by id; questions without an answer are left out."""
    tokens = text[:LONGEST].split(_BETWEEN)
    found = {question.id: _answer(token, question) for question, token in zip(questions, tokens, strict=False)}
    return {name: answer for name, answer in found.items() if answer not in ("", None)}


def _token(answer: Answer) -> str:
    if answer is None or isinstance(answer, str):
        return answer or ""
    if isinstance(answer, tuple):
        return _WITHIN.join(_number(value) for value in answer) if any(v is not None for v in answer) else ""
    return _number(answer)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _answer(token: str, question: AnyQuestion) -> Answer:
    if isinstance(question, Choice):
        few = question.many or len(token) == 1
        return "".join(sorted(token)) if few and _are_letters(token, len(question.options)) else None
    if isinstance(question, Order):
        return token if _are_letters(token, len(question.shown)) else None
    if isinstance(question, Number):
        return _parsed(token)
    if isinstance(question, Row):
        values = tuple(_parsed(part) for part in token.split(_WITHIN))
        return values if len(values) == len(question.answer) and any(v is not None for v in values) else None
    assert isinstance(question, Deed)  # what was done is seen in the store
    return None


def _are_letters(token: str, n: int) -> bool:
    return bool(token) and len(set(token)) == len(token) and set(token) <= set(LETTERS[:n])


def _parsed(text: str) -> float | None:
    return decimal(text, -MOST, MOST)
