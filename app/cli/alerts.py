"""`wastenot alerts ...`: the options; what they do stands in app.commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli.options import AsJson, PlantFile, SettingsFile
from domain.feedback import Verdict

Which = Annotated[str, typer.Argument(help="The alert's fingerprint, or its first letters (`alerts list`).")]
Why = Annotated[str, typer.Option("--why", "--reason", help="Why, for the history.")]
Who = Annotated[str, typer.Option(help="Who does it; else who is at this machine.")]
Until = Annotated[
    str, typer.Option(help="2026-11-20 09:30, plant time or with an offset; or a duration: 8h.")
]

alerts_cli = typer.Typer(
    name="alerts", help="Alerts: what is open, who knows, what is silent, how good they are.",
    no_args_is_help=True,
)  # fmt: skip


@alerts_cli.command(name="list")
def list_alerts(
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the open alerts, the dearest first."""
    from app.commands.alerts import run_list

    sys.exit(run_list(settings, plant, everything=everything, as_json=as_json))


@alerts_cli.command()
def show(
    which: Which, plant: PlantFile = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Show one alert and everything it went through: who, when, why."""
    from app.commands.alerts import run_show

    sys.exit(run_show(settings, plant, which, as_json=as_json))


@alerts_cli.command()
def ack(
    which: Which,
    undo: Annotated[bool, typer.Option("--undo", help="Take the acknowledgement back.")] = False,
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Acknowledge an alert: somebody knows, so nobody is reminded and nothing is passed on."""
    from app.commands.alert_deeds import run_ack

    sys.exit(run_ack(settings, plant, which, undo=undo, by=(who, why), as_json=as_json))


@alerts_cli.command()
def snooze(
    which: Which,
    *,
    until: Until = "",
    end: Annotated[bool, typer.Option("--end", help="End the snooze now.")] = False,
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Keep an alert quiet until the shift ends, or until --until; then it comes back by itself."""
    from app.commands.alert_deeds import run_snooze

    sys.exit(run_snooze(settings, plant, which, until=until, end=end, by=(who, why), as_json=as_json))


@alerts_cli.command()
def assign(
    which: Which,
    to: Annotated[str, typer.Argument(help="Whose it is; empty: nobody's.")] = "",
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say who looks after an alert."""
    from app.commands.alert_deeds import run_assign

    sys.exit(run_assign(settings, plant, which, to, by=(who, why), as_json=as_json))


@alerts_cli.command()
def comment(
    which: Which,
    text: Annotated[str, typer.Argument(help="What is to stand in its history.")],
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a comment into an alert's history."""
    from app.commands.alert_deeds import run_comment

    sys.exit(run_comment(settings, plant, which, text, who=who, as_json=as_json))


@alerts_cli.command()
def feedback(
    which: Which,
    verdict: Annotated[Verdict, typer.Argument(help="What it turned out to be.")],
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say whether an alert was right. A false alarm of the judge widens its limits there, within bounds."""
    from app.commands.alert_deeds import run_feedback

    sys.exit(run_feedback(settings, plant, which, verdict, by=(who, why), as_json=as_json))


@alerts_cli.command()
def silence(
    *,
    match: Annotated[
        list[str] | None, typer.Option("--match", help="LABEL=VALUE (also != =~ !~); may be repeated.")
    ] = None,
    until: Until = "8h",
    start: Annotated[str, typer.Option("--from", help="Likewise; empty: from now on.")] = "",
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Work is done there.")] = False,
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell nobody about matching alerts for a time; they are kept and shown, and told if they outlast it."""
    from app.commands.silences import run_silence

    code = run_silence(
        settings, plant, match or [], (start, until), maintenance=maintenance, by=(who, why), as_json=as_json
    )
    sys.exit(code)


@alerts_cli.command()
def silences(
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the silences, and the plant file's maintenance windows that hold now."""
    from app.commands.silences import run_silences

    sys.exit(run_silences(settings, plant, everything=everything, as_json=as_json))


@alerts_cli.command()
def unsilence(
    number: Annotated[int, typer.Argument(help="The silence's number (`alerts silences`).")],
    why: Why = "",
    who: Who = "",
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """End a silence before its time."""
    from app.commands.silences import run_unsilence

    sys.exit(run_unsilence(settings, plant, number, by=(who, why), as_json=as_json))


@alerts_cli.command()
def quality(
    days: Annotated[float, typer.Option(min=0.1, max=3660, help="Of the last so many days.")] = 30.0,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show how good the alerts are: per shift, how fast acknowledged, how many confirmed, floods ..."""
    from app.commands.alerts import run_quality

    sys.exit(run_quality(settings, plant, days, as_json=as_json))


Channel = Annotated[str, typer.Argument(help="Its name in the settings.")]


@alerts_cli.command(name="test")
def try_channel(
    channel: Channel, plant: PlantFile = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Send a message marked TEST through a channel and show what the service answers."""
    from app.commands.alert_channels import run_test

    sys.exit(run_test(settings, plant, channel, as_json=as_json))


@alerts_cli.command()
def outbox(
    channel: Annotated[str, typer.Option(help="Only this channel's.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many, the newest first.")] = 30,
    plant: PlantFile = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the latest messages: sent, failing or given up, with the service's answer."""
    from app.commands.alert_channels import run_outbox

    sys.exit(run_outbox(settings, plant, channel, limit, as_json=as_json))


@alerts_cli.command()
def resend(
    channel: Channel, plant: PlantFile = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Send again what a channel was given up on, once its address or key is right."""
    from app.commands.alert_channels import run_resend

    sys.exit(run_resend(settings, plant, channel, as_json=as_json))
