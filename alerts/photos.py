"""Photos from people's phones: looked at before they are kept, made small, and without place and device."""

from __future__ import annotations

import warnings
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageOps

from alerts.acting import Deed, alert_named, note
from domain.alert import Alert
from domain.alert_change import Change
from domain.errors import RefusedError
from domain.photo import Photo, photo_id
from domain.ports import LedgerTx

FORMATS = ("JPEG", "PNG", "WEBP")
#: of what is kept: the longer side [pixels], and the quality of its JPEG
LONGEST_SIDE, QUALITY = 1600, 82
#: what a phone may send [pixels]; a small file can unfold to gigabytes
MOST_PIXELS = 64_000_000
WRONG = "this is no photo that can be read: JPEG, PNG or WebP, of 64 megapixels at most"


def clean_photo(data: bytes) -> bytes:
    """Return a photo as a JPEG of 1600 pixels at most, upright, without its place, device and other metadata.

    Raises:
        RefusedError: it is none, whatever its name says, or it is too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise RefusedError(WRONG)
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read at the size that is kept
                small = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise RefusedError(WRONG) from None  # what a broken file makes Pillow raise
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = BytesIO()
    Image.frombytes("RGB", small.size, small.tobytes()).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def add_photo(tx: LedgerTx, name: str, data: bytes, text: str, who: str, now: datetime) -> Alert:
    """Return the alert; a photo of `clean_photo` stands in its history, with a word or without."""
    alert = alert_named(tx, name)
    photo = Photo(photo_id(data), now, who, data)
    tx.save_photo(photo)
    note(tx, alert, alert, Deed(Change.COMMENTED, who, text.strip()[:2000], now, {"photo": photo.id}))
    return alert
