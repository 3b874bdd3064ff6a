"""One run of a plant's alerts that may kill itself at a given point; started as its own process.

python -m tests.alerts.crashing LEDGER_URL WEBHOOK_PORT POINT, where POINT is a name below or "never".
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass

from alerts.channels.web_call import Target
from alerts.channels.webhook import WebhookChannel
from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from domain.alert import OutboxMessage, Receipt
from store.ledger import SqlLedger
from store.ledger_tx import SqlTx
from tests.alerts.builders import NOW, PROMPT, a_hotspot_condition, a_letterhead

POINTS = ("deciding", "before_send", "before_record", "while_recording", "never")


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Hook:
    """A real webhook channel that dies before or after it has posted, if it is told to."""

    port: int
    point: str
    name: str = "hook"

    def send(self, message: OutboxMessage) -> Receipt:
        if self.point == "before_send":
            die()
        target = Target(f"http://127.0.0.1:{self.port}/")
        receipt = WebhookChannel(self.name, target, a_letterhead(), secret="s3cret").send(message)
        if self.point == "before_record":
            die()
        return receipt


def die_after(verb: str) -> None:
    """Let the ledger die when it has written this, and before the transaction is committed."""
    write = getattr(SqlTx, verb)

    def last_words(tx: SqlTx, message: OutboxMessage) -> None:
        write(tx, message)
        die()

    setattr(SqlTx, verb, last_words)


def main(url: str, port: int, point: str) -> None:
    """Decide about one leak and deliver."""
    if point == "deciding":
        die_after("enqueue")
    if point == "while_recording":
        die_after("save_outbox")
    ledger = SqlLedger(url)
    ledger.migrate()
    evaluate(ledger, [a_hotspot_condition()], NOW, PROMPT, [ChannelRule("hook")])
    deliver(ledger, {"hook": Hook(port, point)}, NOW)
    ledger.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
