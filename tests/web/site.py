"""A whole site on a real ledger, for tests: users of each role, a clock that is set, a browser to ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.accounts import Accounts
from app.page_figures import page_figures
from app.passwords import Passwords
from config.plant_file import load_plant
from domain.plant import Plant
from domain.user import Role, User
from store.ledger import SqlLedger
from web.page import NavEntry, Page
from web.pages.login import login_pages
from web.site import Site, build

PASSWORD = "một mật khẩu dài"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class SetClock:
    """A clock that goes when it is told to."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_(self, **parts: float) -> None:
        self.at += timedelta(**parts)


def a_demo_user(language: str = "en") -> User:
    """Return the demonstration's user, who may do everything; language "": the browser's."""
    return User("demo", "Demo", language, frozenset(Role), "", (), True, START)


@dataclass
class Ground:
    """What a site stands on."""

    ledger: SqlLedger
    clock: SetClock
    accounts: Accounts


@dataclass
class Built:
    """A site with what it stands on."""

    ledger: SqlLedger
    clock: SetClock
    accounts: Accounts
    app: Starlette
    stopping: Event = field(default_factory=Event)

    def browser(self, role: Role | None = None, *, language: str = "en", **named: Any) -> Browser:
        """Return a browser; with a role, one that has logged in."""
        client = TestClient(
            self.app, raise_server_exceptions=False, follow_redirects=False,
            headers={"accept-language": language}, **named,
        )  # fmt: skip
        browser = Browser(client)
        if role is not None:
            assert browser.log_in(str(role), PASSWORD).status_code == 303
        return browser


class Browser:
    """A client that sends forms as a page of ours would."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **named: Any) -> Any:
        return self.client.get(path, **named)

    def proof(self, path: str = "/login") -> str:
        """Return what the forms of a page carry; of a page that everybody sees, when not given."""
        page = self.client.get(path, follow_redirects=True)
        found = re.search(r'name="csrf" content="([^"]+)"', page.text)
        assert found is not None, page.text
        return found[1]

    def post(self, path: str, data: dict[str, str] | None = None, **named: Any) -> Any:
        return self.client.post(path, data={"csrf": self.proof()} | (data or {}), **named)

    def log_in(self, name: str, password: str, **data: str) -> Any:
        return self.post("/login", {"name": name, "password": password, **data})


def the_plant() -> Plant:
    """Return the example plant."""
    with as_file(files("config") / "dye_works.toml") as path:
        return load_plant(Path(path))


def a_ground(*, people: bool = True) -> Ground:
    """Return an empty ledger with a user of each role."""
    ledger, clock = SqlLedger("sqlite://"), SetClock()
    accounts = Accounts(ledger, clock, Passwords(QUICK))
    for role in Role if people else ():
        accounts.add(str(role), PASSWORD, {role}, by="test")
    return Ground(ledger, clock, accounts)


def a_site(
    pages: tuple[Page, ...] = (), *, nav: tuple[NavEntry, ...] = (), demo_user: User | None = None,
    set_up_code: str = "", people: bool = True, loss: Callable[[], float | None] = lambda: 97_834.0,
    ground: Ground | None = None,
) -> Built:  # fmt: skip
    """Return a site with these pages and those of logging in."""
    ground = ground or a_ground(people=people)
    clock, stopping = ground.clock, Event()
    site = Site(
        plant="Sông Hồng", language="vi", accounts=ground.accounts,
        figures=page_figures("Sông Hồng", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", clock),
        loss=loss, nav=nav, demo_user=demo_user, stopping=stopping,
    )  # fmt: skip
    rows = (*login_pages(604_800, set_up_code, clock.seconds), *pages)
    return Built(ground.ledger, clock, ground.accounts, build(site, rows), stopping)
