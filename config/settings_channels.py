"""The settings of a channel: which service it is, who reads it, and when."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from config.settings_values import Hours, Language, Level, Name, Role, Secret, Section
from config.topics import parse_topic_name


class ReceiverKeys(Section):
    """The keys of [[alerts.channel]] that say who reads it, and when."""

    min_severity: Level = "info"
    language: Language = None
    person: str = ""
    roles: tuple[Role, ...] = ()
    shifts: tuple[str, ...] = ()
    quiet: Hours = None
    burst: Annotated[int, Field(ge=1, le=1000)] = 6
    per_hour: Annotated[float, Field(gt=0, le=3600)] = 6.0
    group_above: Annotated[int, Field(ge=1, le=1000)] = 5
    digest: bool = True
    weekly: bool = False
    handover: bool = False


class ChannelSettings(ReceiverKeys):
    """[[alerts.channel]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write a name of your own for the channel",
        "kind": "write console, mqtt, apprise, webhook, pagerduty or work_order",
    }
    name: Name = "console"
    kind: Literal["console", "mqtt", "apprise", "webhook", "pagerduty", "work_order"] = "console"
    url: Secret = None
    url_file: str = ""
    secret: Secret = None
    secret_file: str = ""
    shape: Literal["wastenot", "alertmanager"] = "wastenot"
    headers: dict[str, str] = Field(default_factory=dict)
    discovery: str = ""
    commands: bool = False
    who: Literal["topic", "payload"] = "topic"
    system: Literal["generic", "odoo", "atlas"] = "generic"
    template_file: str = ""
    end_template_file: str = ""
    at_end: Literal["comment", "close", "nothing"] = "comment"
    assets: dict[str, str] = Field(default_factory=dict)
    topic: Annotated[str, AfterValidator(parse_topic_name)] = "wastenot"
