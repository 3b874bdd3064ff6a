"""A signature proves who sent a body and when, and nothing else passes for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.signing import SIGNATURE, TIMESTAMP, signed_headers, why_not_genuine
from tests.alerts.builders import NOW

BODY = b'{"event": "firing"}'


@given(st.binary(), st.text(min_size=1).filter(str.isprintable))
def test_what_we_sign_is_genuine_until_the_window_is_over(body: bytes, secret: str) -> None:
    headers = signed_headers(secret, body, NOW)
    assert why_not_genuine(secret, headers, body, NOW + timedelta(minutes=5)) is None
    assert "away from our clock" in str(why_not_genuine(secret, headers, body, NOW + timedelta(minutes=6)))
    assert why_not_genuine(secret, headers, body + b" ", NOW) == "the signature does not fit the body"
    assert why_not_genuine(secret + "x", headers, body, NOW) == "the signature does not fit the body"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({SIGNATURE: ""}, "missing"),
        ({TIMESTAMP: ""}, "missing"),
        ({TIMESTAMP: "yesterday"}, "seconds since 1970"),
        ({TIMESTAMP: "9" * 400}, "seconds since 1970"),
        ({TIMESTAMP: str(int(NOW.timestamp()) + 1)}, "does not fit"),
        ({SIGNATURE: "v1=" + "0" * 64}, "does not fit"),
        ({SIGNATURE: "v1=é"}, "does not fit"),
    ],
)
def test_anything_else_is_refused_with_the_reason(change: dict[str, str], reason: str) -> None:
    headers = signed_headers("s3cret", BODY, NOW) | change
    assert reason in str(why_not_genuine("s3cret", headers, BODY, NOW))


def test_names_of_headers_have_no_case_and_two_signatures_may_stand_side_by_side() -> None:
    headers = {name.lower(): value for name, value in signed_headers("new", BODY, NOW).items()}
    headers[SIGNATURE.lower()] = f"v1=old, {headers[SIGNATURE.lower()]}"
    assert why_not_genuine("new", headers, BODY, NOW) is None
