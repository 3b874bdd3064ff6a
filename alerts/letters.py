"""Letters that a channel can show: without diacritics for SMS, without effect for Markdown."""

from __future__ import annotations

import unicodedata

_PLAIN = str.maketrans({
    "đ": "d", "Đ": "D", "₫": "d", "€": "EUR", "£": "GBP", "¥": "JPY", "·": "-", "−": "-", "–": "-", "—": "-",
    "→": ">", "▲": "!!", "△": "!", "○": "", "✔": "OK", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'",
    "‹": "(", "›": ")", "＠": "(a)", "\xa0": " ",
})  # fmt: skip
#: no two chats escape alike, so signs that act are shown by letters that look like them
_MARKLESS = str.maketrans({"*": "∗", "[": "［", "]": "］", "`": "ˋ", "~": "∼", "|": "¦", "\\": "＼"})


def plain(text: str) -> str:
    """Return a text in letters that need no second SMS: Vietnamese without its diacritics, ASCII only.

    Source: 3GPP TS 23.038: a text beyond the GSM 7 bit alphabet is sent in pieces of 70 letters.

    >>> plain("▲ CAO · Chuyền nhuộm 2 · nước +4,1 m³/giờ")
    '!! CAO - Chuyen nhuom 2 - nuoc +4,1 m3/gio'
    """
    spread = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(kept.encode("ascii", errors="replace").decode().split())


def markless(value: object) -> object:
    """Return a template's value with nothing in it that a chat takes for mark-up; an address stays as it is.

    >>> markless("[dye_line] *2* _now_")
    '［dye_line］ ∗2∗ ＿now＿'
    """
    if not isinstance(value, str) or value.startswith(("https://", "http://")):
        return value
    words = value.translate(_MARKLESS).split(" ")
    return " ".join(_edgeless(word) for word in words)


def _edgeless(word: str) -> str:
    """Return a word whose underscores at either end, which would slant it, are full-width."""
    inner = word.strip("_")
    if inner == word:
        return word
    start = len(word) - len(word.lstrip("_"))
    return "＿" * start + inner + "＿" * (len(word) - start - len(inner))
