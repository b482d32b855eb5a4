"""Settings that models over a wire have in common: addresses, keys, further parameters."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from harness import UsageError
from harness.models import AuthError, Model, Request

__all__ = ["check_url", "key_in", "refuse_doubles", "sampling", "server_and_key"]

LIKE = "http://127.0.0.1:8000/v1"


def check_url(url: str, whose: str) -> None:
    """Refuse what is no base URL, or holds a secret.

    Raises:
        UsageError: it does not begin with http:// or https:// and a host, has a name or password
            in it, or something after its path.
    """
    if not isinstance(url, str) or "@" in url or "?" in url or "#" in url:
        raise UsageError(
            f"{whose}: base_url must be an address that ends with its path and holds no name or"
            " password; keys are read from the environment"
        )
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        fine = False
    if not fine:
        raise UsageError(f"{whose}: base_url is {url!r}; it must be like {LIKE}")


def key_in(variable: str) -> str:
    """The key that an environment variable holds; '' for none.

    Raises:
        AuthError: it cannot be a key.
    """
    key = os.environ.get(variable, "")
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise AuthError(f"{variable} holds a space, a line break, or a letter that is not ASCII")
    return key


def server_and_key(
    name: str, base_url: str, url_variable: str, key_variable: str
) -> tuple[str, str]:
    """A server's address, '' for the provider's own, and the key for it, '' for none.

    Args:
        name: the provider.
        base_url: the address that was given, or ''.
        url_variable: the environment variable that holds one otherwise.
        key_variable: that which holds the key.

    Raises:
        AuthError: there is no key for the provider's own server.
        UsageError: the address in the environment cannot be used.
    """
    url = base_url or os.environ.get(url_variable, "")
    if url:
        check_url(url, url_variable)
    key = key_in(key_variable)
    if not key and not url:
        raise AuthError(f"{name}: there is no key; set {key_variable} in the environment or .env")
    return url, key


def refuse_doubles(model: Model, ours: Collection[str]) -> None:
    """Refuse further parameters for which a model has parameters of its own.

    Raises:
        UsageError: there is one.
    """
    if twice := sorted(model.extra.keys() & set(ours)):
        raise UsageError(
            f"{model.name}: extra has {', '.join(twice)}, which is set by the model's own"
            " parameters, or by the way answers are asked for"
        )


def sampling(model: Model, request: Request) -> dict[str, Any]:
    """The fields that say how to sample, as all APIs call them; those left to the provider not."""
    told = {"temperature": model.temperature, "top_p": model.top_p, "seed": request.seed}
    return {name: value for name, value in told.items() if value is not None}
