"""From topics to meters: named topics, filters, sources, identity."""

from dataclasses import replace

import pytest

from domain.reading import RejectReason
from ingest.routes import Routes, arrival_timed, subscriptions
from ingest.targets import Refusal
from tests.ingest.builders import a_meter, a_plant, a_rule, a_source, a_variable


def ids(routes: Routes, topic: str) -> list[str]:
    """Return the ids a topic speaks for."""
    found = routes.find(topic)
    assert not isinstance(found, Refusal), found
    return [target.id for route in found for target in route.targets]


def refusal(routes: Routes, topic: str) -> RejectReason:
    """Return why a topic leads nowhere."""
    found = routes.find(topic)
    assert isinstance(found, Refusal)
    return found.reason


def test_a_named_topic_is_its_meters() -> None:
    routes = Routes(a_plant(a_meter("water", a_rule("plant/dye/water"))))
    assert ids(routes, "plant/dye/water") == ["water"]
    assert refusal(routes, "plant/dye/gas") is RejectReason.UNKNOWN_TOPIC


def test_meters_that_share_a_topic_share_one_decoding() -> None:
    topic = "shelly/events/rpc"
    routes = Routes(
        a_plant(
            a_meter("a", a_rule(topic, value="em.a")),
            a_meter("b", a_rule(topic, value="em.b")),
            a_variable("c", a_rule(topic, value="em.c", time="")),
        )
    )
    found = routes.find(topic)
    assert isinstance(found, tuple)
    assert [[target.id for target in route.targets] for route in found] == [["a", "b"], ["c"]]


def test_a_meter_may_name_a_filter() -> None:
    routes = Routes(a_plant(a_meter("w", a_rule("plant/+/water")), a_meter("all", a_rule("plant/#"))))
    assert ids(routes, "plant/dye/water") == ["w", "all"]
    assert ids(routes, "plant/dye") == ["all"]


def test_a_source_names_meters_by_process_and_meter() -> None:
    routes = Routes(a_plant(a_source("plant/{process}/{meter}")))
    assert ids(routes, "plant/dye_line_2/water") == ["dye_line_2.water"]


def test_a_source_without_process_names_them_by_meter() -> None:
    routes = Routes(a_plant(a_source("tele/{meter}/SENSOR")))
    assert ids(routes, "tele/plug-7/SENSOR") == ["plug-7"]


def test_the_rest_of_the_levels_becomes_a_dotted_name() -> None:
    routes = Routes(a_plant(a_source("z/{meter...}")))
    assert ids(routes, "z/hall/pump") == ["hall.pump"]


def test_a_declared_meter_without_topic_is_found_by_its_short_id() -> None:
    routes = Routes(a_plant(a_meter("water"), a_source()))
    assert ids(routes, "plant/dye/water") == ["water"]
    assert ids(routes, "plant/dye/gas") == ["dye.gas"]


def test_the_full_id_goes_before_the_short_one() -> None:
    routes = Routes(a_plant(a_meter("water"), a_meter("dye.water"), a_source()))
    assert ids(routes, "plant/dye/water") == ["dye.water"]


def test_a_declared_meter_is_read_with_its_own_unit_and_an_undeclared_one_with_the_sources() -> None:
    routes = Routes(a_plant(a_meter("dye.water", unit="L"), a_source(unit="hL")))
    declared, undeclared = routes.find("plant/dye/water"), routes.find("plant/dye/x")
    assert isinstance(declared, tuple)
    assert isinstance(undeclared, tuple)
    assert declared[0].targets[0].canonical(1000.0) == 1.0
    assert undeclared[0].targets[0].canonical(1000.0) == 100.0


def test_without_a_unit_an_undeclared_meter_is_stored_as_sent() -> None:
    found = Routes(a_plant(a_source())).find("plant/dye/x")
    assert isinstance(found, tuple)
    assert found[0].targets[0].canonical(12.5) == 12.5


def test_a_scale_at_the_meter_goes_before_the_sources() -> None:
    pulses = a_meter("dye.water", replace(a_rule(), scale=0.25))
    found = Routes(a_plant(pulses, a_source(scale=10.0))).find("plant/dye/water")
    assert isinstance(found, tuple)
    assert found[0].targets[0].canonical(8.0) == 2.0


@pytest.mark.fault(28)
def test_undeclared_meters_are_taken_up_to_the_cap_and_declared_ones_always() -> None:
    routes = Routes(a_plant(a_meter("dye.late"), a_source(max_meters=2)))
    assert ids(routes, "plant/dye/a") == ["dye.a"]
    assert ids(routes, "plant/dye/b") == ["dye.b"]
    assert refusal(routes, "plant/dye/c") is RejectReason.UNKNOWN_METER
    assert ids(routes, "plant/dye/a") == ["dye.a"]
    assert ids(routes, "plant/dye/late") == ["dye.late"]


@pytest.mark.fault(28)
def test_a_million_unknown_names_cost_no_memory() -> None:
    routes = Routes(a_plant(a_source(max_meters=1)))
    assert ids(routes, "plant/dye/a") == ["dye.a"]
    for number in range(2000):
        assert refusal(routes, f"plant/dye/x{number}") is RejectReason.UNKNOWN_METER
    assert len(routes._found) == 1


def test_a_source_does_not_speak_for_a_meter_that_has_a_topic_of_its_own() -> None:
    routes = Routes(a_plant(a_meter("dye.water", a_rule("other/topic")), a_source()))
    assert refusal(routes, "plant/dye/water") is RejectReason.UNKNOWN_TOPIC
    assert ids(routes, "other/topic") == ["dye.water"]


def test_a_named_topic_is_kept_from_a_source_that_fits_it_too() -> None:
    routes = Routes(a_plant(a_meter("dye.water", a_rule("plant/dye/water")), a_source()))
    assert ids(routes, "plant/dye/water") == ["dye.water"]


def test_two_topics_that_spell_one_id_are_not_one_meter() -> None:
    routes = Routes(a_plant(a_source()))
    assert ids(routes, "plant/a.b/c") == ["a.b.c"]
    assert refusal(routes, "plant/a/b.c") is RejectReason.BAD_TOPIC
    assert ids(routes, "plant/a.b/c") == ["a.b.c"]


def test_another_process_does_not_speak_for_a_meter_that_has_been_heard() -> None:
    routes = Routes(a_plant(a_meter("water"), a_source()))
    assert ids(routes, "plant/dye/water") == ["water"]
    assert refusal(routes, "plant/print/water") is RejectReason.BAD_TOPIC


@pytest.mark.parametrize(
    "meter",
    [
        "<img onerror=x>",
        "=cmd()",
        "@channel",
        "a\r\nb",
        "m1,admin=true",
        "x" * 65,
        "điện",
        "a b",
        "-a",
        "a\\",
        "\0",
    ],
)
def test_a_name_that_is_not_an_id_is_refused(meter: str) -> None:
    assert refusal(Routes(a_plant(a_source("s/{meter}"))), f"s/{meter}") is RejectReason.BAD_TOPIC


def test_the_first_source_that_fits_is_the_one() -> None:
    routes = Routes(a_plant(a_source("plant/{meter}/energy"), a_source("plant/{process}/{meter}")))
    assert ids(routes, "plant/pump/energy") == ["pump"]
    assert ids(routes, "plant/pump/water") == ["pump.water"]


def test_meters_without_a_time_path_are_known_as_stamped_by_arrival() -> None:
    things = a_meter("a", a_rule("x/a", time="")), a_meter("b", a_rule("x/b")), a_meter("waits")
    assert arrival_timed(a_plant(*things)) == {"a"}
    assert arrival_timed(a_plant(*things, a_source())) == {"a"}
    assert arrival_timed(a_plant(*things, a_source(time=""))) == {"a", "waits"}


def test_subscriptions_are_the_topics_and_patterns_without_those_another_covers() -> None:
    plant = a_plant(
        a_meter("a", a_rule("plant/dye/water")),
        a_meter("b", a_rule("plant/dye/water", value="b")),
        a_meter("c", a_rule("boiler/gas")),
        a_meter("waits"),
        a_variable("v", a_rule("weather/+")),
        a_source("plant/{process}/{meter}"),
        a_source("z/{meter...}"),
    )
    assert subscriptions(plant) == ["boiler/gas", "weather/+", "plant/+/+", "z/#"]
