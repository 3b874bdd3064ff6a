"""`wastenot user ...`: the options; what they do stands in app.commands.user."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli.options import AsJson, SettingsFile
from domain.user import Role, Scope

Name = Annotated[str, typer.Argument(help="What the user types to log in.")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="What the person does; may be repeated.")]

user_cli = typer.Typer(
    name="user", help="Users, their roles, passwords and API tokens.", no_args_is_help=True
)
token_cli = typer.Typer(name="token", help="API tokens of users, for programs.", no_args_is_help=True)
user_cli.add_typer(token_cli)


@user_cli.command(name="list")
def list_users(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """List everybody."""
    from app.commands.user import run_list

    sys.exit(run_list(settings, as_json=as_json))


@user_cli.command()
def add(
    name: Name,
    role: Roles = None,
    display_name: Annotated[str, typer.Option(help="How others read it: Nguyễn Thị Lan.")] = "",
    language: Annotated[str, typer.Option(help="vi | en; empty: the browser's.")] = "",
    channel: Annotated[
        list[str] | None, typer.Option(help="Name of an [[alerts.channel]] that reaches this person.")
    ] = None,
    *,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For programs with tokens, or until `passwd`.")
    ] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    from app.commands.user import run_add

    code = run_add(
        settings, name, role or [], display_name=display_name, language=language, channels=channel or [],
        no_password=no_password, as_json=as_json,
    )  # fmt: skip
    sys.exit(code)


@user_cli.command()
def passwd(name: Name, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Give a user a new password, asked for or read from standard input; sessions end."""
    from app.commands.user import run_passwd

    sys.exit(run_passwd(settings, name, as_json=as_json))


@user_cli.command()
def disable(name: Name, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Let a user in no more: sessions end, tokens stop working."""
    from app.commands.user import run_active

    sys.exit(run_active(settings, name, active=False, as_json=as_json))


@user_cli.command()
def enable(name: Name, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Let a disabled user in again."""
    from app.commands.user import run_active

    sys.exit(run_active(settings, name, active=True, as_json=as_json))


@user_cli.command()
def role(
    name: Name,
    roles: Annotated[list[Role], typer.Argument(help="All roles the user has from now on.")],
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Replace a user's roles."""
    from app.commands.user import run_role

    sys.exit(run_role(settings, name, roles, as_json=as_json))


@token_cli.command(name="add")
def add_token(
    user: Annotated[str, typer.Argument(help="Whose rights it has, at most.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    lasts: Annotated[str, typer.Option(help='How long: "90d", or "forever".')] = "365d",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a token; it is shown this once."""
    from app.commands.user import run_add_token

    sys.exit(run_add_token(settings, user, name, scope, lasts, as_json=as_json))


@token_cli.command(name="list")
def list_tokens(
    user: Annotated[str, typer.Argument(help="Only this user's.")] = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List tokens; what opens the door is not among what is kept."""
    from app.commands.user import run_list_tokens

    sys.exit(run_list_tokens(settings, user, as_json=as_json))


@token_cli.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, as the list shows it.")],
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """End a token for good."""
    from app.commands.user import run_revoke

    sys.exit(run_revoke(settings, token, as_json=as_json))
