"""The one drawing of a chart: its box, where words stand, how lines are drawn, in which colours.

The SVG, the PNG and the alert's page draw the same; colours and letters of the page are its style sheet's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drawing:
    """A box of width x height points: the curves between the margins, words above and below them."""

    width: int = 600
    height: int = 220
    left: int = 8
    right: int = 8
    top: int = 34
    bottom: int = 24
    line_width: float = 1.8
    dash: float = 5.0  # of the line of what was expected
    gap: float = 3.0
    letters: int = 12  # height of the words
    image_letters: int = 13  # likewise in an image, which chats shrink
    actual: str = "#c2410c"
    expected: str = "#6b7280"
    shade: str = "#fdecd8"
    ink: str = "#3f3f3a"
    grid: str = "#e5e5de"
    paper: str = "#ffffff"

    @property
    def end(self) -> int:
        """Return where the curves end on the right."""
        return self.width - self.right

    @property
    def foot(self) -> int:
        """Return where nothing was used: the lower border of the curves."""
        return self.height - self.bottom

    @property
    def above(self) -> int:
        """Return on which line the words above the curves stand."""
        return self.top - 8

    @property
    def below(self) -> int:
        """Return on which line the words below the curves stand."""
        return self.height - 7


DRAWING = Drawing()
