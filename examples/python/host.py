"""What the component asks of its host: settings, secrets, a place in the rate limit, and somewhere to log."""

import json
import logging
import math
import os
import time
from collections import deque
from threading import Lock
from typing import Any

from wasmtime.component import Variant

LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


class Settings:
    """`STRIPE_CONNECTOR_API_BASE` is the setting `api_base`. An empty variable says nothing."""

    PREFIX = "STRIPE_CONNECTOR_"

    def all(self) -> list[tuple[str, str]]:
        mine = [(name, value) for name, value in os.environ.items() if name.startswith(self.PREFIX) and value]
        return [(name.removeprefix(self.PREFIX).lower(), value) for name, value in mine]


class Secrets:
    """The secret `stripe-api-key` is `STRIPE_API_KEY`. Read for each call, so a rotated key is used at once."""

    def get(self, reference: Any) -> bytes | Variant:
        secret = os.environ.get(reference.name.upper().replace("-", "_"))
        return secret.encode() if secret else Variant("not-found")


class Throttle:
    """Six requests in any second. It never blocks: the component waits itself until the time it is given."""

    def __init__(self, requests: int = 6, seconds: float = 1.0) -> None:
        self._seconds = seconds
        self._places: deque[float] = deque([-math.inf] * requests, maxlen=requests)
        self._closed_until = -math.inf
        self._lock = Lock()

    def admit(self, lane: Any, patience_ms: int) -> Variant:
        with self._lock:
            now = time.monotonic()
            at = max(now, self._places[0] + self._seconds, self._closed_until)
            after_ms = math.ceil((at - now) * 1000)
            if after_ms > patience_ms:
                return Variant("refused", after_ms)
            self._places.append(now + after_ms / 1000)
            return Variant("after", after_ms)

    def observe(self, lane: Any, status: int | None, retry_after_ms: int | None) -> None:
        if status == 429:
            with self._lock:
                until = time.monotonic() + (retry_after_ms or 1000) / 1000
                self._closed_until = max(self._closed_until, until)


class Log:
    """The logger `stripe_connector` of the module `logging`."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("stripe_connector")

    def enabled(self, level: str) -> bool:
        return self._logger.isEnabledFor(LEVELS[level])

    def write(self, level: str, message: str, fields: list[tuple[str, str]]) -> None:
        # Quoted, so that no value looks like another line.
        told = "".join(f" {name}={json.dumps(value)}" for name, value in fields)
        self._logger.log(LEVELS[level], "%s%s", message, told)


class Host:
    def __init__(self) -> None:
        self.settings = Settings()
        self.secrets = Secrets()
        self.throttle = Throttle()
        self.log = Log()
