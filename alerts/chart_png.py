"""A chart as a PNG image: for mails and chats, which show no SVG."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from alerts.chart import Chart, Point
from alerts.drawing import Drawing
from alerts.letters import plain

_SHARP = 2  # twice as wide as it is shown, for screens with small pixels
_FINE = 2 * _SHARP  # drawn so many times larger and shrunk, which smooths the lines


def chart_png(chart: Chart) -> bytes:
    """Return the chart; twice as wide as it is shown, for screens with small pixels."""
    box, (left, right) = chart.drawing, chart.shade
    image = Image.new("RGB", (box.width * _FINE, box.height * _FINE), box.paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle([_fine((left, box.top)), _fine((right, box.foot))], fill=box.shade)
    for y in (box.top, box.foot):
        draw.line([_fine((box.left, y)), _fine((box.end, y))], fill=box.grid, width=_FINE)
    width = round(box.line_width * _FINE)
    for line in chart.expected:
        for dash in _dashes(line, box):
            draw.line([_fine(point) for point in dash], fill=box.expected, width=width)
    for line in chart.actual:
        draw.line([_fine(point) for point in line], fill=box.actual, width=width, joint="curve")
    _write(draw, chart)
    size = (box.width * _SHARP, box.height * _SHARP)
    small = image.resize(size, Image.Resampling.LANCZOS).quantize(64)
    kept = BytesIO()
    small.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _fine(point: Point) -> Point:
    """Return a point of the drawing in the large image."""
    return point[0] * _FINE, point[1] * _FINE


def _write(draw: ImageDraw.ImageDraw, chart: Chart) -> None:
    box = chart.drawing
    font = _font(box.image_letters * _FINE)
    actual, expected = (_written(word, font) for word in chart.legend)
    end, above, below = box.end * _FINE, box.above * _FINE, box.below * _FINE
    draw.text((box.left * _FINE, above), _written(chart.top_label, font), box.ink, font, "ls")
    draw.text((box.left * _FINE, below), _written(chart.from_label, font), box.ink, font, "ls")
    draw.text((end, below), _written(chart.to_label, font), box.ink, font, "rs")
    draw.text((end, above), f"- - {expected}", box.expected, font, "rs")
    end -= int(draw.textlength(f"- - {expected}    ", font))
    draw.text((end, above), f"— {actual}", box.actual, font, "rs")


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


def _dashes(line: tuple[Point, ...], box: Drawing) -> list[tuple[Point, Point]]:
    """Return the dashes of a line, which go on around its corners."""
    dashes: list[tuple[Point, Point]] = []
    along = 0.0
    for (x0, y0), (x1, y1) in pairwise(line):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        at = 0.0
        while at < length:
            phase = (along + at) % (box.dash + box.gap)
            step = (
                min((box.dash if phase < box.dash else box.dash + box.gap) - phase, length - at)
                or length - at
            )
            if phase < box.dash:
                a, b = at / length, (at + step) / length
                dashes.append(
                    ((x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0)))
                )
            at += step
        along += length
    return dashes
