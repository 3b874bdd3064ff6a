"""One running process: the parts its roles need, started in order and stopped in the reverse."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self, TextIO

import structlog

from app.clock import WallClock
from app.collecting import Collecting, open_collecting
from app.health import PartHealth, Probe, ask
from app.http import HttpServer, http_app
from app.metrics import metrics_registry
from app.schedule import Schedule
from app.wiring import Role, alert_patience, broker_address, open_ledger, open_receivers, open_store
from config.settings import Settings
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, SeriesStore
from ingest.broker import Broker, start_broker
from ingest.publisher import MqttPublisher
from store.ledger import SqlLedger

if TYPE_CHECKING:
    from app.analysing import Analysing

log = structlog.get_logger()


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
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            clock: the wall clock when not given; a simulated one for a simulated plant.
            stream: where the console channel writes.
            transit_s: how long a reading is on its way, on `clock` [s]; see Alerting.
        """
        self.settings, self.plant, self.roles = settings, plant, roles
        self.clock = clock or WallClock()
        self._stream, self._transit_s = stream, transit_s
        self._stack = ExitStack()
        self.schedule = Schedule()
        self.store: SeriesStore
        self.ledger: SqlLedger
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
        self.store = open_store(self.settings)
        stack.callback(self.store.close)
        self.ledger = open_ledger(self.settings)
        stack.callback(self.ledger.close)
        if self.settings.broker.mode != "external" and Role.COLLECT in self.roles:
            self._start_broker(stack)
        if Role.COLLECT in self.roles:
            self._start_collecting(stack)
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

    def _start_collecting(self, stack: ExitStack) -> None:
        self.collecting = open_collecting(self.settings, self.plant, self.store, self.clock, self.broker_port)
        self.collecting.start()
        stack.callback(self.collecting.stop)

    def _start_analysing(self, stack: ExitStack) -> None:
        # river and the models behind it cost seconds and memory that a collector does not need
        from app.alerting import Alerting
        from app.analysing import Analysing
        from app.analyst import Analyst

        address = broker_address(self.settings, "", self.broker_port)
        publisher = MqttPublisher(address)
        stack.callback(publisher.close)
        receivers = open_receivers(self.settings, self.plant, publisher, self._stream)
        lateness_s = self.settings.analysis.lateness_s
        analyst = Analyst(self.plant, self.store, self.ledger, self.clock, lateness_s)
        patience = alert_patience(self.settings, self._transit_s)
        alerting = Alerting(self.plant, self.ledger, self.clock, receivers, patience)
        collecting = self.collecting
        self.analysing = Analysing(
            self.settings,
            self.plant,
            self.ledger,
            self.clock,
            analyst,
            alerting,
            collecting.problems if collecting is not None else tuple,
        )
        self.analysing.schedule(self.schedule, self.settings.analysis.every_s)
        self.schedule.start()
        stack.callback(self.schedule.stop)
        stack.callback(self.analysing.stop)

    def _start_http(self, stack: ExitStack) -> None:
        glance = None if self.analysing is None else self.analysing.alerting.glance
        app = http_app(self.health, metrics_registry(self.health), glance)
        self.http = HttpServer(app, self.settings.http.host, self.settings.http.port)
        self.http.start()
        stack.callback(self.http.stop)

    def _url(self) -> str:
        return "" if self.http is None else self.http.url

    def health(self) -> dict[str, PartHealth]:
        """Return the health of every part."""
        probes: dict[str, Probe] = {}
        if self.collecting is not None:
            probes |= self.collecting.probes()
        if self.analysing is not None:
            probes |= self.analysing.probes() | {"jobs": self.schedule.probe}
        return ask(probes)

    def run_until(self, stop: threading.Event, every_s: float = 0.2) -> None:
        """Return when `stop` is set.

        Raises:
            WorldError: collecting has ended for good, say because somebody else has our session.
        """
        while not stop.wait(every_s):
            failure = None if self.collecting is None else self.collecting.collector.failure
            if failure is not None:
                raise WorldError(str(failure), retryable=False)
