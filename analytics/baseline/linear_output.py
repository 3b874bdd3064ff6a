"""E = A + B.P: use that nothing drives, and use in proportion to each output. Source: ISO 50006:2014, 4.4."""

from __future__ import annotations

from analytics.baseline.linear import linear_model

MODEL = linear_model("linear_output", ("constant", "output"))
