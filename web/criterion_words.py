"""Why a criterion of an acceptance profile cannot be told, or what its figure was made of, for people.

`domain.acceptance.Criterion.why` is an English sentence that is kept with the baseline; these are all that
`analytics.baseline` writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from web.figures import Figures
from web.language import N_

_COUNT = "[0-9]{1,15}"
#: what is written, and how it is said
WHYS = (
    (re.compile(r"not defined"), N_("not defined")),
    (re.compile(r"no reporting period yet"), N_("no reporting period yet")),
    (
        re.compile(r"0 = inside the range that was learned from"),
        N_("0 = inside the range that was learned from"),
    ),
    (
        re.compile(f"(?P<months>{_COUNT}) whole months; (?P<needed>{_COUNT}) are needed"),
        N_("whole months: %(months)s; %(needed)s are needed"),
    ),
    (re.compile(r"nothing is left over to compare with"), N_("nothing is left over to compare with")),
    (
        re.compile(r"fewer independent intervals than parameters"),
        N_("fewer independent intervals than parameters"),
    ),
    (re.compile(r"the model has no coefficients to test"), N_("the model has no coefficients to test")),
    (re.compile(r"nothing in the model depends on it"), N_("nothing in the model depends on it")),
    (
        re.compile(
            f"(?P<count>{_COUNT}) independent intervals \\(correlation (?P<correlation>[01]\\.[0-9]{{2}})\\)"
        ),
        N_("independent intervals: %(count)s (correlation %(correlation)s)"),
    ),
    (
        re.compile(
            f"(?P<columns>{_COUNT}) coefficient\\(s\\), (?P<free>{_COUNT}) effective degrees of freedom"
        ),
        N_("coefficients: %(columns)s, effective degrees of freedom: %(free)s"),
    ),
)


def criterion_words(why: str, say: Callable[[str], str], figures: Figures) -> str | None:
    """Return why, in the reader's language; None where nobody knows the sentence."""
    for pattern, words in WHYS:
        found = pattern.fullmatch(why)
        if found is not None:
            filled = {name: _figure(value, figures) for name, value in found.groupdict().items()}
            return say(words) % filled
    return None


def _figure(written: str, figures: Figures) -> str:
    return figures.ratio(float(written), 2) if "." in written else figures.number(int(written), 15)
