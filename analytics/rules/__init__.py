"""Rules on live readings: readings and intervals of one meter in, hotspots out, without any baseline.

Each rule is one function that takes a reading, an hour or an interval into a small memory of its own and
may open or end a spell there; `watch` goes through a meter's rows with all rules in force, `live.RuleWatch`
does it for a whole plant as readings come. What there is, with every figure and its source: domain.rule.
"""
