"""Names that the settings and the plant file have to know of each other."""

from __future__ import annotations

from config.settings import Settings
from domain.errors import Problem
from domain.plant import Plant


def broker_problems(settings: Settings, plant: Plant) -> list[Problem]:
    """Return every row of the plant that names a broker which the settings do not have."""
    known = ["", *(broker.name for broker in settings.brokers)]
    rows: list[tuple[str, str]] = [
        (f"{kind} ({thing.id})", thing.rule.broker)
        for kind, things in (("meter", plant.meters), ("variable", plant.variables))
        for thing in things.values()
    ]
    rows += [(f"source[{at}]", source.rule.broker) for at, source in enumerate(plant.sources, 1)]
    allowed = ", ".join(name for name in known if name) or "none, there is only [broker]"
    message = f"no [[brokers]] table of the settings has this name; allowed: {allowed}"
    return [
        Problem(plant.name, row, "broker", repr(broker), message)
        for row, broker in rows
        if broker not in known
    ]


def channel_problems(settings: Settings, plant: Plant) -> list[Problem]:
    """Return every channel that names a shift which the plant does not have."""
    known = [shift.name for shift in plant.shifts]
    message = (
        f"no [[shift]] of the plant has this name; allowed: {', '.join(known) or 'none, it has no shifts'}"
    )
    return [
        Problem("settings", f"alerts.channel ({channel.name})", "shifts", repr(name), message)
        for channel in settings.alerts.channels
        for name in channel.shifts
        if name not in known
    ]
