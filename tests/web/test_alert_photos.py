"""Photos in comments on an alert: kept small and without their place; what is none is refused."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from domain.user import Role
from tests.web.alert_site import an_alert_site
from tests.web.site import Browser, Built


@pytest.fixture
def built() -> Built:
    return an_alert_site()


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200), exif: bool = True) -> bytes:
    file, about = BytesIO(), Image.Exif()
    if exif:
        about[0x010F] = "a phone"
        about[0x8825] = {1: "N", 2: (21.0, 1.0, 42.5)}
    Image.new("RGB", size, "red").save(file, kind, exif=about)
    return file.getvalue()


def send(browser: Browser, data: bytes, name: str = "valve.jpg", text: str = "") -> Any:
    return browser.post("/a/1eac/comment", {"text": text}, files={"photo": (name, data, "image/jpeg")})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_small_and_without_its_place(built: Built, kind: str) -> None:
    browser = built.browser(Role.OPERATOR)
    assert send(browser, a_photo(kind), text="the <b>seal</b>").status_code == 303
    page = browser.get("/a/1eac").text
    assert "the &lt;b&gt;seal&lt;/b&gt;" in page
    found = re.search(r'src="(/a/1eac/photo/\w+)"', page)
    assert found is not None
    answer = browser.get(found[1])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    kept = Image.open(BytesIO(answer.content))
    assert kept.size == (1600, 800)
    assert dict(kept.getexif()) == {}
    assert browser.get(found[1].replace("1eac", "f00d")).status_code == 404, "it is another alert's"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script>",
        b"GIF89a" + bytes(50),
        b"\xff\xd8\xff\xe0" + bytes(99),
        a_photo()[:900],
    ],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(built: Built, data: bytes) -> None:
    answer = send(built.browser(Role.OPERATOR), data, "photo.png")
    assert answer.status_code == 409
    assert "JPEG, PNG or WebP" in answer.text
    assert "Traceback" not in answer.text


def test_a_small_file_that_unfolds_to_hundreds_of_megapixels_is_refused(built: Built) -> None:
    file = BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert len(file.getvalue()) < 200_000
    assert send(built.browser(Role.OPERATOR), file.getvalue(), "bomb.png").status_code == 409


def test_twenty_megabytes_are_refused_with_a_clear_page(built: Built) -> None:
    answer = send(built.browser(Role.OPERATOR), bytes(20 * 10**6))
    assert answer.status_code == 413
    assert "too large" in answer.text
