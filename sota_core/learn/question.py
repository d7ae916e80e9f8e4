"""The kinds of question there are, and how an answer is judged: pure values in, a verdict and its reason out.

Not here: what is asked (questions.py), how an answer is written in an address (progress.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sota_core import words
from sota_core.errors import InputError
from sota_core.language import tr
from sota_core.recipes import Recipe

LETTERS = "abcdefgh"


@dataclass(frozen=True, slots=True)
class Link:
    """A page by its address (`mixup`), and the parameters that set its state.

    label  marked with N_, translated where the link is drawn
    """

    page: str
    label: str
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Is the answer right, and why. `is_right` is None while an answer is not complete."""

    is_right: bool | None
    why: str = ""


UNDECIDED = Verdict(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, its texts in the language that was current when it was made.

    topic   one or two words, marked with N_ and translated where they are shown
    ask     the question
    lesson  what to know, shown with a right answer
    """

    id: str
    topic: str
    ask: str
    hint: Link
    lesson: str


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer; `why` tells whoever chooses a wrong one why it is wrong, and is '' for a right one."""

    text: str
    why: str
    is_right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Question):
    """One option is right; with `many`, a set of them. An answer is a string of letters."""

    options: tuple[Option, ...]
    many: bool = False

    def judge(self, answer: str) -> Verdict:
        if not answer:
            return UNDECIDED
        chosen = [self.options[_position(self, letter, len(self.options))] for letter in answer]
        wrong = [option for option in chosen if not option.is_right]
        if wrong:
            return Verdict(False, " ".join(option.why for option in wrong))
        missing = sum(option.is_right for option in self.options) - len(chosen)
        if missing:
            # All that is chosen is right: do not give the rest away.
            return Verdict(
                None,
                tr("Right so far. Another one is true too.") if missing == 1 else tr("Right so far. There are more."),
            )
        return Verdict(True, self.lesson)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Question):
    """Steps to be put in order: `steps` in the right order, `shown` the places they are offered in.

    An answer is a string of letters; the letter is a step's place among those shown.
    """

    steps: tuple[str, ...]
    shown: tuple[int, ...]
    first_wrong: str  # what is said with a wrong order, after the place of the first wrong step

    def step(self, letter: str) -> str:
        return self.steps[self.shown[_position(self, letter, len(self.shown))]]

    def judge(self, answer: str) -> Verdict:
        order = [self.shown[_position(self, letter, len(self.shown))] for letter in answer]
        for place, step in enumerate(order):
            if step != place:
                so_far = tr("Correct up to step {place}.", place=place) + " " if place else ""
                return Verdict(False, so_far + self.first_wrong)
        return Verdict(True, self.lesson) if len(order) == len(self.steps) else UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Question):
    """A number to be typed. `slips`: common wrong answers, each with a sentence on what went wrong."""

    answer: float
    tolerance: float
    unit: str = ""
    slips: tuple[tuple[float, str], ...] = ()
    otherwise: str

    def judge(self, answer: float | None) -> Verdict:
        if answer is None:
            return UNDECIDED
        if abs(answer - self.answer) <= self.tolerance:
            return Verdict(True, self.lesson)
        for value, why in self.slips:
            if abs(answer - value) <= self.tolerance:
                return Verdict(False, why)
        return Verdict(False, self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Question):
    """Several numbers in a row, such as a target; each cell is judged, and the row once it is complete."""

    answer: tuple[float, ...]
    tolerance: float
    names: tuple[str, ...]
    slips: tuple[tuple[tuple[float, ...], str], ...] = ()
    otherwise: str

    def judge(self, answer: Sequence[float | None]) -> Verdict:
        if len(answer) != len(self.answer):
            raise InputError(f"{self.id}: must be {len(self.answer)} numbers, got {len(answer)}")
        typed = tuple(value for value in answer if value is not None)
        if len(typed) < len(self.answer):
            return UNDECIDED
        if self._near(typed, self.answer):
            return Verdict(True, self.lesson)
        for values, why in self.slips:
            if self._near(typed, values):
                return Verdict(False, why)
        total = sum(typed)
        if abs(total - 1) > 5 * self.tolerance:
            why = tr("These sum to {total}; a target is a distribution, so it sums to 1.", total=words.number(total))
            return Verdict(False, why)
        return Verdict(False, self.otherwise)

    def cells(self, answer: Sequence[float | None]) -> tuple[bool | None, ...]:
        """Which cells are right; None where nothing stands yet."""
        return tuple(
            None if got is None else abs(got - wanted) <= self.tolerance
            for got, wanted in zip(answer, self.answer, strict=True)
        )

    def _near(self, a: Sequence[float], b: Sequence[float]) -> bool:
        return all(abs(x - y) <= self.tolerance for x, y in zip(a, b, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Question):
    """Answered by doing: right once one of the visitor's finished runs shows it."""

    shows: Callable[[Recipe], bool]
    start: Link
    otherwise: str

    def judge(self, finished: Sequence[Recipe]) -> Verdict:
        if any(self.shows(recipe) for recipe in finished):
            return Verdict(True, self.lesson)
        return Verdict(None, self.otherwise)


AnyQuestion = Choice | Order | Number | Row | Deed


def _position(question: Question, letter: str, n: int) -> int:
    place = LETTERS.find(letter)
    if not 0 <= place < n or len(letter) != 1:
        raise InputError(f"{question.id}: must be letters from a to {LETTERS[n - 1]}, got {letter!r}")
    return place
