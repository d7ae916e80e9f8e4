"""False claims of earlier versions: neither a catalogue nor generated code nor the docs repeats one, and the page says
what is true instead.

A number or a behaviour is tested where it is computed. Here are the claims made in words alone. Each comes with a
sentence that made it, which shows that its pattern finds it. Some tests compute the numbers that decide between a wrong
reason and the right one.

A number or a behaviour is tested where it is computed. Here are the claims that words alone make, each with the
sentence it stood in, so that its pattern is seen to find it; and the numbers that decide between a wrong reason and the
right one.
"""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from benchmarks import messages
from sota_core import paths
from sota_core.data.pictures.view import presized
from sota_core.functional.mixup import fold_lam, sample_lam
from sota_core.inference.views import augmented_views, draws
from sota_core.language import ENGLISH, LANGUAGES
from sota_core.learn.question import Choice
from sota_core.learn.questions import questions
from sota_core.recipes import FIELDS, PRESETS, TECHNIQUES
from sota_core.script import notebook, python_script
from tests.pages.conftest import home, texts, visit  # noqa: F401  fixtures

Visit = Callable[..., AppTest]
# what was claimed → its pattern, and the sentence that made the claim, in English and in German
WRONG = {
    "all nets of the texts have 1000 outputs": (
        r"[Tt]exts leave [^.]*1,?000|Texte lassen [^.]*1[.,]?000",
        "The texts leave 1000 outputs for ten classes. Die Texte lassen dem Netz 1000 Ausgänge.",
    ),
    "a CPU computes in 32 bits": (
        r"CPU the lab trains in 32|CPU trainiert das Labor (in|mit) 32",
        "On a CPU the lab trains in 32 bits. Auf einer CPU trainiert das Labor in 32 Bit.",
    ),
    "a rise at the end asks for more epochs": (
        r"more epochs should help|(sollten|dürften) mehr Epochen helfen",
        "Still climbing, so more epochs should help. Sie steigt noch, also sollten mehr Epochen helfen.",
    ),
    "two loaders agree to the last digit": (
        r"digit by digit|[Zz]iffer für Ziffer",
        "With loader=files they agree digit by digit. Mit loader=files stimmen sie Ziffer für Ziffer überein.",
    ),
    "another figure of chance": (
        r"points? or (so|two)\b|Punkte? oder (so|zwei)\b|ein bis zwei (Prozentp|P)unkte",
        "Runs differ by a point or two. Läufe liegen ein bis zwei Punkte auseinander.",
    ),
    "both texts speak of an average": (
        r"[Tt]exts call it an average|Texte nennen [^.]*(Mittel|Durchschnitt)",
        "The texts call it an average of 9. Die Texte nennen es einen Durchschnitt aus 9.",
    ),
    "mixup begins beyond 80 epochs": (
        r"more than 80 epochs|mehr als 80 Epochen",
        "It pays in trainings of more than 80 epochs. Es lohnt sich ab mehr als 80 Epochen.",
    ),
    "smoothing punishes doubt less everywhere": (
        r"punished as hard|so hart bestraft",
        "Doubt is never punished as hard. Zweifel wird nie so hart bestraft.",
    ),
    "mixup's loss is the only one that takes class numbers": (
        r"must take class numbers|muss Klassennummern (an)?nehmen",
        "It must take class numbers. Er muss Klassennummern nehmen.",
    ),
    "only mixup shows no picture twice": (
        r"([Nn]o|[Nn]ever a|[Nn]ot one) picture [^.]*\b(twice|again)\b|[Nn]ever [^.]*same picture|"
        r"([Kk]ein|[Nn]ie ein) Bild [^.]*\b(zweimal|wieder)\b|[Nn]ie [^.]*dasselbe Bild",
        "No picture is ever seen twice alike. Kein Bild wird je zweimal gleich gesehen.",
    ),
    "a full training is worth weeks": (
        r"worth its weeks|Wochen wert",
        "Then ImageNet is worth its weeks. Dann ist ImageNet seine Wochen wert.",
    ),
    "smoothing forgives": (
        r"forgives? [^.]*labels|(verzeih|vergib)(t|en) [^.]*Labels",
        "Label smoothing forgives wrong labels. Label Smoothing verzeiht falsche Labels.",
    ),
    "a dip that nobody looked at": (
        r"dip in both|(Delle|Knick|Einbruch) in beiden",
        "That is the dip in both curves. Das ist der Knick in beiden Kurven.",
    ),
    "at α = 1 draws are alike": (
        r"at 1 all are alike|bei 1 sind alle gleich",
        "Below 1 at the ends, at 1 all are alike. Unter 1 an den Enden, bei 1 sind alle gleich.",
    ),
    "a gain hides losses": (
        r"gain hides|hides as many|Gewinn verbirgt|verbirgt (eben)?so ?viele",
        "The gain hides as many losses. Der Gewinn verbirgt ebenso viele Verluste.",
    ),
    "a processor repeats a run": (
        r"yes on a processor|auf einem Prozessor ja",
        "With the same seed: yes on a processor. Mit demselben Seed: auf einem Prozessor ja.",
    ),
    "Imagenette's own baseline is a plain one": (
        r"own plain baseline|eigene einfache Baseline",
        "Imagenette's own plain baseline ends lower. Imagenettes eigene einfache Baseline endet tiefer.",
    ),
    "a few epochs of mixup are known to harm": (
        r"mixup end\W+lower|Mixup enden\W+tiefer",
        "A few epochs of mixup end lower, not higher. Wenige Epochen Mixup enden tiefer, nicht höher.",
    ),
    "Imagenette is beside ImageNet": (
        r"\b[Bb]eside ImageNet|\b[Nn]eben ImageNet",
        "What is Imagenette beside ImageNet? Was ist Imagenette neben ImageNet?",
    ),
}
# address → what the page says instead
RIGHT = {
    "mixup": (
        "The net must find two things and their shares, and that harder task takes longer",
        "right for vectors, an error for class numbers, as with `nn.CrossEntropyLoss`",
        "trains 80 and 200 epochs with it, 5 and 20 without",
    ),
    "overview": (
        "trusts no label entirely; its loss never nears 0",
        "CPU the lab (page *Train*) trains in bf16, another 16-bit format, if the processor can multiply "
        "in it, and otherwise in 32 bits",
    ),
    "train": (
        "as the machine is free or busy, and each number of them rounds sums differently",
        "With `OMP_NUM_THREADS` set for the app, a run on a processor repeats itself exactly",
    ),
}


@cache
def said() -> tuple[str, ...]:
    """Every sentence of every catalogue, the script and the notebook of every preset and technique, the README and the
    docs.
    """
    found = [message for code in LANGUAGES if code != ENGLISH for message in messages.translations(code)]
    sentences = [part for message in found for of in (message.id, message.string) for part in _parts(of)]
    knobs = {name: "imagenet" if FIELDS[name].kind == "choice" else 0.2 for name in TECHNIQUES}
    recipes = [*PRESETS.values(), *(PRESETS["baseline"].replace(**{name: value}) for name, value in knobs.items())]
    pages = [
        path.read_text(encoding="utf-8") for path in (paths.ROOT / "README.md", *(paths.ROOT / "docs").glob("*.md"))
    ]
    return (*sentences, *(write(recipe) for recipe in recipes for write in (_prose, notebook)), *pages)


def _parts(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def _prose(recipe) -> str:
    return " ".join(line.lstrip("# ") for line in python_script(recipe).splitlines() if line.startswith("#"))


@pytest.mark.parametrize("claim", WRONG)
def test_what_is_not_so_is_said_nowhere(claim: str) -> None:
    pattern, once = WRONG[claim]
    assert len(re.findall(rf"(?:{pattern})", once)) == 2, "the pattern must match both sentences that made the claim"
    assert [text for text in said() if re.search(pattern, " ".join(text.split()))] == []
    assert len(said()) > 4000


@pytest.mark.parametrize("address", RIGHT)
def test_what_is_so_is_said_on_its_page(address: str, visit: Visit) -> None:  # noqa: F811
    shown = " ".join(texts(visit(address)).split())
    assert [sentence for sentence in RIGHT[address] if sentence not in shown] == []


def test_a_run_without_mixup_shows_no_picture_twice_alike_either() -> None:
    """Augmentation shows every picture anew in each epoch, with or without mixup, so that cannot be why mixup needs
    more epochs.
    """
    picture = presized(Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)), 48)
    seen = {view.tobytes() for view in augmented_views(picture, 32, "crop", draws(200, seed=0))}
    assert len(seen) == 200
    assert PRESETS["baseline"].mixup_alpha == 0


def test_what_mixup_asks_is_harder_two_things_and_their_shares() -> None:
    """The lowest mean loss over λ that three nets can reach. Knowing only one of the two pictures costs far more than
    knowing both; knowing also their shares costs least.
    """
    lam = fold_lam(sample_lam(0.4, 100_000, np.random.default_rng(0)))

    def loss(share: np.ndarray | float) -> float:  # share: the probability of the heavier class
        return float(-(lam * np.log(share) + (1 - lam) * np.log1p(-np.asarray(share))).mean())

    sure_of_one, both_classes, and_shares = loss(0.99), loss(lam.mean()), loss(np.clip(lam, 0.5, 1 - 1e-12))
    assert sure_of_one > both_classes > and_shares > 0
    assert (sure_of_one, both_classes, and_shares) == pytest.approx((0.748, 0.440, 0.347), abs=0.01)


def test_the_question_on_five_epochs_takes_the_harder_task_for_the_reason() -> None:
    (of,) = (question for question in questions() if question.id == "epochs")
    assert isinstance(of, Choice)
    (right,) = (option.text for option in of.options if option.is_right)
    assert "harder" in right and "two things and their shares" in right
    assert of.judge("abcd"[[option.is_right for option in of.options].index(True)]).is_right
