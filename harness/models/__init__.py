"""Models as players: the names that a provider, or a style, imports."""

from harness.errors import (
    AuthError,
    BadRequest,
    ContextOverflow,
    Fatal,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    TimedOut,
    Transient,
    UnknownModel,
)
from harness.models.model import Client, Elicit, Model
from harness.models.read import read_bare
from harness.models.request import Finish, Message, Reply, Request, Role, Usage
from harness.models.schema import action_schema, legal, shape
from harness.models.style import Style
from harness.models.waits import retry_after

__all__ = [
    "AuthError",
    "BadRequest",
    "Client",
    "ContextOverflow",
    "Elicit",
    "Fatal",
    "Finish",
    "Message",
    "Model",
    "ProviderError",
    "QuotaExceeded",
    "RateLimited",
    "Reply",
    "Request",
    "Role",
    "Style",
    "TimedOut",
    "Transient",
    "UnknownModel",
    "Usage",
    "action_schema",
    "legal",
    "read_bare",
    "retry_after",
    "shape",
]
