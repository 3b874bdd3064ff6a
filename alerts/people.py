"""Channels and the people whom they reach: what the users' table adds to the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alerts.outbox import ChannelRule
from domain.user import User


def with_people(channels: Sequence[ChannelRule], users: Iterable[User]) -> list[ChannelRule]:
    """Return the channels with their readers: the one user who names it, and the roles of all who do.

    What the settings say about a channel stays as it is; users that may not log in any more do not count.
    """
    active = [user for user in users if user.active]
    return [
        _read_by(channel, [user for user in active if channel.name in user.channels]) for channel in channels
    ]


def _read_by(channel: ChannelRule, readers: Sequence[User]) -> ChannelRule:
    person = channel.person or (readers[0].name if len(readers) == 1 else "")
    roles = channel.roles or frozenset(str(role) for user in readers for role in user.roles)
    return replace(channel, person=person, roles=roles)
