"""What each answer to an alert leads to is said beside it, and after it was given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.user import Role
from tests.web.alert_site import a_leak, an_alert_site
from tests.web.site import Built


@pytest.fixture
def built() -> Built:
    return an_alert_site()


def test_who_answers_sees_what_each_answer_leads_to(built: Built) -> None:
    browser = built.browser(Role.ENERGY_MANAGER)
    page = browser.get("/a/1eac").text
    for verdict in ("fixed", "normal_change", "meter_fault", "false_alarm"):
        assert f'aria-describedby="leads-{verdict}"' in page
    assert "up to 15% wider; half of that is gone after 60 days" in page
    assert "Without an answer" in page
    vietnamese = built.browser(Role.ENERGY_MANAGER, language="vi").get("/a/1eac").text
    assert "ngưỡng ở đây được nới thêm tối đa 15%" in vietnamese
    silent = browser.get("/a/f00d").text
    assert "leads-" not in silent, "no detector learns from a meter that was silent"
    assert "Without an answer" not in silent


@pytest.mark.parametrize("kind", ["stuck_meter", "night_flow"])
def test_limits_that_no_answer_widens_are_not_said_to_be_widened(built: Built, kind: str) -> None:
    leak = a_leak("2eac")
    with built.ledger.begin() as tx:
        tx.save_alert(replace(leak, facts={**leak.facts, "hotspot_kind": kind}))
    page = built.browser(Role.ENERGY_MANAGER).get("/a/2eac").text
    assert 'value="false_alarm"' in page
    assert "limits here" not in page


def test_an_answer_that_was_given_says_what_it_leads_to(built: Built) -> None:
    browser = built.browser(Role.ENERGY_MANAGER)
    browser.post("/a/1eac/resolve", {"verdict": "fixed"})
    told = browser.get("/a/1eac").text.split("energy_manager says:")[1].split("</p>")[0]
    assert "it does not widen the limits here" in told
