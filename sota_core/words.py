"""How numbers are written on the screen: one form for each kind, everywhere the same, in the visitor's language."""

import math
import re
from datetime import datetime

from sota_core.language import N_, tr, written
from sota_core.later import Later, now
from sota_core.places import without_folders

# After one of these, markdown in the browser (GitHub's autolinks) turns what follows into a link.
_LINKS = re.compile(r"://|www(?=\.)|@", re.IGNORECASE)

_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_SHORT_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"),
    N_("Nov"), N_("Dec"),
)  # fmt: skip

_EXACT = 1e-12  # what arithmetic may add to or take from a share that is 0 or 1
_LEAST_EXPONENT = -6  # of a number written out in decimals: nobody can count more zeros at a glance
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_CALL = re.compile(r"^[a-z_]+\(('[^']*')\)(?=: )")  # the function that raised, and its argument in quotes
_FIRST_WORD = re.compile(r"[a-zé]+(?=[ ,;:’'])")

# The stages of getting a data set, as fetching and drawing report them: (words, is progress counted in bytes?)
FETCHING = {
    "starting": (N_("Starting"), True),
    "wait": (N_("Waiting for another download of the same set"), True),
    "download": (N_("Fetching the pictures"), True),
    "verify": (N_("Verifying the checksum"), True),
    "unpack": (N_("Unpacking"), True),
    "generate": (N_("Drawing the pictures"), False),
    "turn": (N_("Waiting for another set to be read"), True),
    "read": (N_("Reading the pictures"), False),
}


def number(value: float | None, digits: int = 2) -> str:
    """A number in a sentence or a figure, thousands marked; a dash for None, inf and nan. What rounds to 0 has no sign.

    >>> number(1234.5), number(-0.25, 3), number(-0.0001)
    ('1,234.50', '-0.250', '0.00')
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     number(1234.5), number(-0.25, 3)
    ('1.234,50', '-0,250')
    """
    return "–" if value is None or not math.isfinite(value) else written(f"{value:z,.{digits}f}")


def short(value: float, digits: int = 4) -> str:
    """A number with `digits` significant digits and no trailing zeros: Python's format `g`, but never with an `e`.

    >>> short(0.0125), short(3.0), short(0.00001234, 2), short(5.2e-8), short(123_456)
    ('0.0125', '3', '0.000012', '5.2\\xa0·\\xa010⁻⁸', '123,500')
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     short(0.0125)
    '0,0125'
    """
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return written(text)
    mantissa, _, power = text.partition("e")
    exponent = int(power)
    if exponent > 0:
        return written(f"{float(text):,.0f}")
    if exponent < _LEAST_EXPONENT:
        return written(mantissa) + "\u00a0·\u00a010" + str(exponent).translate(_RAISED)
    return written(f"{float(text):.{len(mantissa.partition('.')[2]) - exponent}f}")


def signed(value: float, digits: int = 3) -> str:
    """A number with its sign, + or a true minus (−); one that rounds to 0 has no sign.

    >>> signed(0.25), signed(-0.25), signed(-0.0001)
    ('+0.250', '−0.250', '0.000')
    """
    text = f"{abs(value):.{digits}f}"
    return written(text if float(text) == 0 else ("+" if value > 0 else "−") + text)


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage; a dash for None, inf and nan. Never 100 % of what is not whole, nor 0 % of what is some.

    >>> percent(.8773), percent(3924 / 3925), percent(.0004)
    ('87.7\\xa0%', '>99.9\\xa0%', '<0.1\\xa0%')
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     percent(.8773)
    '87,7\\xa0%'
    """
    if share is None or not math.isfinite(share):
        return "–"
    text = f"{100 * share:z.{digits}f}"
    if _EXACT < share < 1 - _EXACT and float(text) in (0, 100):
        text = f"<{10**-digits:.{digits}f}" if share < 0.5 else f">{100 - 10**-digits:.{digits}f}"
    return written(f"{text}\u00a0%")


def share(of: float) -> str:
    """A share in whole percent; with two digits where it is below one percent.

    >>> share(.333), share(.004), share(0), share(.9996)
    ('33\\xa0%', '0.4\\xa0%', '0\\xa0%', '>99\\xa0%')
    """
    return percent(of, 0) if of < _EXACT or of >= 0.01 else f"{short(100 * of, 2)}\u00a0%"


def asked_share(of: float) -> str:
    """A share that somebody has asked for, with up to six digits.

    >>> asked_share(.125), asked_share(.05)
    ('12.5\\xa0%', '5\\xa0%')
    """
    return written(f"{100 * of:g}\u00a0%")


def points(difference: float) -> str:
    """A difference of two shares, in percentage points, signed.

    >>> points(-.0123)
    '−1.2 points'
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     points(-.0123)
    '−1,2 Punkte'
    """
    text = f"{100 * abs(difference):.1f}"
    sign = "" if float(text) == 0 else "+" if difference > 0 else "−"
    return tr("{change} points", change=written(sign + text))


def change(before: float, after: float) -> float:
    """The difference of two shares, each first rounded to the tenth of a percent that is shown, so that it adds up.

    >>> points(0.7534 - 0.7356), points(change(0.7356, 0.7534))
    ('+1.8 points', '+1.7 points')
    """
    # Rounded by formatting, as `percent` does: where `round` takes a tie to the even tenth, this may take the odd one.
    first, last = (round(10 * float(f"{100 * share:.1f}")) for share in (before, after))
    return (last - first) / 1000


def loss(value: float | None) -> str:
    """A loss with three decimals; a dash for None (a diverged loss is stored so), inf and nan."""
    return "–" if value is None or not math.isfinite(value) else written(f"{value:z.3f}")


def clock(seconds: float | None) -> str:
    """A duration as m:ss or h:mm:ss; a dash for None, inf and nan.

    >>> clock(67), clock(3723.4)
    ('1:07', '1:02:03')
    """
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, s = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes}:{s:02d}"


def about(seconds: float | None) -> str:
    """A rough length of time for a sentence: never more exact than an estimate is.

    >>> about(8), about(64), about(60 * 95), about(3600 * 48)
    ('10 seconds', '1 minute', '1.6 hours', '2 days')
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     about(8), about(64), about(60 * 95), about(3600 * 48)
    ('10 Sekunden', '1 Minute', '1,6 Stunden', '2 Tage')
    """
    if seconds is None or not math.isfinite(seconds):
        return tr("an unknown time")
    if seconds < 57:
        return tr("{n} seconds", n=max(5, 5 * math.ceil(seconds / 5)))
    if seconds > 0.95 * 86_400:
        text = _round(seconds / 86_400)
        return tr("1 day") if text == "1" else tr("{n} days", n=written(text))
    if seconds > 0.95 * 3_600:
        text = _round(seconds / 3_600)
        return tr("1 hour") if text == "1" else tr("{n} hours", n=written(text))
    text = f"{seconds / 60:.0f}"
    return tr("1 minute") if text == "1" else tr("{n} minutes", n=text)


def _round(n: float) -> str:
    return f"{n:.1f}".removesuffix(".0") if n < 4 else f"{n:.0f}"


def date(at: datetime, *, is_short: bool = False) -> str:
    """The day of `at`, in its own time zone.

    >>> date(datetime(2026, 11, 2)), date(datetime(2026, 11, 2), is_short=True)
    ('2 November 2026', '2 Nov 2026')
    """
    month = (_SHORT_MONTHS if is_short else _MONTHS)[at.month - 1]
    return tr("{day} {month} {year}", day=at.day, month=tr(month), year=at.year)


def count(n: int | None) -> str:
    """A whole number, thousands marked; a dash for None.

    >>> count(9469)
    '9,469'
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     count(9469)
    '9.469'
    """
    return "–" if n is None else written(f"{n:,}")


def size_of(n_bytes: float | None) -> str:
    """A number of bytes in a readable unit (1 kB is 1,000 bytes); a dash for None.

    >>> size_of(98_948_031), size_of(1_557_161_267), size_of(1)
    ('99 MB', '1.6 GB', '1 byte')
    >>> from sota_core.language import use
    >>> with use("de"):
    ...     size_of(1_557_161_267)
    '1,6 GB'
    """
    if n_bytes is None:
        return "–"
    for limit, name, digits in ((1e9, "GB", 1), (1e6, "MB", 0), (1e3, "kB", 0)):
        if n_bytes >= 0.9995 * limit:  # what would be written as 1000 of the smaller unit is 1 of this one
            return written(f"{n_bytes / limit:.{digits}f} {name}")
    return tr("1 byte") if n_bytes == 1 else tr("{n} bytes", n=f"{n_bytes:.0f}")


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun, in English whatever the language; sentences for visitors use `language.tr_n`.

    >>> plural(1, "picture"), plural(2000, "picture")
    ('1 picture', '2,000 pictures')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def tta_view(k: int, n: int) -> str:
    """The name of a pass of test-time augmentation; pass 0 is the plain view, without augmentation.

    >>> tta_view(0, 4), tta_view(3, 4)
    ('plain view', 'view 3 of 4')
    """
    return tr("view {k} of {n}", k=k, n=n) if k else tr("plain view")


def markdown_safe(text: object) -> str:
    """Escape a visitor's or a file system's text, so that Streamlit's markdown shows it literally, also in a table.

    A line break becomes a space: one would end the table's row, two would begin a paragraph. What looks like a web or
    mail address must not become a link: the browser's markdown looks for links after it has removed the backslashes, so
    a zero-width character (U+2060, word joiner) is put inside.

    >>> markdown_safe("a_b $x$ :red[c]"), markdown_safe("a|b\\n- c")
    ('a\\\\_b \\\\$x\\\\$ \\\\:red\\\\[c\\\\]', 'a\\\\|b \\\\- c')
    """
    line = _LINKS.sub("\\g<0>\u2060", " ".join(now(text).splitlines()))
    return "".join("\\" + c if c in "\\`*_{}[]<>()#+-.!|~$:&" else c for c in line)


def markdown_but_code(text: str) -> str:
    """Escape a text like `markdown_safe`, but keep what stands in `backticks` as code.

    >>> markdown_but_code("so for `vision_learner` (0.5 * 2)")
    'so for `vision_learner` \\\\(0\\\\.5 \\\\* 2\\\\)'
    """
    parts = text.split("`")
    return "`".join(part if i % 2 and i < len(parts) - 1 else markdown_safe(part) for i, part in enumerate(parts))


def sentence(problem: object) -> str:
    """An error's message as a sentence of markdown, for an alert: with a capital first letter, without the name of the
    function that raised it and without this machine's folders. A first word that is code (a knob, a file) is unchanged.

    >>> sentence("phases at most 200"), sentence("draw('a set'): no pictures"), sentence("alpha")
    ('Phases at most 200', "'a set'\\\\: no pictures", 'alpha')
    """
    text = _CALL.sub(r"\1", without_folders(now(problem)).strip())
    first = _FIRST_WORD.match(text)
    return markdown_safe(text[:1].upper() + text[1:] if first else text)


def progress(word: str, done: int | None, total: int | None) -> str:
    """What is being prepared and how far it has come, in bytes while fetching, else in pictures; without folders.

    >>> progress("download", 33_000_000, 99_003_388), progress("Decoding the pictures once", 816, 2000)
    ('Fetching the pictures: 33 MB of 99 MB', 'Decoding the pictures once: 816 of 2,000')
    """
    words, is_bytes = FETCHING.get(word, (word, False))
    unit = size_of if is_bytes else count
    words = without_folders(now(words) if isinstance(words, Later) else tr(words))
    return tr("{what}: {done} of {total}", what=words, done=unit(done), total=unit(total)) if total else words
