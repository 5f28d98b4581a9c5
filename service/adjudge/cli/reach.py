"""Whether anything answers at `--url`, before work is sent there: a wrong address must not look like slow scoring."""

from __future__ import annotations

import sys
import time
from datetime import datetime

from ..errors import ConfigError

QUIET_S = 2.0
_STEP_S = 0.25


def await_server(url: str, wait_s: float) -> None:
    """Return once something answers at `url`; say so on standard error where that takes long.

    Raises ConfigError after `wait_s` seconds, and at once for what is not a URL.
    """
    import httpx

    from adjudge_client._retry import failure_of
    from adjudge_client.errors import BadInput, TimedOut

    started = time.monotonic()
    told = False
    while True:
        try:
            httpx.get(url.rstrip("/") + "/healthz", timeout=QUIET_S, trust_env=False)
            return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            try:
                if isinstance(failure_of(error, url), TimedOut):  # somebody is there, and busy
                    return
            except BadInput as wrong:
                raise ConfigError(str(wrong)) from None
        waited = time.monotonic() - started
        if waited + _STEP_S > wait_s:
            raise ConfigError(f"nothing answers at {url} (tried for {wait_s:g} s); start one with: adjudge serve")
        if waited >= QUIET_S and not told:
            told = True
            until = datetime.fromtimestamp(time.time() + wait_s - waited)
            print(f"nothing answers at {url}; trying until {until:%H:%M:%S} (--wait)", file=sys.stderr, flush=True)
        time.sleep(_STEP_S)
