"""Alerts as files of a local folder: one text for people, one JSON for programs."""

import re
from collections.abc import Iterator
from pathlib import Path

from movie_assets.alerts.message import Alert
from movie_assets.errors import PublishError
from movie_assets.findings import Finding
from movie_assets.lake.files import examine_folder, put
from movie_assets.visible import as_json, visible_logger

logger = visible_logger(__name__)


class Outbox:
    """A `Publisher` that writes `<day>-<key>.txt` and `.json` to a folder, once per key, and logs a line."""

    name = "outbox"
    kind = Alert

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()

    def __repr__(self) -> str:
        return f"Outbox({str(self.folder)!r})"

    def __str__(self) -> str:
        return str(self.folder)

    def examine(self, *, send: bool) -> Iterator[Finding]:
        yield examine_folder("outbox", self.folder, "MOVIES_OUTBOX")

    def publish(self, alert: Alert) -> None:
        name = f"{alert.day}-{re.sub(r'[^A-Za-z0-9_-]', '_', alert.idempotency_key)}"
        readable, machine = self.folder / f"{name}.txt", self.folder / f"{name}.json"
        try:
            if machine.is_file():
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            put(readable, f"{alert.subject}\n\n{alert.body}".encode())
            # The JSON comes last: if it exists, the alert is complete.
            put(machine, as_json(alert.to_json()).encode())
        except OSError as error:
            raise PublishError(
                f"Can't write the alert {readable}: {error.strerror or error}.",
                "set MOVIES_OUTBOX to a folder that can be written",
            ) from error
        logger.warning("%s (%s)", alert.subject, readable)
