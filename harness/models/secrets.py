"""Secrets: where keys come from, and what keeps them out of whatever is written."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from harness.errors import UsageError

__all__ = ["Scrubber", "load_env"]

SECRET_NAME = re.compile(
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?[0-9]*(?![A-Z0-9])",
    re.IGNORECASE,
)
ABOUT_ONE = {
    *("DIR", "DIRECTORY", "ENDPOINT", "FILE", "FOLDER", "HOST", "ID", "LENGTH", "LIMIT", "NAME"),
    *("PATH", "SIZE", "TYPE", "URI", "URL", "USER", "USERNAME"),
}
"""Last words of names whose values are about a secret, but none."""

SHORTEST = 8
NUMBER = re.compile(r"[0-9]{1,23}")
WORDS = re.compile(r"(?=.{1,15}\Z)[A-Za-z]?[a-z]+(?:[-_. ][a-z]+)*|[A-Z]{1,15}")


def load_env() -> Path | None:
    """Put what the nearest `.env`, from the working directory upward, says into the environment.

    What is in the environment already stays. Gives the file's path, or None if there is none.

    Raises:
        UsageError: it cannot be read.
    """
    from dotenv import find_dotenv, load_dotenv

    found = ".env"
    try:
        found = find_dotenv(usecwd=True)
        if not found:
            return None
        load_dotenv(found, override=False, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {found}: {error.strerror}") from error
    except ValueError:  # no UTF-8, or a NUL; the error's own words may hold a key
        raise UsageError(f"cannot read {found}: it is no text in UTF-8") from None
    return Path(found)


class Scrubber:
    """Takes the environment's secrets out of whatever is written.

    A secret is the value of a variable in whose name a word ends in key, token, secret, password,
    passphrase or credential, unless the name's last word says that the value is only about one (a
    path, an address, an identity), or the value is short, a plain word or number, or a file that
    exists. It is found as it is, quoted as in URLs, escaped as in JSON, and in Base64.

    Args:
        environment: the variables; those of this process if None.
        named: names of variables that hold a secret whatever they are called.

    >>> scrubber = Scrubber({"ACME_API_KEY": "sk-0123456789"})
    >>> scrubber.scrub("refused: sk-0123456789")
    'refused: [secret ACME_API_KEY]'
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, named: Collection[str] = ()
    ) -> None:
        forms: dict[str, str] = {}
        for name, value in (os.environ if environment is None else environment).items():
            known = name in named and len(value.strip()) >= SHORTEST
            if known or _is_secret(name, value.strip()):
                mark = re.sub(r"[^A-Za-z0-9_.-]", "?", name)  # it must not break JSON
                for form in _forms(value.strip()):
                    forms.setdefault(form, f"[secret {mark}]")
        # The longest first: one secret may be part of another.
        self._text = sorted(forms.items(), key=lambda item: -len(item[0]))
        self._bytes = [(_encoded(form), mark) for form, mark in self._text]

    def scrub(self, text: str) -> str:
        """A text without secrets."""
        for form, mark in self._text:
            if form in text:
                text = _without(text, form, mark)
        return text

    def scrub_bytes(self, data: bytes) -> bytes:
        """UTF-8 text without secrets."""
        for form, mark in self._bytes:
            if form in data:  # Latin-1 has a character for every byte, and loses none
                text = _without(data.decode("latin-1"), form.decode("latin-1"), mark)
                data = text.encode("latin-1")
        return data


def _without(text: str, form: str, mark: str) -> str:
    """Text with a mark in place of each secret, all of whose JSON escapes stay whole."""
    parts: list[str] = []
    done = 0
    at = text.find(form)
    while at >= 0:
        if _within_escape(text, at):  # the digits of one can look like a secret's beginning
            at = text.find(form, at + 1)
            continue
        parts += (text[done:at], mark)
        done = at + len(form)
        at = text.find(form, done)
    return "".join((*parts, text[done:]))


def _within_escape(text: str, at: int) -> bool:
    r"""Whether a place is among the four digits of an escape such as `\u00e9`."""
    for start in range(max(0, at - 5), at - 1):
        if text[start : start + 2] == "\\u":
            before = text[:start]
            return (len(before) - len(before.rstrip("\\"))) % 2 == 0
    return False


def _is_secret(name: str, value: str) -> bool:
    """Whether a variable holds a secret, and not what would be found in any text."""
    last = re.split(r"[^A-Z]+", name.upper().rstrip("0123456789_"))[-1]
    if not SECRET_NAME.search(name) or last in ABOUT_ONE:
        return False
    if len(value) < SHORTEST or NUMBER.fullmatch(value) or WORDS.fullmatch(value):
        return False
    return not (value.startswith(("/", "~", ".")) and _exists(value))


def _exists(value: str) -> bool:
    try:
        return Path(value).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a user who is not known
        return False


def _encoded(text: str) -> bytes:
    """The bytes of a variable's value, also where they are no UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _forms(value: str) -> Iterator[str]:
    """A secret in all ways in which it may be written."""
    escaped = json.dumps(value)[1:-1]
    yield from (value, escaped, json.dumps(value, ensure_ascii=False)[1:-1])
    yield json.dumps(escaped)[1:-1]  # JSON told as a text in JSON
    data = _encoded(value)
    yield from (quote(data), quote(data, safe=""), quote_plus(data))
    for coded in _inside_base64(data):
        yield from (coded, coded.translate(str.maketrans("+/", "-_")))


def _inside_base64(data: bytes) -> Iterator[str]:
    """What Base64 of any text with `data` in it holds: its first byte may be any of a group's."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode()
        first, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        yield coded[first:end]
