"""Set-up from the pages at a real broker: what is heard is proposed and written, with comments kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adopting import Adopting, append
from app.clock import WallClock
from config.plant_file import load_plant
from config.settings import Settings
from domain.errors import RefusedError
from domain.user import Role
from ingest.publisher import MqttPublisher
from store.ledger import SqlLedger
from tests.e2e.commands import wait_for
from tests.servers.mosquitto import Mosquitto, mosquitto
from tests.web.site import Browser, a_ground, a_site
from web.pages.setup import setup_pages

__all__ = ["mosquitto"]
PLANT = """# Our plant; this comment stays.
[plant]
name = "Sông Hồng"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"   # and this one
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "plant.toml"
    written.write_text(PLANT, encoding="utf-8")
    return written


@pytest.fixture
def adopting(file: Path, mosquitto: Mosquitto) -> Iterator[Adopting]:
    stopped = threading.Event()
    settings = Settings.model_validate(
        {"plant": file, "broker": {"host": "127.0.0.1", "port": mosquitto.port}, "data_dir": file.parent}
    )
    yield Adopting(settings, load_plant(file, draft=True), SqlLedger("sqlite://"), WallClock(), stopped)
    stopped.set()


@pytest.fixture
def browser(adopting: Adopting) -> Browser:
    return a_site(setup_pages(adopting), ground=a_ground()).browser(Role.ADMIN)


def hear(adopting: Adopting, mosquitto: Mosquitto, payloads: dict[str, list[bytes]]) -> None:
    """Listen while a gateway publishes, until all of it was heard."""
    adopting.listen(60)
    publisher = mosquitto.publisher()
    total = sum(map(len, payloads.values()))
    wait_for("listening", lambda: _heard_probe(adopting, publisher))
    before = _messages(adopting)
    for topic, messages in payloads.items():
        for one in messages:
            publisher.publish(topic, one, retain=False)
    wait_for("all messages", lambda: _messages(adopting) >= before + total)
    publisher.close()
    assert adopting._session is not None
    adopting._stopped.set()
    wait_for("the end", lambda: adopting.listening() is not None and not adopting.listening().is_on)  # type: ignore[union-attr]
    adopting._stopped.clear()


def _messages(adopting: Adopting) -> int:
    found = adopting.listening()
    return 0 if found is None else found.messages


def _heard_probe(adopting: Adopting, publisher: MqttPublisher) -> bool:
    publisher.publish("probe/probe", b"hello", retain=False)
    return _messages(adopting) > 0


WATER = {"plant/dye_line_2/water": [b'{"total_m3": %d.5, "<b>": 1}' % (100 + n) for n in range(6)]}


@pytest.mark.servers
def test_what_is_heard_is_adopted_with_changes_and_every_comment_stays(
    browser: Browser, adopting: Adopting, file: Path, mosquitto: Mosquitto
) -> None:
    hear(adopting, mosquitto, WATER)
    page = browser.get("/setup").text
    assert "105.5" in page, "what the last message became"
    assert "&lt;b&gt;" in page
    found = adopting.found()
    assert found is not None
    numbers = {row.table: row.number for row in found.rows}
    meter = found.rows[numbers["meter"]]
    data = {f"{meter.number}.{one.key}": str(one.value) for one in meter.keys}
    data |= {f"{meter.number}.id": "nuoc.chuyen_2", "row": str(meter.number)}
    refused = browser.post("/setup/adopt", data)
    assert refused.status_code == 422, "the process is not there yet"
    assert file.read_text(encoding="utf-8") == PLANT
    browser.client.post(
        "/setup/adopt", data=data | {"csrf": browser.proof(), "row": [str(one) for one in numbers.values()]}
    )
    written = file.read_text(encoding="utf-8")
    assert written.startswith(PLANT.rstrip())
    assert "# and this one" in written
    assert "nuoc.chuyen_2" in load_plant(file).meters
    hear(adopting, mosquitto, WATER)
    again = adopting.found()
    assert again is not None
    assert [row for row in again.rows if row.table == "meter"] == []
    assert [preview.values[0][:2] for preview in again.known if preview.values] == [("nuoc.chuyen_2", 105.5)]


@pytest.mark.servers
def test_only_one_listens_and_nothing_is_adopted_that_was_not_heard(
    browser: Browser, adopting: Adopting
) -> None:
    assert browser.post("/setup/adopt", {"row": "0"}).status_code == 409
    assert browser.post("/setup/listen", {"seconds": "5"}).status_code == 422
    assert browser.post("/setup/listen", {"seconds": "30"}).headers["location"] == "/setup"
    assert browser.post("/setup/listen", {"seconds": "30"}).status_code == 409
    assert 'hx-trigger="every 2s"' in browser.get("/setup").text
    with pytest.raises(RefusedError):
        adopting.listen(1)


def test_a_broker_that_is_away_is_said(file: Path) -> None:
    settings = Settings.model_validate({"plant": file, "broker": {"host": "127.0.0.1", "port": 1}})
    adopting = Adopting(
        settings, load_plant(file, draft=True), SqlLedger("sqlite://"), WallClock(), threading.Event()
    )
    adopting.listen(1)
    wait_for("the end", lambda: adopting.listening() is not None and not adopting.listening().is_on)  # type: ignore[union-attr]
    told = adopting.listening()
    assert told is not None
    assert told.trouble


def test_a_file_that_cannot_be_written_stays_as_it_was(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(OSError, match="No such file"):
        append(file.parent / "nowhere" / "plant.toml", "x")
    append(file, "# more\n")
    assert file.read_bytes() == before.rstrip() + b"\n\n\n# more\n"
    assert [one.name for one in file.parent.iterdir()] == ["plant.toml"]


def test_others_do_not_set_up(adopting: Adopting) -> None:
    browser = a_site(setup_pages(adopting), ground=a_ground()).browser(Role.ENERGY_MANAGER)
    assert browser.get("/setup").status_code == 403
    assert browser.post("/setup/listen", {"seconds": "30"}).status_code == 403
