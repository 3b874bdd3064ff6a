"""Installations with something of everything in them, and archives of them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import create_engine, select

from domain.notice import Quota
from domain.photo import Photo, photo_id
from store.ledger import SqlLedger
from store.sqlite import SqliteSeries
from store.tables import METADATA
from tests.contract.test_ledger_alerts import a_change, a_notice, a_silence, some_feedback
from tests.contract.test_ledger_users import LAN, TOKEN, a_session
from tests.e2e.commands import run
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.store.builders import (
    a_baseline,
    a_hotspot,
    a_message,
    a_snapshot,
    a_status,
    an_alert,
    an_amendment,
    consumption,
    intervals,
    readings,
)

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
PHOTO = bytes(range(256))


def a_machine(folder: Path, **sections: dict[str, object]) -> Path:
    """Return the settings of an installation in a folder of its own."""
    folder.mkdir()
    write_plant(folder, WATER_WORKS)
    return write_settings(folder, **sections)


def fill(url: str) -> None:
    """Put something into every table of a ledger."""
    with closing(SqlLedger(url)) as ledger:
        ledger.migrate()
        with ledger.begin() as tx:
            tx.save_baseline(a_baseline())
            tx.save_snapshot(a_snapshot())
            tx.save_checkpoint(a_snapshot())
            tx.save_hotspot(a_hotspot())
            tx.save_alert(an_alert())
            tx.enqueue(a_message())
            tx.save_amendment(an_amendment())
            tx.add_change(a_change())
            tx.save_silence(a_silence())
            tx.add_feedback(some_feedback())
            tx.save_photo(Photo(photo_id(PHOTO), ALWAYS[0], "Lan", PHOTO))
            tx.hold(a_notice())
            tx.save_quota(Quota("phone", 3.0, ALWAYS[0]))
            tx.save_meter_status(a_status())
            tx.save_user(LAN)
            tx.save_api_token(TOKEN)
            tx.save_session(a_session("d"))
            tx.audit(
                at=ALWAYS[0], who="Lan", what="approved", about="supply/water", why="", details={"x": [1.5]}
            )


def fill_series(file: Path) -> None:
    with closing(SqliteSeries(file)) as series:
        series.append(readings(500))
        series.append_intervals(intervals([0, 1, 2]))
        series.append_consumption(consumption([0, 1, 2]))


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a ledger holds, by table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return found


def embedded(settings: Path) -> Path:
    return settings.parent / "var" / "wastenot.sqlite"


def an_installation(folder: Path) -> Path:
    """Return the settings of an installation on the embedded defaults with something of everything."""
    settings = a_machine(folder)
    embedded(settings).parent.mkdir()
    fill_series(embedded(settings))
    fill(f"sqlite:///{embedded(settings)}")
    return settings


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An installation of its own."""
    return an_installation(tmp_path / "here")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of such an installation; nobody changes it."""
    folder = tmp_path_factory.mktemp("archive")
    done = run("backup", folder / "a.tar", "--settings", an_installation(folder / "there"))
    assert done.returncode == 0, done.stderr
    (folder / "a.tar").chmod(0o400)
    return folder / "a.tar"


def same_series(one: Path, other: Path) -> None:
    with closing(SqliteSeries(one)) as first, closing(SqliteSeries(other)) as second:
        names = ["dye_line_2.water"]
        assert_frame_equal(first.read(names, *ALWAYS), second.read(names, *ALWAYS))
        assert first.read(names, *ALWAYS).height == 500
        assert_frame_equal(first.read_consumption(names, *ALWAYS), second.read_consumption(names, *ALWAYS))
        asked = ("dye_line_2", "water", *ALWAYS)
        assert_frame_equal(first.read_intervals(*asked), second.read_intervals(*asked))
