"""Official SDKs: their clients, with connections by aiohttp, without retries or deadlines.

They are called one level below their typed methods, which to check what is sent and to dress up
what comes take up to four times the processor time of the call itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from harness.agents.failures import ReadReply, failure, read_answer
from harness.agents.http import KEEP_ALIVE_S, encode
from harness.models import Client, Reply, Transient

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

__all__ = ["SDKClient", "sdk_settings"]

MOST_CONNECTIONS = 1 << 16


def sdk_settings(sdk: ModuleType) -> dict[str, Any]:
    """What an SDK's client is made with, so that retries and deadlines are the caller's.

    Args:
        sdk: the module `openai` or `anthropic`.
    """
    import httpx2

    limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEEP_ALIVE_S)
    connections = sdk.DefaultAioHttpClient(limits=limits, timeout=None)
    return {"http_client": connections, "max_retries": 0, "timeout": None}


class SDKClient(Client):
    """One path of a provider's API, through its SDK's client.

    Args:
        sdk: the module that the client is of.
        client: the client.
        path: where calls are sent.
        read: makes replies of answers.
    """

    def __init__(
        self, sdk: ModuleType, client: AsyncOpenAI | AsyncAnthropic, path: str, read: ReadReply
    ) -> None:
        import aiohttp
        import httpx2

        self._client = client
        self._path = path
        self._read = read
        self._where = str(client.base_url).rstrip("/") + path
        self._answer_type = httpx2.Response
        self._status_error = sdk.APIStatusError
        no_answer = (sdk.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError)
        self._no_answer: tuple[type[Exception], ...] = no_answer

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """One attempt at a call."""
        try:
            answer = await self._client.post(
                self._path, content=encode(body), cast_to=self._answer_type
            )
        except self._status_error as error:
            told = error.response
            raise failure(told.status_code, told.headers, told.content, self._where) from None
        except self._no_answer as error:
            cause = error.__cause__ or error
            raise Transient(f"{self._where}: {type(cause).__name__}: {cause}") from error
        return read_answer(
            answer.status_code, answer.headers, answer.content, self._where, self._read
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
