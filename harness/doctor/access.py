"""Keys and servers of models' providers, as the environment or a file `.env` tells them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from harness.doctor.check import Check
from harness.errors import UsageError
from harness.models.model import Model
from harness.models.secrets import load_env

__all__ = ["keys", "servers"]

ANSWER_S = 5.0
"""Seconds that a server has to list its models."""

MOST_BYTES = 4 << 20
MOST_NAME = 80
MODELS_SHOWN = 5

LIKE = "http://127.0.0.1:8000"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def keys(providers: Mapping[str, type[Model]]) -> list[Check]:
    """For each provider that takes a key, whether there is one; nothing of it is told."""
    before = {name for name, value in os.environ.items() if value}
    try:
        file = load_env()
    except UsageError as error:
        file, told = None, Check("keys", ".env", "broken", f"{error}; mend it or move it away")
    else:
        found = f"{file} is read" if file else "none here or above; the environment alone counts"
        told = Check("keys", ".env", "ok" if file else "missing", found)
    checks = [told]
    for provider, what in providers.items():
        variable, asker = what.key_from
        if variable:
            source = "the environment" if variable in before else ".env"
            checks.append(_key(provider, variable, asker, source))
    return checks


def _key(provider: str, variable: str, asker: str, source: str) -> Check:
    """Whether a variable holds what can be a key."""
    key = os.environ.get(variable, "")
    if not key:
        detail = f"{variable} is not set; for {asker}"
        return Check("keys", provider, "missing", detail)
    if not (key.isascii() and key.isprintable() and " " not in key):
        detail = (
            f"{variable}, from {source}, holds a space, a line break, or a letter that is not"
            " ASCII; copy the key again"
        )
        return Check("keys", provider, "broken", detail)
    return Check("keys", provider, "ok", f"{variable} is set, by {source}")


def servers(providers: Mapping[str, type[Model]], timeout_s: float = ANSWER_S) -> list[Check]:
    """For each server that a variable names, whether it answers, and which models it lists."""
    with contextlib.suppress(UsageError):  # `keys` tells it
        load_env()
    named = {n: what for n, what in providers.items() if os.environ.get(what.server_from[0])}
    return asyncio.run(_ask_all(named, timeout_s)) if named else []


async def _ask_all(providers: Mapping[str, type[Model]], timeout_s: float) -> list[Check]:
    """Ask all servers at once."""
    asked = (_server(provider, what, timeout_s) for provider, what in providers.items())
    return await asyncio.gather(*asked)


async def _server(provider: str, what: type[Model], timeout_s: float) -> Check:
    """Ask one server for its models."""
    import aiohttp

    variable, path = what.server_from
    base = os.environ[variable].strip()
    if "@" in base or "?" in base or "#" in base:
        detail = (
            f"{variable} must be an address that ends with its path and holds no name or password"
        )
        return Check("servers", provider, "broken", detail)
    url = _below(base, path)
    try:
        async with asyncio.timeout(timeout_s):
            status, body = await _get(url, os.environ.get(what.key_from[0], ""))
    except TimeoutError:
        problem = f"does not answer within {timeout_s:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        problem = f"cannot be reached: {_why(error)}"
    else:
        return _judged(provider, what, url, status, body)
    advice = f"start the server, or set {variable} to where it is"
    return Check("servers", provider, "broken", f"{url} {problem}; {advice}")


def _below(base: str, path: str) -> str:
    """A path below an address, whose `/v1` is not said twice."""
    base = base.rstrip("/")
    return base + (path.removeprefix("/v1") if base.endswith("/v1") else path)


async def _get(url: str, key: str) -> tuple[int, bytes]:
    """The status and body of a server's answer; it is shown the key that a run would show it."""
    import aiohttp

    shown = {"Authorization": f"Bearer {key}", "X-Api-Key": key}
    headers = shown if key and key.isprintable() else {}
    body = bytearray()
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.get(url, headers=headers, allow_redirects=False, proxy=_proxy(url)) as answer,
    ):
        async for part in answer.content.iter_any():
            body += part
            if len(body) > MOST_BYTES:
                break
    return answer.status, bytes(body)


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for a server, unless it is on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _why(error: Exception) -> str:
    """Why there was no answer, in the system's own words where there are any."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number and number > 0 else f"{type(error).__name__}: {error}"


def _judged(provider: str, what: type[Model], url: str, status: int, body: bytes) -> Check:
    """What an answer means."""
    variable, path = what.server_from
    models = _models(body) if status == 200 else None
    if models:
        more = len(models) - MODELS_SHOWN
        listed = ", ".join(model[:MOST_NAME] for model in models[:MODELS_SHOWN])
        listed += f" and {more} more" if more > 0 else ""
        return Check("servers", provider, "ok", f"{url} serves {listed}")
    if models is not None:
        problem = "answers, and serves no model; start it with one"
    elif status in (401, 403):
        key = what.key_from[0]
        wrong = f"does not accept {key}" if os.environ.get(key) else f"wants a key: set {key}"
        problem = f"answers, but {wrong} (status {status})"
    else:
        like = LIKE if path.startswith("/v1") else f"{LIKE}/v1"
        problem = (
            f"answers with status {status}, and lists no models; {variable} should be like {like}"
        )
    return Check("servers", provider, "broken", f"{url} {problem}")


def _models(body: bytes) -> list[str] | None:
    """The models that an answer lists; None where it is no list of models."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    rows = told.get("data") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        return None
    names = (row.get("id") if isinstance(row, dict) else None for row in rows)
    return [name for name in names if isinstance(name, str)]
