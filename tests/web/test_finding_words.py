"""What a finding says: every kind in both languages, and its own message where the evidence is odd."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import analytics.baseline
from app.baseline_cards import BaselineDesk
from app.page_figures import page_figures
from app.span_choices import span_choices
from domain.baseline import Finding, Severity
from domain.user import Role
from tests.store.builders import a_baseline
from tests.web.real_findings import of_the_data, of_the_fit, of_the_present
from tests.web.site import Built, SetClock, a_ground, a_site, the_plant
from web.api.baselines import baseline_endpoints
from web.api.endpoint import api_pages
from web.baseline_card import FINDINGS
from web.finding_words import SENTENCES, STATIC_FACTORS, finding_words
from web.language import words
from web.pages.baselines import baseline_pages
from web.sentence import Reader

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIGURES = page_figures("works", ZONE, "VND", SetClock())
QUERY = "process=dye_line_2&resource=water"
CARD, CSV = f"/trends/baselines?{QUERY}", "/trends/baselines.csv"
API = "/api/v1/baselines/dye_line_2/water/1"
#: kind -> what its sentence says in English and in Vietnamese, of the findings that `real_findings` makes
SAID = {
    "no_data": ("nothing is known of the period", "không có số liệu nào của kỳ cơ sở"),
    "too_few_days": ("5 usable days; a baseline needs 14", "5 ngày dùng được; đường cơ sở cần 14 ngày"),
    "low_coverage": ("learned from 73.4% of the period", "học từ 73,4% số liệu của kỳ"),
    "constant": ("has exactly 12.3456 m³", "đều đúng bằng 12,3456 m³"),
    "long_period": ("the period is 400 days long", "kỳ cơ sở dài 400 ngày"),
    "fit_undefined": ("CV(RMSE) out of sample is not defined", "không tính được CV(RMSE) ngoài mẫu"),
    "poor_fit": (
        "CV(RMSE) out of sample is 34.6%; ashrae14-hourly allows 30%",
        "CV(RMSE) ngoài mẫu là 34,6%; ashrae14-hourly cho phép đến 30%",
    ),
    "biased_fit": ("NMBE in sample is −12.3%", "NMBE trong mẫu là −12,3%"),
    "excluded_segment": (
        "1 day 6 hr of far more use than usual (12 deviations): left out",
        "1 ngày 6 giờ mức dùng cao hơn hẳn bình thường (lệch 12 lần độ lệch chuẩn): đã loại",
    ),
    "unusual_segment": ("10 hr of far less use than usual", "10 giờ mức dùng thấp hơn hẳn bình thường"),
    "scale_changed": ("since 8 Jan 2027 it uses 1/39.6 of", "từ ngày 8 thg 1 2027 mức dùng chỉ bằng 1/39,6"),
    "zeros": ("6 intervals of exactly zero (0.89%)", "6 khoảng đo đúng bằng không (0,89%)"),
    "stuck": (
        "each interval of 15 min has exactly 33.5 m³, for 1 day 16 hr: left out",
        "mỗi khoảng đo 15 phút đều đúng bằng 33,5 m³ suốt 1 ngày 16 giờ: đã loại",
    ),
    "variable_missing": (
        "outside is unknown in 33.4% of the usable intervals",
        "outside không có số liệu trong 33,4% số khoảng đo dùng được",
    ),
    "variable_constant": ("line.output never changes", "line.output không bao giờ thay đổi"),
    "interval_changed": (
        "for intervals of 30 min, the plant&#39;s are of 15 min",
        "khoảng đo 30 phút, còn nhà máy dùng khoảng đo 15 phút",
    ),
    "period_amended": ("readings of m were amended in", "số đọc của m trong kỳ cơ sở đã được hiệu chỉnh"),
    "static_factor_changed": (
        "Lan called the excess since 6 Feb 2026 a normal change (&lt;third&gt; stenter)",
        "m đã được thay ngày 4 thg 2 2026 (pulse factor); mức dùng dự kiến",
    ),
    "out_of_range": ("(3.2 kg to 48 kg per 30 min) for 66.7%", "(3,2 kg đến 48 kg mỗi 30 phút) trong 66,7%"),
    "static_drift": ("use was +20.0% against", "trong 28 ngày, mức dùng lệch +20,0%"),
    "old_baseline": ("428 days ago; the plant&#39;s rule is 365 days", "428 ngày trước"),
    "excess_in_period": ("learned from 2 stretches", "đã học cả 2 đoạn"),
    "provisional": ("since 5 Jan 2026, until 14 usable days", "từ ngày 5 thg 1 2026, đến khi đủ 14 ngày"),
}
#: what older versions left out of the evidence, where that takes the sentence away
LATER = {
    "low_coverage": ("needed", "good"),
    "fit_undefined": ("out_of_sample",),
    "poor_fit": ("limit_pct", "out_of_sample"),
    "biased_fit": ("limit_pct", "out_of_sample"),
    "scale_changed": ("since",),
    "interval_changed": ("baseline_interval_s",),
    "period_amended": ("meters", "adjusted"),
    "out_of_range": ("min", "max", "unit", "per_s"),
    "excess_in_period": ("stretches",),
    "provisional": ("since", "needed"),
}
JUNK: tuple[Any, ...] = (
    None, "", "x", "<b>", "2026-05-06", "0001-01-01T00:00:00+23:00", True, False, [], [[1, [2]]], ["", None],
    [{"kind": "replaced", "meter": [], "at": 3}], {}, {"a": {"b": None}}, math.nan, math.inf, -math.inf,
    10**400, 1e300, -1e14, 1e-300, -1, 0, 0.0,
)  # fmt: skip


def reader(language: str, **changes: Any) -> Reader:
    """Return somebody who reads of a baseline of water by the quarter of an hour."""
    made = Reader(words(language).gettext, FIGURES(language), ZONE, "m3", 900)
    return replace(made, **changes)


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return [*of_the_data(), *of_the_fit(), *of_the_present()]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_kind_that_the_analysis_makes_has_a_sentence(findings: list[Finding], language: str) -> None:
    assert {one.kind for one in findings} == set(SAID) == set(SENTENCES) <= set(FINDINGS)
    sentences: dict[str, list[str]] = {}
    for one in findings:
        sentence = finding_words(one, reader(language))
        assert sentence is not None, one
        assert whole(sentence), sentence
        assert language == "en" or not sentence.isascii()
        sentences.setdefault(one.kind, []).append(sentence)
    for kind, said in SAID.items():
        assert any(said[language == "vi"] in one for one in sentences[kind]), sentences[kind]


def whole(sentence: str) -> bool:
    """Return whether a sentence shows nothing that is no figure, and no tag but ours."""
    bare = sentence.replace("<code>", "").replace("</code>", "")
    return (
        not any(bad in bare for bad in ("None", "nan", "inf ", "%(", "<", "{", "[")) and bare == bare.strip()
    )


def test_every_sentence_is_said_of_something_real(findings: list[Finding]) -> None:
    said: set[str] = set()

    def heard(text: str) -> str:
        said.add(text)
        return text

    for one in findings:
        finding_words(one, reader("en", say=heard))
    every = [*STATIC_FACTORS, *(sentence for some in SENTENCES.values() for sentence in some)]
    assert said == {sentence.words for sentence in every}


def test_a_command_is_told_as_it_is_typed_in_every_language(findings: list[Finding]) -> None:
    for one in (finding for finding in findings if finding.kind == "scale_changed"):
        option = f"<code>--scale {one.evidence['factor']:.3g}</code>"
        assert f"`{option[6:-7]}`" in one.message
        for language in ("en", "vi"):
            sentence = finding_words(one, reader(language))
            assert sentence is not None
            assert "<code>wastenot correct</code>" in sentence
            assert option in sentence


def test_days_are_those_of_the_plant(findings: list[Finding]) -> None:
    (one,) = (finding for finding in findings if finding.kind == "provisional")
    assert one.evidence["since"].startswith("2026-01-04T17:00")
    assert "5 Jan 2026" in str(finding_words(one, reader("en")))
    assert "4 Jan 2026" in str(finding_words(one, reader("en", zone=ZoneInfo("Europe/Berlin"))))


def test_what_an_older_version_saved_is_told_by_its_message(findings: list[Finding]) -> None:
    for one in findings:
        lacking = LATER.get(one.kind, ())
        older = replace(
            one, evidence={key: value for key, value in one.evidence.items() if key not in lacking}
        )
        assert (finding_words(older, reader("vi")) is None) == bool(lacking), one
        bare = finding_words(replace(one, evidence={}), reader("vi"))
        assert bare is None or one.kind == "no_data"
    changes = next(one for one in findings if one.kind == "static_factor_changed").evidence["changes"]
    without = [{key: value for key, value in one.items() if key != "at"} for one in changes]
    older = Finding("static_factor_changed", Severity.WARNING, "m", evidence={"changes": without})
    assert finding_words(older, reader("vi")) is None
    assert finding_words(Finding("not_yet_known", Severity.WARNING, "m", evidence={}), reader("vi")) is None


@pytest.mark.parametrize("language", ["en", "vi"])
def test_evidence_that_is_not_what_it_should_be_makes_no_sentence_or_a_whole_one(
    findings: list[Finding], language: str
) -> None:
    for one in findings:
        sentence = finding_words(one, reader(language))
        for key in one.evidence:
            lacking = {name: value for name, value in one.evidence.items() if name != key}
            assert finding_words(replace(one, evidence=lacking), reader(language)) in {None, sentence}
            for junk in JUNK:
                told = finding_words(replace(one, evidence={**one.evidence, key: junk}), reader(language))
                assert told is None or whole(told), (one, key, junk)
        for evidence in (None, [], "x", 3, True):
            assert finding_words(replace(one, evidence=evidence), reader(language)) is None


def site(*findings: Finding, reason: str = "first baseline") -> Built:
    """Return the pages of a baseline on which these findings stand."""
    ground, plant = a_ground(), the_plant()
    with ground.ledger.begin() as tx:
        tx.save_baseline(a_baseline(decision=None, findings=findings, reason=reason))
    cards = BaselineDesk(plant, ground.ledger, ground.clock).answers()
    pages = baseline_pages(cards, span_choices(plant, ground.ledger, ground.clock))
    return a_site((*pages, *api_pages(baseline_endpoints(cards))), ground=ground)


@pytest.fixture(scope="module")
def built(findings: list[Finding]) -> Iterator[Built]:
    made = site(*findings, reason=next(one.message for one in findings if one.kind == "static_drift"))
    yield made
    made.ledger.close()


def listed(page: str) -> str:
    """Return the part of a page that lists the findings."""
    return page.partition("<h2>Ghi nhận</h2>")[2].partition("</section>")[0]


def test_the_page_tells_what_was_saved_in_vietnamese_and_so_why_it_was_proposed(built: Built) -> None:
    page = built.browser(Role.OPERATOR, language="vi").get(CARD).text
    assert 'lang="en"' not in listed(page)
    for _, vietnamese in SAID.values():
        assert vietnamese in listed(page)
    assert "&lt;third&gt;" in page
    assert "<third>" not in page
    assert "mức dùng lệch +20,0%" in page.partition("<dl")[2].partition("</dl>")[0]


def test_a_file_tells_in_vietnamese_why_a_version_was_proposed(built: Built) -> None:
    text = built.browser(Role.OPERATOR, language="vi").get(f"{CSV}?{QUERY}").content.decode()
    assert "mức dùng lệch +20,0%" in text


def test_programs_read_the_message_as_ever(built: Built, findings: list[Finding]) -> None:
    answer = built.browser(Role.OPERATOR, language="vi").get(API).json()
    assert [one["message"] for one in answer["findings"]] == [one.message for one in findings]
    assert [set(one["evidence"]) for one in answer["findings"]] == [set(one.evidence) for one in findings]


def test_the_page_marks_english_where_there_is_nothing_else() -> None:
    older = Finding("low_coverage", Severity.WARNING, "learned from <73%>", evidence={"coverage": 0.73})
    hostile = Finding("variable_constant", Severity.WARNING, "m", evidence={"variable": "<script>%(x)s"})
    made = site(older, hostile)
    page = listed(made.browser(Role.OPERATOR, language="vi").get(CARD).text)
    made.ledger.close()
    assert '<span lang="en">learned from &lt;73%&gt;</span>' in page
    assert "&lt;script&gt;%(x)s không bao giờ thay đổi" in page


def test_no_kind_is_made_that_real_findings_do_not_show() -> None:
    named, unclear = kinds_of_the_code()
    assert {"scale_changed", "stuck", "period_amended", "excess_in_period", "provisional"} <= named
    assert named | {"excluded_segment", "unusual_segment"} == set(SAID)
    assert unclear == {"_segment"}


def kinds_of_the_code() -> tuple[set[str], set[str]]:
    """Return the kinds that the making and keeping of baselines names outright, and what names others."""
    room = Path(analytics.baseline.__file__).parent
    files = [one for one in room.parent.rglob("*.py") if one.parent.name != "balance"]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    named: set[str] = set()
    unclear: set[str] = set()
    for tree in trees:
        makers = {"Finding", *_makers(tree)}
        for call in _calls(tree, makers):
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Constant):
                named.add(str(first.value))
            elif call.func.id != "Finding":  # type: ignore[attr-defined]
                unclear.add(call.func.id)  # type: ignore[attr-defined]
    return named, unclear


def _makers(tree: ast.AST) -> set[str]:
    """Return the functions of a file that make a finding of a kind that they are given."""
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for call in _calls(function, {"Finding"})
        if not isinstance(call.args[0], ast.Constant)
    }


def _calls(tree: ast.AST, names: set[str]) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
