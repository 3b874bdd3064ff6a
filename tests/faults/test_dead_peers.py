"""Peers that are there and say nothing: stopped processes, connections that swallow everything."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.e2e.commands import wait_for
from tests.faults.site import Site, a_site
from tests.servers.proxy import Way

pytestmark = pytest.mark.servers

KEEPALIVE_S, TIMEOUT_S = 2, 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running installation with short patience, both of its connections through proxies."""
    broker = {"proxied": True, "keepalive": f"{KEEPALIVE_S}s"}
    series = {"proxied": True, "timeout": f"{TIMEOUT_S}s"}
    with a_site(tmp_path_factory.mktemp("site"), broker=broker, series=series) as running:
        yield running


@pytest.fixture(autouse=True)
def is_well(site: Site) -> Iterator[None]:
    """Begin and end with everything stored, once."""
    yield
    assert site.wait_stored().is_whole
    wait_for("health", lambda: site.is_connected() and not site.part("shipping")["detail"])


@pytest.mark.fault(13)
@pytest.mark.parametrize("way", [Way.UP, None])
def test_a_dead_connection_to_the_broker_is_noticed_and_replaced(site: Site, way: Way | None) -> None:
    before = site.to_broker.accepted
    site.to_broker.held = {*Way} if way is None else {way}
    site.publish(500)
    wait_for("the loss", lambda: not site.is_connected())
    wait_for("another try", lambda: site.to_broker.accepted > before)
    site.to_broker.held = set()
    site.to_broker.cut()  # the network forgets what it held


@pytest.mark.fault(13)
@pytest.mark.parametrize("way", Way)
def test_a_dead_connection_to_influxd_is_given_up_and_the_batch_sent_again(site: Site, way: Way) -> None:
    site.to_influxd.held = {way}
    site.publish(500)
    wait_for("the timeout", lambda: site.part("shipping")["detail"])
    site.to_influxd.held = set()


@pytest.mark.fault(13)
@pytest.mark.parametrize("after_bytes", [0, 9])  # before the status: behind it, it says that all is kept
def test_an_answer_of_influxd_that_breaks_off_is_no_answer(site: Site, after_bytes: int) -> None:
    lost = site.collector.text().count("ship.store_failed")
    site.to_influxd.truncate(after_bytes, Way.DOWN)
    site.publish(500)
    wait_for("the failure", lambda: site.collector.text().count("ship.store_failed") > lost)


@pytest.mark.fault(13)
def test_a_request_that_breaks_off_is_sent_again(site: Site) -> None:
    lost = site.collector.text().count("ship.store_failed")
    site.to_influxd.truncate(3000, Way.UP)
    site.publish(5000)
    wait_for("the failure", lambda: site.collector.text().count("ship.store_failed") > lost)


@pytest.mark.fault(13)
def test_a_stopped_influxd_is_waited_for(site: Site) -> None:
    assert site.influxd.server.process is not None
    site.influxd.server.process.send_signal(signal.SIGSTOP)
    site.publish(2000)
    wait_for("the timeout", lambda: site.part("shipping")["detail"])
    site.influxd.server.process.send_signal(signal.SIGCONT)


@pytest.mark.fault(13)
def test_a_stopped_broker_is_noticed_and_found_again(site: Site) -> None:
    site.publish(500)
    assert site.broker.process is not None
    site.broker.process.send_signal(signal.SIGSTOP)
    wait_for("the loss", lambda: not site.is_connected())
    site.broker.process.send_signal(signal.SIGCONT)
    site.publish(500)


@pytest.mark.fault(13)
def test_a_collector_that_was_stopped_gets_what_the_broker_kept_and_goes_on(site: Site) -> None:
    assert site.collector.process is not None
    gateway = site.gateway(rate=500.0)
    site.collector.process.send_signal(signal.SIGSTOP)
    time.sleep(3 * KEEPALIVE_S)  # longer than the broker waits for a sign of life
    site.collector.process.send_signal(signal.SIGCONT)
    site.finish(gateway)
    assert site.collector.process.poll() is None
