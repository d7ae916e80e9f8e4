"""How numbers are written on the screen: one form for each kind, everywhere the same."""

import math
import re

# Behind these a browser's markdown (GitHub's autolinks) takes what follows for an address.
_LINKS = re.compile(r"://|www(?=\.)|@", re.IGNORECASE)

_CALL = re.compile(r"^[a-z_]+\(('[^']*')\)(?=: )")  # the function that complains, and what it was given
_FIRST_WORD = re.compile(r"[a-zé]+(?=[ ,;:’'])")

# What a data set's way here is made of, as fetching and drawing report it: (words, is it counted in bytes?)
FETCHING = {
    "starting": ("Starting", True),
    "wait": ("Waiting for another download of the same set", True),
    "download": ("Fetching the pictures", True),
    "verify": ("Verifying the checksum", True),
    "unpack": ("Unpacking", True),
    "generate": ("Drawing the pictures", False),
    "turn": ("Waiting for another set to be read", True),
    "read": ("Reading the pictures", False),
}


def percent(share: float | None, digits: int = 1) -> str:
    """A blank that no line breaks at stands before the sign.

    >>> percent(.8773)
    '87.7\\xa0%'
    """
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.{digits}f}\u00a0%"


def points(difference: float) -> str:
    """A difference of two shares, in percentage points, signed.

    >>> points(-.0123)
    '−1.2 points'
    """
    text = f"{100 * abs(difference):.1f}"
    sign = "" if float(text) == 0 else "+" if difference > 0 else "−"
    return f"{sign}{text} points"


def change(before: float, after: float) -> float:
    """What lies between two shares as they are written, in tenths of a percent: so that the sum on the screen is right.

    >>> points(0.7534 - 0.7356), points(change(0.7356, 0.7534))
    ('+1.8 points', '+1.7 points')
    """
    return (round(1000 * after) - round(1000 * before)) / 1000


def loss(value: float | None) -> str:
    """Three decimals; a dash where there is none (a diverged loss is stored as none)."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def clock(seconds: float | None) -> str:
    """
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
    """
    if seconds is None or not math.isfinite(seconds):
        return "an unknown time"
    if seconds < 57:
        return f"{max(5, 5 * math.ceil(seconds / 5))} seconds"
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 0.95 * size:
            count = seconds / size
            text = f"{count:.1f}".removesuffix(".0") if count < 4 and name != "minute" else f"{count:.0f}"
            return f"{text} {name}{'' if text == '1' else 's'}"
    return f"{seconds:.0f} seconds"


def count(n: int | None) -> str:
    """
    >>> count(9469)
    '9,469'
    """
    return "–" if n is None else f"{n:,}"


def size_of(n_bytes: float | None) -> str:
    """
    >>> size_of(98_948_031), size_of(1_557_161_267)
    ('99 MB', '1.6 GB')
    """
    if n_bytes is None:
        return "–"
    for limit, name, digits in ((1e9, "GB", 1), (1e6, "MB", 0), (1e3, "kB", 0)):
        if n_bytes >= limit:
            return f"{n_bytes / limit:.{digits}f} {name}"
    return f"{n_bytes:.0f} bytes"


def plural(n: int, one: str, many: str | None = None) -> str:
    """
    >>> plural(1, "picture"), plural(2000, "picture")
    ('1 picture', '2,000 pictures')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def tta_view(k: int, n: int) -> str:
    """What of test-time augmentation is asked for; pass 0 is the view without any.

    >>> tta_view(0, 4), tta_view(3, 4)
    ('plain view', 'view 3 of 4')
    """
    return f"view {k} of {n}" if k else "plain view"


def markdown_safe(text: object) -> str:
    """Text of a visitor or of a file system, to be shown in Streamlit's markdown as it is, also in a table's cell.

    A line's end becomes a blank: it would end the table's row, and two would begin a paragraph. What looks like a web
    or mail address becomes no link: the browser's markdown seeks them after it has taken the backslashes away, so a
    character of no width (U+2060, word joiner) stands within.

    >>> markdown_safe("a_b $x$ :red[c]"), markdown_safe("a|b\\n- c")
    ('a\\\\_b \\\\$x\\\\$ \\\\:red\\\\[c\\\\]', 'a\\\\|b \\\\- c')
    """
    line = _LINKS.sub("\\g<0>\u2060", " ".join(str(text).splitlines()))
    return "".join("\\" + c if c in "\\`*_{}[]<>()#+-.!|~$:&" else c for c in line)


def sentence(problem: object) -> str:
    """What went wrong, for an alert: it begins as a sentence does, without the name of the function that says so.

    A first word that is code (a knob, a file) stays as it is written.

    >>> sentence("phases at most 200"), sentence("draw('a set'): no pictures"), sentence("alpha")
    ('Phases at most 200', "'a set'\\\\: no pictures", 'alpha')
    """
    text = _CALL.sub(r"\1", str(problem).strip())
    first = _FIRST_WORD.match(text)
    return markdown_safe(text[:1].upper() + text[1:] if first else text)


def progress(word: str, done: int | None, total: int | None) -> str:
    """What is being prepared and how far it is: bytes while fetching, pictures else.

    >>> progress("download", 33_000_000, 99_003_388), progress("Decoding the pictures once", 816, 2000)
    ('Fetching the pictures: 33 MB of 99 MB', 'Decoding the pictures once: 816 of 2,000')
    """
    words, is_bytes = FETCHING.get(word, (word, False))
    unit = size_of if is_bytes else count
    return f"{words}: {unit(done)} of {unit(total)}" if total else words
