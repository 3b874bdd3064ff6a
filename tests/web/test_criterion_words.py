"""Why a criterion cannot be told, or what its figure was made of: every sentence that the analysis writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.baseline import profiles, significance, with_reporting_means
from analytics.baseline.profiles import Figures, accepted
from analytics.baseline.significance import Significance, Significances
from app.baseline_cards import BaselineDesk
from app.page_figures import page_figures
from app.span_choices import span_choices
from domain.acceptance import Acceptance, AcceptanceProfile, Criterion, criterion
from domain.baseline import Baseline, FitStatistics
from domain.plant import BaselineRule
from domain.user import Role
from tests.analytics.baseline_builders import MONDAY, OUTPUT, a_frame, a_plant, fitted, noise, week
from tests.store.builders import a_baseline
from tests.web.site import SetClock, a_ground, a_site, the_plant
from web.criterion_words import WHYS, criterion_words
from web.language import words
from web.pages.baselines import baseline_pages

FIGURES = page_figures("works", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", SetClock())
N = 8 * 168
FIT = FitStatistics(N, 9, 12.0, 9.0, 0.5, 0.9, 1.0)
TESTED = Significance(9.0, 0.01, 3.0, 2, 1234.4)
#: why nothing could be tested: what `tests_of` says, see the sources below
UNTESTED = (
    "nothing is left over to compare with",
    "fewer independent intervals than parameters",
    "the model has no coefficients to test",
)


def say(why: str, language: str = "vi") -> str | None:
    return criterion_words(why, words(language).gettext, FIGURES(language))


def criteria_of_the_code() -> Iterator[Criterion]:
    """Yield criteria of every profile, for fits that were tested, could not be, or have no variables."""
    months = replace(FIT, n=2)
    for tests in (
        Significances(TESTED, {"output": TESTED, "outside": None}, 0.41, 1234.4),
        *(Significances(None, {"output": None}, 0.0, 3.0, why) for why in UNTESTED),
    ):
        figures = Figures(FIT, FIT, FIT, months, months, tests, 365.0, 365, {"output": 0.0})
        nothing = replace(figures, inside=replace(FIT, r2=None))
        yield from (one for some in (figures, nothing) for by in accepted(some) for one in by.criteria)


@pytest.fixture(scope="module")
def real() -> Baseline:
    """A baseline of a line that its output drives, with means of four weeks."""
    made = np.where(week(N) > 30, 100 + noise(N, 20, 3), 0.0)
    line = fitted(a_frame(20 + 0.3 * made + noise(N, 1.0), {OUTPUT: made}), a_plant(OUTPUT))
    frame = a_frame(np.full(400, 50.0), {OUTPUT: np.full(400, 90.0)}, start=MONDAY)
    noted = with_reporting_means(line, frame)
    return replace(noted, acceptance=(*line.acceptance, *noted.acceptance))


def test_every_reason_that_the_analysis_writes_is_told(real: Baseline) -> None:
    written = [one.why for one in criteria_of_the_code() if one.why]
    written += [one.why for by in real.acceptance for one in by.criteria if one.why]
    assert len(set(written)) > len(WHYS)
    for why in written:
        english, vietnamese = say(why, "en"), say(why)
        assert english is not None, why
        assert vietnamese is not None, why
        assert not vietnamese.isascii()
    for pattern, _ in WHYS:
        assert any(pattern.fullmatch(why) for why in written), pattern.pattern


def test_every_sentence_in_the_sources_is_told() -> None:
    found = {text for module in (profiles, significance) for text in sentences_of(str(module.__file__))}
    assert set(UNTESTED) | {profiles.NO_REPORT, "7 whole months; 7 are needed"} <= found
    assert len(found) == len(WHYS) - 1, "all but what domain.acceptance says of a figure without a reason"
    for text in found:
        assert say(text) is not None, text
    assert say(criterion("r2", None, ">=", 0.5).why) == "không tính được"


def sentences_of(file: str) -> Iterator[str]:
    """Yield every text of a file that people read, with figures in its gaps; docstrings are none."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    plain = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            plain |= {id(part) for part in ast.walk(node) if part is not node}
            text = "".join(_filled(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if " " in text and id(node) not in plain:
            yield text


def _filled(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    form = getattr(part, "format_spec", None)
    return "0.41" if form is not None and ".2f" in ast.unparse(form) else "7"


def test_figures_are_written_for_the_reader() -> None:
    why = "12345 independent intervals (correlation 0.41)"
    assert say(why, "en") == "independent intervals: 12,345 (correlation 0.41)"
    assert say(why) == "số khoảng đo độc lập: 12.345 (tương quan 0,41)"


@pytest.mark.parametrize(
    "why",
    [
        "",
        "nan independent intervals (correlation 0.00)",
        "seen by <b>Lan</b>",
        "not defined yet",
        f"{'9' * 99} x",
    ],
)
def test_what_nobody_knows_is_left_as_it_is(why: str) -> None:
    assert say(why) is None


def test_the_page_tells_reasons_in_vietnamese_and_marks_what_it_can_not() -> None:
    profile = AcceptanceProfile.DOE_SEP
    known = criterion("f_test_p", 0.01, "<", 0.10, why="700 independent intervals (correlation 0.41)")
    odd = criterion("r2", None, ">=", 0.5, why="written <by hand>")
    ground, plant = a_ground(), replace(the_plant(), baseline=BaselineRule(profile=profile))
    with ground.ledger.begin() as tx:
        tx.save_baseline(a_baseline(acceptance=(Acceptance(profile, (known, odd)),)))
    cards = BaselineDesk(plant, ground.ledger, ground.clock).answers()
    made = a_site(baseline_pages(cards, span_choices(plant, ground.ledger, ground.clock)), ground=ground)
    path = "/trends/baselines?process=dye_line_2&resource=water"
    page = made.browser(Role.OPERATOR, language="vi").get(path).text
    made.ledger.close()
    assert '<span class="soft">(số khoảng đo độc lập: 700 (tương quan 0,41))</span>' in page
    assert '<span class="soft">(<span lang="en">written &lt;by hand&gt;</span>)</span>' in page
