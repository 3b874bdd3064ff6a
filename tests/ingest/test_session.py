"""Reconnecting: at once, then with back-off; another client with our id is noticed."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from domain.errors import BrokerError
from ingest.link import Link
from ingest.session import Session


@dataclass
class ALink:
    """What a Session sees of a Link."""

    up_at: float | None = None
    lost: str = ""
    dropped: bool = False
    session_present: bool = True
    errors: int = 0
    closed: bool = False
    refused: bool = False

    def close(self) -> None:
        self.closed = True

    def step(self, timeout_s: float) -> None:
        """Nothing to do."""


@dataclass
class World:
    """A broker that is there or not, and the time."""

    now: float = 1000.0
    reachable: bool = True
    links: list[ALink] = field(default_factory=list)
    tries: list[float] = field(default_factory=list)
    witnesses: list[ALink] = field(default_factory=list)

    def connect(self) -> Link:
        self.tries.append(self.now)
        if not self.reachable:
            raise BrokerError("connection refused")
        self.links.append(ALink())
        return cast(Link, self.links[-1])

    def session(self, jitter: float = 1.0) -> Session:
        return Session(self.connect, "broker", monotonic=lambda: self.now, jitter=lambda: jitter)

    def watched_session(self) -> Session:
        """Return a session that calls a witness."""
        return Session(
            self.connect, "broker", witness=self.call, monotonic=lambda: self.now, jitter=lambda: 1.0
        )

    def call(self) -> Link:
        if not self.reachable:
            raise BrokerError("connection refused")
        self.witnesses.append(ALink())
        return cast(Link, self.witnesses[-1])

    def connected(self, session: Session) -> ALink:
        """Tend until a link is up, and return it."""
        assert session.tend() is not None
        link = self.links[-1]
        link.up_at = self.now
        session.tend()
        return link

    def pass_time(self, session: Session, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.now += 0.05
            session.tend()


def test_the_same_link_is_tended_while_it_lives() -> None:
    world = World()
    session = world.session()
    world.connected(session)
    world.pass_time(session, 60)
    assert len(world.links) == 1


def test_after_a_loss_the_first_try_is_at_once() -> None:
    world = World()
    session = world.session()
    link = world.connected(session)
    world.pass_time(session, 60)
    link.lost, link.dropped = "gone", True
    assert session.tend() is not None
    assert len(world.links) == 2


def test_a_broker_that_stays_away_is_tried_ever_less_often_up_to_half_a_minute() -> None:
    world = World(reachable=False)
    session = world.session()
    world.pass_time(session, 300)
    gaps = [later - sooner for sooner, later in zip(world.tries, world.tries[1:], strict=False)]
    assert gaps[:3] == pytest.approx([0.5, 1.0, 2.0], abs=0.06)
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(30.0, abs=0.06)


def test_jitter_halves_the_wait_at_most() -> None:
    world = World(reachable=False)
    session = world.session(jitter=0.0)
    world.pass_time(session, 300)
    gaps = [later - sooner for sooner, later in zip(world.tries, world.tries[1:], strict=False)]
    assert gaps[0] == pytest.approx(0.25, abs=0.06)
    assert gaps[-1] == pytest.approx(15.0, abs=0.06)


def test_a_lasting_connection_makes_the_next_loss_a_first_one() -> None:
    world = World(reachable=False)
    session = world.session()
    world.pass_time(session, 100)
    world.reachable = True
    world.pass_time(session, 31)
    link = world.connected(session)
    world.pass_time(session, 6)
    link.lost, world.reachable, world.tries = "gone", False, []
    world.pass_time(session, 1)
    assert world.tries[1] - world.tries[0] == pytest.approx(0.5, abs=0.06)


def test_three_short_lives_in_a_row_mean_another_client_has_our_id() -> None:
    world = World()
    session = world.session()
    for _ in range(2):
        link = world.connected(session)
        world.pass_time(session, 0.2)
        link.lost, link.dropped = "Session taken over", True
    world.connected(session).lost = "Session taken over"
    world.links[-1].dropped = True
    with pytest.raises(BrokerError, match="client id") as caught:
        session.tend()
    assert not caught.value.retryable


def test_the_elder_of_two_clients_stays() -> None:
    world = World()
    session = world.session()
    link = world.connected(session)
    world.pass_time(session, 60)
    for _ in range(3):  # the younger one comes, and gives up after its third loss
        link.lost, link.dropped = "taken", True
        link = world.connected(session)
    world.pass_time(session, 60)
    assert link.lost == ""


def test_a_broker_that_restarts_again_and_again_is_no_other_client() -> None:
    world = World()
    session = world.session()
    for _ in range(200):
        link = world.connected(session)
        world.pass_time(session, 0.2)
        link.lost, link.dropped, world.reachable = "closed", True, False
        session.tend()  # a dying broker refuses the try that is made at once
        world.reachable = True
        while not (session.link and not session.link.lost):
            world.pass_time(session, 0.5)


def test_a_broker_that_is_back_before_our_try_is_no_other_client() -> None:
    world = World()
    session = world.watched_session()
    for _ in range(200):
        link = world.connected(session)
        world.pass_time(session, 0.2)
        link.lost, link.dropped = "closed", True
        for witness in world.witnesses:
            witness.lost = "closed"
        assert session.tend() is not None


@pytest.mark.parametrize("refused", [False, True])
def test_another_client_is_told_by_a_witness_that_stays_or_could_not_come(refused: bool) -> None:
    world = World()
    session = world.watched_session()
    for _ in range(3):
        link = world.connected(session)
        for witness in world.witnesses:
            witness.refused, witness.lost = refused, "not authorized" if refused else ""
        link.lost, link.dropped = "closed", True
        if len(world.links) < 3:
            session.tend()
    with pytest.raises(BrokerError, match="client id"):
        session.tend()


def test_a_witness_goes_when_the_connection_lasts() -> None:
    world = World()
    session = world.watched_session()
    link = world.connected(session)
    link.lost, link.dropped = "closed", True
    world.connected(session)
    assert not world.witnesses[0].closed
    world.pass_time(session, 6)
    assert world.witnesses[0].closed


def test_a_broker_that_accepts_and_says_nothing_is_no_other_client() -> None:
    world = World()
    session = world.session()
    for _ in range(10):
        while session.tend() is None:
            world.now += 0.05
        world.links[-1].lost, world.links[-1].dropped = "closed before CONNACK", True
    session.tend()
    assert session.last_error == "closed before CONNACK"
    gaps = [later - sooner for sooner, later in zip(world.tries, world.tries[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 20


def test_a_connection_ended_for_another_reason_backs_off_instead_of_hammering() -> None:
    world = World()
    session = world.session()
    for _ in range(6):
        while session.tend() is None:
            world.now += 0.05
        world.connected(session).lost = "quota exceeded"
    session.tend()
    gaps = [later - sooner for sooner, later in zip(world.tries, world.tries[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 4


def test_the_last_error_is_there_while_the_connection_is_not() -> None:
    world = World(reachable=False)
    session = world.session()
    session.tend()
    assert session.last_error == "connection refused"
    world.reachable, world.now = True, world.now + 1
    world.connected(session)
    assert session.last_error == ""


def test_leaving_closes_and_the_next_tend_comes_back() -> None:
    world = World()
    session = world.session()
    link = world.connected(session)
    session.leave()
    assert link.closed
    assert session.tend() is not None
    assert len(world.links) == 2


def test_exceptions_of_past_links_stay_counted() -> None:
    world = World()
    session = world.session()
    world.connected(session).errors = 2
    world.links[-1].lost = "gone"
    world.pass_time(session, 2)
    world.links[-1].errors = 1
    assert session.errors == 3
