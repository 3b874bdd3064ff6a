"""One running process: the parts its roles need, started in order and stopped in the reverse."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Self, TextIO

import structlog

from app.clock import WallClock
from app.collecting import Collecting, open_collecting
from app.health import PartHealth, Probe, ask, reached
from app.http import HttpServer, http_app
from app.metrics import metrics_registry
from app.wiring import Role, broker_address, open_ledger, open_sink, open_store
from config.settings import Settings
from domain.alert import Alert
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, ReadingSink, SeriesStore
from domain.user import User
from ingest.broker import Broker, start_broker
from ingest.publisher import MqttPublisher

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.routing import Route

    from app.analysing import Analysing
    from app.schedule import Schedule
    from store.ledger import SqlLedger

log = structlog.get_logger()

#: how often retained states are told again: a broker may have forgotten them
ANNOUNCE_S, READY_S = 600.0, 2.0


class Process:
    """A collector, an analyser, or both. Use as a context manager: what was started is always stopped."""

    def __init__(
        self,
        settings: Settings,
        plant: Plant,
        roles: set[Role],
        clock: Clock | None = None,
        stream: TextIO = sys.stdout,
        transit_s: float = 0.0,
        partition: str | None = None,
        *,
        demo_user: User | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            clock: the wall clock when not given; a simulated one for a simulated plant.
            stream: where the console channel writes.
            partition: the one to collect, "" when there are none; None = all that the plant has.
            demo_user: who everybody at this machine is on the pages; None outside a demonstration.
            transit_s: how long a reading is on its way, on `clock` [s]; see Alerting.
        """
        self.settings, self.plant, self.roles = settings, plant, roles
        self.clock = clock or WallClock()
        self._stream, self._transit_s = stream, transit_s
        self._partition, self._demo_user = partition, demo_user
        self._stack = ExitStack()
        self.store: SeriesStore
        self.ledger: SqlLedger  # this and the schedule are an analyser's
        self.schedule: Schedule
        self.broker: Broker | None = None
        self.collecting: Collecting | None = None
        self.analysing: Analysing | None = None
        self.http: HttpServer | None = None

    def __enter__(self) -> Self:
        """Start everything; what was started is stopped again when a later part cannot start."""
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        log.info(
            "app.process_started", roles=sorted(map(str, self.roles)), plant=self.plant.name, http=self._url()
        )
        return self

    def __exit__(self, *_raised: object) -> None:
        """Stop everything, the newest part first."""
        self._stack.close()
        log.info("app.process_stopped", roles=sorted(map(str, self.roles)))

    def _start(self, stack: ExitStack) -> None:
        sink: ReadingSink
        if self.roles & {Role.ANALYSE, Role.SERVE}:
            sink = self.store = open_store(self.settings)
        else:
            sink = open_sink(self.settings)
        stack.callback(sink.close)
        if self.settings.broker.mode != "external" and Role.COLLECT in self.roles:
            self._start_broker(stack)
        if Role.COLLECT in self.roles:
            self._start_collecting(stack, sink)
        if self.roles & {Role.ANALYSE, Role.SERVE}:
            self.ledger = open_ledger(self.settings)
            stack.callback(self.ledger.close)
        if Role.ANALYSE in self.roles:
            self._start_analysing(stack)
        self._start_http(stack)

    def _start_broker(self, stack: ExitStack) -> None:
        mode = self.settings.broker.mode
        assert mode != "external"
        self.broker = start_broker(mode, self.settings.data_dir / "broker", self.settings.broker.port)
        stack.callback(self.broker.stop)

    @property
    def broker_port(self) -> int:
        """Return the port of the broker this process talks to."""
        return self.broker.port if self.broker is not None else self.settings.broker.port

    def _start_collecting(self, stack: ExitStack, sink: ReadingSink) -> None:
        self.collecting = open_collecting(
            self.settings, self.plant, sink, self.clock, self.broker_port, self._partition
        )
        self.collecting.start()
        stack.callback(self.collecting.stop)

    def _start_analysing(self, stack: ExitStack) -> None:
        # river, SQLAlchemy and what stands on them cost seconds and memory that a collector does not need
        from analytics.rules.live import RuleWatch
        from app.alert_settings import alert_patience
        from app.alerting import Alerting, WholePlant
        from app.analysing import Analysing
        from app.analyst import Analyst
        from app.channels import announcers, mqtt_will, open_commands, open_receivers
        from app.curves import curves_of
        from app.leanings import leanings_of
        from app.schedule import Schedule, seldom
        from app.standstills import Standstills

        address = broker_address(self.settings, "", self.broker_port)
        publisher = MqttPublisher(address, will=mqtt_will(self.settings))
        stack.callback(publisher.close)
        receivers = open_receivers(
            self.settings, self.plant, publisher, self._stream, curves_of(self.store, self.plant),
            self._open_alerts,
        )  # fmt: skip
        lateness_s = self.settings.analysis.lateness_s
        analyst = Analyst(self.plant, self.store, self.ledger, self.clock, lateness_s)
        patience = alert_patience(self.settings, self._transit_s)
        whole = WholePlant(
            Standstills(self.plant, self.ledger).conditions, leanings_of(self.plant, self.ledger).said
        )
        alerting = Alerting(self.plant, self.ledger, self.clock, receivers, patience, whole)
        collecting = self.collecting
        self.analysing = Analysing(
            self.settings,
            self.plant,
            self.ledger,
            self.clock,
            analyst,
            alerting,
            rules=RuleWatch(self.plant, self.store, self.ledger, self.clock, lateness_s),
            problems=collecting.problems if collecting is not None else tuple,
        )
        self.schedule = Schedule()
        self.analysing.schedule(self.schedule, self.settings.analysis.every_s)
        self.schedule.start()
        stack.callback(self.schedule.stop)
        for number, announce in enumerate(announcers(receivers.notifiers.values()), 1):
            job = self.analysing.when_ready(seldom(announce, ANNOUNCE_S))
            self.schedule.every(READY_S, f"announce {number}", job)
        for subscriber in open_commands(self.settings, address, self.ledger, self.clock):
            subscriber.start()
            stack.callback(subscriber.stop)
        stack.callback(self.analysing.stop)

    def _start_http(self, stack: ExitStack) -> None:
        glance = None if self.analysing is None else self.analysing.alerting.glance
        stopping = threading.Event()
        site = self._open_site(stopping) if Role.SERVE in self.roles else None
        app = http_app(self.health, metrics_registry(self.health), glance, site, self._alert_routes())
        http = self.settings.http
        self.http = HttpServer(app, http.host, http.port, stopping, http.trusted_proxies)
        self.http.start()
        stack.callback(self.http.stop)

    def _open_alerts(self) -> list[Alert]:
        with self.ledger.begin() as tx:
            return tx.alerts(open_only=True)

    def _alert_routes(self) -> list[Route]:
        """Return the addresses of links that act and of hooks, where there are any."""
        alerts = self.settings.alerts
        if not self.roles & {Role.ANALYSE, Role.SERVE} or (alerts.link_secret is None and not alerts.hooks):
            return []
        from app.alert_routes import alert_routes
        from app.channels import open_desk
        from app.curves import curves_of

        curve_of = curves_of(self.store, self.plant)
        desk = open_desk(self.settings, self.plant, self.ledger, self.clock, curve_of)
        return list(alert_routes(desk))

    def _open_site(self, stopping: threading.Event) -> Starlette:
        from app.pages import Ground, open_site
        from app.ready_ledger import ReadyLedger

        ledger = ReadyLedger(self.ledger)
        ground = Ground(
            self.settings,
            self.plant,
            self.store,
            ledger,
            self.clock,
            self.health,
            self._demo_user,
            self._transit_s,
            stopping,
        )
        return open_site(ground)

    def _url(self) -> str:
        return "" if self.http is None else self.http.url

    def health(self) -> dict[str, PartHealth]:
        """Return the health of every part."""
        probes: dict[str, Probe] = {}
        if self.collecting is not None:
            probes |= self.collecting.probes()
        if self.analysing is not None:
            probes |= self.analysing.probes() | {"jobs": self.schedule.probe}
        elif Role.SERVE in self.roles:
            probes |= {
                "store": partial(reached, self.store.ping),
                "ledger": partial(reached, self.ledger.ping),
            }
        return ask(probes)

    def run_until(self, stop: threading.Event, every_s: float = 0.2) -> None:
        """Return when `stop` is set.

        Raises:
            WorldError: collecting has ended for good, say because somebody else has our session.
        """
        while not stop.wait(every_s):
            failure = None if self.collecting is None else self.collecting.failure
            if failure is not None:
                raise WorldError(str(failure), retryable=False)
