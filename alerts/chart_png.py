"""A chart as a PNG image: for mails and chats, which show no SVG."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from alerts.chart import (
    ACTUAL,
    BOTTOM,
    EXPECTED,
    GRID,
    HEIGHT,
    INK,
    LEFT,
    PAPER,
    RIGHT,
    SHADE,
    TOP,
    WIDTH,
    Chart,
    Point,
)
from alerts.letters import plain

_FINE = 2  # drawn so many times larger and shrunk, which smooths the lines
_DASH, _GAP = 5.0, 3.0
_LETTERS = 13


def chart_png(chart: Chart) -> bytes:
    """Return the chart; twice as wide as it is shown, for screens with small pixels."""
    fine = 2 * _FINE
    image = Image.new("RGB", (WIDTH * fine, HEIGHT * fine), PAPER)
    draw = ImageDraw.Draw(image)
    base = HEIGHT - BOTTOM
    draw.rectangle([chart.shade[0] * fine, TOP * fine, chart.shade[1] * fine, base * fine], fill=SHADE)
    for y in (TOP, base):
        draw.line([LEFT * fine, y * fine, (WIDTH - RIGHT) * fine, y * fine], fill=GRID, width=fine)
    for line in chart.expected:
        for dash in _dashes(line):
            draw.line([(x * fine, y * fine) for x, y in dash], fill=EXPECTED, width=2 * fine)
    for line in chart.actual:
        draw.line([(x * fine, y * fine) for x, y in line], fill=ACTUAL, width=2 * fine, joint="curve")
    _write(draw, chart, fine)
    small = image.resize((WIDTH * 2, HEIGHT * 2), Image.Resampling.LANCZOS).quantize(64)
    kept = BytesIO()
    small.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _write(draw: ImageDraw.ImageDraw, chart: Chart, fine: int) -> None:
    font = _font(_LETTERS * fine)
    actual, expected = (_written(word, font) for word in chart.legend)
    above, below = (TOP - 8) * fine, (HEIGHT - 6) * fine
    draw.text((LEFT * fine, above), _written(chart.top_label, font), INK, font, "ls")
    draw.text((LEFT * fine, below), _written(chart.from_label, font), INK, font, "ls")
    end = (WIDTH - RIGHT) * fine
    draw.text((end, below), _written(chart.to_label, font), INK, font, "rs")
    draw.text((end, above), f"- - {expected}", EXPECTED, font, "rs")
    end -= int(draw.textlength(f"- - {expected}    ", font))
    draw.text((end, above), f"— {actual}", ACTUAL, font, "rs")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font with Vietnamese letters where this machine has one, else the one that is always there."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


def _written(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Return a text with plain letters where the font has none of its own."""
    missing = bytes(font.getmask("\uffff"))

    def shown(letter: str) -> str:
        return letter if letter == " " or bytes(font.getmask(letter)) != missing else plain(letter)

    return "".join(map(shown, text))


def _dashes(line: tuple[Point, ...]) -> list[tuple[Point, Point]]:
    """Return the dashes of a line, which go on around its corners."""
    dashes: list[tuple[Point, Point]] = []
    along = 0.0
    for (x0, y0), (x1, y1) in pairwise(line):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        at = 0.0
        while at < length:
            phase = (along + at) % (_DASH + _GAP)
            step = min((_DASH if phase < _DASH else _DASH + _GAP) - phase, length - at) or length - at
            if phase < _DASH:
                a, b = at / length, (at + step) / length
                dashes.append(
                    ((x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0)))
                )
            at += step
        along += length
    return dashes
