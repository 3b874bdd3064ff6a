"""Cold start: from the third usable day on, something to expect, with an honest width.

`learner` holds the online model, `walk` judges by it day by day until there is a first
baseline. Whatever is judged so says that it is provisional.
"""
