from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.doctor import models as module
from harness.doctor.check import Check
from harness.doctor.models import models
from harness.models import Reply, Transient
from harness.models.limit import Limits
from tests.models.scripted import Scripted

CANARY = "sk-canary-0123456789abcdef"

pytestmark = pytest.mark.usefixtures("bare")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", Limits(timeout_s=0.2, attempts=1))


@dataclass(frozen=True, kw_only=True)
class Told(Scripted):
    """A model that says which of its versions replies."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "script", TELL[self.model])


def echo(body: Any) -> Any:
    raise Transient(f"no, {CANARY}")


TELL: dict[str, Any] = {
    "dated": lambda body: Reply("ready", model="dated-2026-01-01"),
    "silent": lambda body: Reply("", model=""),
    "echo": echo,
    "crash": lambda body: 1 / 0,
    "wordless": lambda body: Transient(""),
}


def offered(patch: pytest.MonkeyPatch) -> None:
    points = {"told": [EntryPoint("told", f"{__name__}:Told", "folkbench.agents")]}
    real = registry._offers
    patch.setattr(registry, "_offers", lambda k: {**real(k), **(points if k == "agent" else {})})


def one(spec: str) -> Check:
    (check,) = models([spec])
    return check


def test_a_model_that_replies_is_told_with_its_time() -> None:
    check = one("mock/random(latency_s=0.05)")
    assert (check.state, check.fails) == ("ok", False)
    assert re.fullmatch(r"replied in 0\.0\d+ s as random", check.detail)


@pytest.mark.parametrize(
    ("spec", "state", "words"),
    [
        ("mock/random(error=1, status=401)", "broken", "HTTP 401: Incorrect API key provided"),
        ("mock/staller", "broken", "no reply within 0.2 s"),
        ("openai/gpt-5-mini", "broken", "there is no key; set OPENAI_API_KEY"),
        ("opnai/gpt", "broken", "there is no agent 'opnai'; did you mean openai?"),
        ("mock/random(", "broken", "mock/random("),
        ("openai", "broken", "openai needs the name of a model: openai/MODEL"),
        ("tit_for_tat", "ok", "plays by a script"),
    ],
)
def test_what_becomes_of_a_model_is_told(spec: str, state: str, words: str) -> None:
    check = one(spec)
    assert (check.name, check.state, check.fails) == (spec, state, state != "ok")
    assert words in check.detail
    assert not check.detail.startswith(f"{spec}: ")


@pytest.mark.parametrize(
    ("character", "words"),
    [
        ("dated", " s as dated-2026-01-01"),
        ("silent", "replied in "),
        ("crash", "ZeroDivisionError"),
        ("wordless", ""),
    ],
)
def test_a_plug_in_s_model_is_asked_likewise(
    monkeypatch: pytest.MonkeyPatch, character: str, words: str
) -> None:
    offered(monkeypatch)
    check = one(f"told/{character}")
    assert check.state == ("ok" if "replied in" in words or " as " in words else "broken")
    assert words in check.detail
    assert not check.detail.endswith(" as ")


def test_a_model_that_fails_once_and_then_replies_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = iter([Transient("later", retry_after_s=0.001), "ready"])
    monkeypatch.setattr(module, "PATIENCE", Limits(timeout_s=5, attempts=2))
    monkeypatch.setitem(TELL, "late", lambda body: next(said))
    offered(monkeypatch)
    check = one("told/late")
    assert check.state == "ok"
    assert check.detail.endswith(" s as late at the second attempt")


def test_all_are_told_in_the_order_asked_whatever_becomes_of_others() -> None:
    specs = ["mock/random(error=1, status=404)", "opnai/x", "mock/biased", "first", "mock/biased"]
    checks = models(specs)
    assert [check.name for check in checks] == specs[:-1]
    assert [check.state for check in checks] == ["broken", "broken", "ok", "ok"]


def test_one_model_in_two_spellings_is_told_by_both() -> None:
    checks = models(["mock/random(error=0)", "mock/random( error = 0 )"])
    assert [check.state for check in checks] == ["ok", "ok"]


def test_a_secret_that_a_provider_echoes_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLD_API_KEY", CANARY)
    offered(monkeypatch)
    check = one("told/echo")
    assert check.state == "broken"
    assert check.detail == "no, [secret TOLD_API_KEY]"


def test_keys_are_also_read_from_the_env_file(bare: Path) -> None:
    (bare / ".env").write_text(f"OPENAI_API_KEY={CANARY}\nOPENAI_BASE_URL=http://127.0.0.1:9/v1\n")
    check = one("openai/gpt-5-mini")
    assert "there is no key" not in check.detail
    assert "http://127.0.0.1:9/v1/chat/completions" in check.detail


def test_what_the_user_should_know_is_said() -> None:
    said: list[str] = []
    models(["mock/random(temperature=0.5)"], said.append)
    assert said == ["mock/random does not heed temperature"]


def test_nothing_is_left_behind(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = bare / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert one("mock/random").state == "ok"
    assert not list(temporary.iterdir())
