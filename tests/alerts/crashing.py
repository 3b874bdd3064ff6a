"""One run of a plant's alerts that may kill itself at a given point; started as its own process.

python -m tests.alerts.crashing LEDGER_URL PORT POINT KIND, where POINT is a name below or "never", and KIND
is "webhook" or "mail".
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass

from alerts.channels.apprise import AppriseChannel
from alerts.channels.web_call import Target
from alerts.channels.webhook import WebhookChannel
from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from domain.alert import OutboxMessage, Receipt
from domain.ports import Notifier
from store.ledger import SqlLedger
from store.ledger_tx import SqlTx
from tests.alerts.builders import NOW, PROMPT, a_hotspot_condition, a_letterhead

POINTS = ("deciding", "before_send", "before_record", "while_recording", "never")


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Hook:
    """A real channel that dies before or after it has sent, if it is told to."""

    channel: Notifier
    point: str
    name: str = "hook"

    def send(self, message: OutboxMessage) -> Receipt | None:
        if self.point == "before_send":
            die()
        receipt = self.channel.send(message)
        if self.point == "before_record":
            die()
        return receipt


def a_channel(port: int, kind: str) -> Notifier:
    """Return a real channel to a receiver on loopback."""
    if kind == "mail":
        url = f"mailto://127.0.0.1:{port}?from=wastenot@plant.lan&to=team@plant.lan"
        return AppriseChannel("hook", url, a_letterhead())
    return WebhookChannel("hook", Target(f"http://127.0.0.1:{port}/"), a_letterhead(), secret="s3cret")


def die_after(verb: str) -> None:
    """Let the ledger die when it has written this, and before the transaction is committed."""
    write = getattr(SqlTx, verb)

    def last_words(tx: SqlTx, message: OutboxMessage) -> None:
        write(tx, message)
        die()

    setattr(SqlTx, verb, last_words)


def main(url: str, port: int, point: str, kind: str) -> None:
    """Decide about one leak and deliver."""
    if point == "deciding":
        die_after("enqueue")
    if point == "while_recording":
        die_after("save_outbox")
    ledger = SqlLedger(url)
    ledger.migrate()
    evaluate(ledger, [a_hotspot_condition()], NOW, PROMPT, [ChannelRule("hook")])
    deliver(ledger, {"hook": Hook(a_channel(port, kind), point)}, NOW)
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
