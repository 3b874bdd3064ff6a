"""The pages of a process: what each of them is made from. A new page is one line in `all_pages`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import structlog
from starlette.applications import Starlette

from alerts.shifts import Shifts
from app.accounts import Accounts, Lengths
from app.adopting import Adopting
from app.alert_actions import AlertActions
from app.alert_pages import AlertReader
from app.baseline_cards import BaselineDesk
from app.channels import letterhead
from app.clock import WallClock
from app.curves import curves_of
from app.data_health import DataHealthSource
from app.day_sums import DaySums
from app.flows import FlowSource
from app.health import PartHealth, as_json
from app.indicator_table import IndicatorSource
from app.losses import LossSource
from app.page_figures import page_figures
from app.passwords import Passwords
from app.plant_view import Shared, plant_view
from app.span_choices import span_choices
from app.trends import TrendSource
from app.work_list import work_list
from config.settings import Settings
from domain.errors import LedgerError
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from domain.stories import told_once
from domain.user import User
from web.api.alert_story import alert_story_endpoints
from web.api.alerts import alert_endpoints
from web.api.baselines import baseline_endpoints
from web.api.data_health import data_endpoints
from web.api.endpoint import api_pages
from web.api.flows import flow_endpoints
from web.api.health import health_endpoints
from web.api.indicators import indicator_endpoints
from web.api.losses import loss_endpoints
from web.api.me import me_endpoints
from web.api.now import now_endpoints
from web.api.plant import plant_endpoints
from web.api.trends import trend_endpoints
from web.api.work import work_endpoints
from web.page import NavEntry, Page
from web.pages.alert import alert_pages
from web.pages.baselines import baseline_pages
from web.pages.data_health import NAV as DATA
from web.pages.data_health import DataHealth, data_pages
from web.pages.flows import flow_pages
from web.pages.indicators import indicator_pages
from web.pages.login import login_pages
from web.pages.losses import loss_pages
from web.pages.now import NAV as NOW
from web.pages.now import now_pages
from web.pages.plant import NAV as PLANT
from web.pages.plant import plant_pages
from web.pages.qr import qr_pages
from web.pages.settings import MOST, WITHIN_S, settings_pages
from web.pages.setup import NAV as SETUP
from web.pages.setup import setup_pages
from web.pages.trends import trend_pages
from web.pages.trends_export import trend_exports
from web.pages.users import NAV as USERS
from web.pages.users import user_pages
from web.pages.work import NAV as WORK
from web.pages.work import work_pages
from web.site import Site, build
from web.throttle import Throttle
from web.trends_nav import NAV as TRENDS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ground:
    """What pages can be made from."""

    settings: Settings
    plant: Plant
    store: SeriesStore
    ledger: Ledger
    clock: Clock  # the plant's: simulated in a demonstration
    health: Callable[[], Mapping[str, PartHealth]]
    demo_user: User | None = None
    transit_s: float = 0.0  # see Process
    stopping: Event = field(default_factory=Event)  # set when the process is about to end


def all_pages(ground: Ground) -> tuple[tuple[NavEntry, ...], tuple[Page, ...]]:
    """Return the navigation and every page but those of logging in."""
    shifts = Shifts(ground.plant.timezone, ground.plant.shifts)
    orders = [one.name for one in ground.settings.alerts.channels if one.kind == "work_order"]
    actions = AlertActions(ground.ledger, ground.clock, shifts, orders)
    data = data_health(ground)
    adopting = Adopting(ground.settings, ground.plant, ground.ledger, ground.clock, ground.stopping)
    reader = AlertReader(
        ground.ledger, ground.clock, lambda language: letterhead(ground.settings, ground.plant, language),
        ground.plant, curves_of(ground.store, ground.plant, ground.ledger),
    )  # fmt: skip
    view = plant_view(ground.plant, ground.store, ground.ledger, ground.clock)
    trends = TrendSource(ground.plant, ground.store, ground.ledger, ground.clock).answers()
    choices = span_choices(ground.plant, ground.ledger, ground.clock)
    sums = DaySums(ground.plant, ground.store, ground.ledger, ground.clock, ground.stopping)
    losses_of = LossSource(ground.plant, sums, ground.ledger).losses
    indicators_of = IndicatorSource(ground.plant, sums, ground.ledger).indicators
    flows_of = FlowSource(ground.plant, sums).flows
    cards = BaselineDesk(ground.plant, ground.ledger, ground.clock).answers()
    head_of = partial(letterhead, ground.settings, ground.plant)
    work = work_list(ground.ledger, ground.clock, head_of)
    nav = (NOW, TRENDS, WORK, PLANT, DATA, SETUP, USERS)
    pages = (
        *now_pages(view.processes, reader.open, ground.clock.now),
        *alert_pages(reader.read, actions, lambda: ground.clock.now().astimezone(ground.plant.timezone)),
        *trend_pages(trends, choices),
        *trend_exports(trends, choices),
        *loss_pages(losses_of, choices),
        *flow_pages(flows_of, choices),
        *indicator_pages(indicators_of, choices),
        *baseline_pages(cards, choices),
        *work_pages(work, lambda: ground.clock.now().astimezone(ground.plant.timezone).date()),
        *qr_pages(view.processes, ground.settings.pages_url),
        *plant_pages(view, reader.open),
        *data_pages(data),
        *setup_pages(adopting),
        *settings_pages(Throttle(MOST, WITHIN_S, time.monotonic)),
        *user_pages(lambda limit: account_lines(ground.ledger, limit), WallClock().now),
        *api_pages(
            (
                *me_endpoints(),
                *alert_endpoints(actions.alerts, actions),
                *alert_story_endpoints(reader.read, actions),
                *work_endpoints(work),
                *trend_endpoints(trends, choices),
                *loss_endpoints(losses_of, choices),
                *flow_endpoints(flows_of, choices),
                *indicator_endpoints(indicators_of, choices),
                *baseline_endpoints(cards),
                *plant_endpoints(view),
                *now_endpoints(view.processes),
                *data_endpoints(data),
                *health_endpoints(lambda: as_json(ground.health())),
            )
        ),
    )
    return nav, pages


def data_health(ground: Ground) -> DataHealth:
    """Return what the page about data health asks."""
    source = DataHealthSource(
        ground.settings, ground.plant, ground.store, ground.ledger, ground.clock,
        lambda: as_json(ground.health()), ground.transit_s,
    )  # fmt: skip
    return source.answers()


def open_site(ground: Ground) -> Starlette:
    """Return the application; says in the log how the first administrator is made, if there is none."""
    settings, plant = ground.settings, ground.plant
    lengths = Lengths(timedelta(seconds=settings.web.idle_s), timedelta(seconds=settings.web.session_s))
    accounts = Accounts(ground.ledger, WallClock(), Passwords(), lengths)
    nav, pages = all_pages(ground)
    site = Site(
        plant=plant.name,
        language=plant.language,
        accounts=accounts,
        figures=page_figures(plant.name, plant.timezone, plant.currency, ground.clock),
        loss=Shared(lambda: avoidable_loss(ground.ledger)),
        nav=nav,
        demo_user=ground.demo_user,
        stopping=ground.stopping,
        zone=plant.timezone,
    )
    code = secrets.token_urlsafe(9) if ground.demo_user is None and _is_empty(accounts) else ""
    if code:
        log.warning(
            "web.first_admin_wanted", page=f"{settings.pages_url}/first", set_up_code=code,
            or_else="wastenot user add NAME --role admin",
        )  # fmt: skip
    return build(site, (*login_pages(round(settings.web.session_s), code), *pages))


def account_lines(ledger: Ledger, limit: int) -> list[dict[str, Any]]:
    """Return the latest lines of the audit trail about users, the newest first."""
    with ledger.begin() as tx:
        lines = tx.audit_trail(limit=20 * limit)
    return [line for line in lines if line["about"].startswith("user/")][:limit]


def _is_empty(accounts: Accounts) -> bool:
    """Return whether there is nobody yet, as far as can be known; the form itself asks again."""
    try:
        return not accounts.users()
    except LedgerError:
        return True


def avoidable_loss(ledger: Ledger) -> float | None:
    """Return what the open hotspots cost per hour; None when no price of any of them is known."""
    with ledger.begin() as tx:
        costs = [hotspot.cost_per_hour for hotspot in told_once(tx.hotspots(open_only=True))]
    known = [cost for cost in costs if cost is not None]
    return sum(cost for cost in known if cost > 0) if known or not costs else None
