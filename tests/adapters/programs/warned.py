"""What the programs of this folder share; their own folder is first on their path."""

from __future__ import annotations

import logging


class Warnings(logging.Handler):
    """Keeps what the adapters warn of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        logging.getLogger("adjudge_client").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
