from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from harness.doctor.access import keys, servers
from harness.doctor.check import Check
from harness.doctor.plugins import providers
from tests.doctor.listing import listing

CANARY = "sk-canary-0123456789abcdef"


def of(checks: list[Check], provider: str) -> Check:
    (found,) = (check for check in checks if check.name == provider)
    return found


@pytest.mark.usefixtures("bare")
def test_without_keys_each_provider_that_takes_one_is_told_with_its_variable() -> None:
    checks = keys(providers())
    assert {check.state for check in checks} == {"missing"}
    assert not any(check.fails for check in checks)
    variables = {
        "openai": "OPENAI_API_KEY",
        "anthropic": "ANTHROPIC_API_KEY",
        "compatible": "OPENROUTER_API_KEY",
        "vllm": "VLLM_API_KEY",
    }
    assert {check.name for check in checks} == {".env", *variables}
    for provider, variable in variables.items():
        assert variable in of(checks, provider).detail


def test_a_key_is_told_by_where_it_comes_from_and_never_itself(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / ".env").write_text(f"ANTHROPIC_API_KEY={CANARY}\nOPENAI_API_KEY=other-{CANARY}\n")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    checks = keys(providers())
    assert of(checks, "openai").detail == "OPENAI_API_KEY is set, by the environment"
    assert of(checks, "anthropic").detail == "ANTHROPIC_API_KEY is set, by .env"
    assert str(bare / ".env") in of(checks, ".env").detail
    assert "canary" not in str(checks)


@pytest.mark.parametrize("key", [f"{CANARY}\n", f" {CANARY}", f"{CANARY}…"])
@pytest.mark.usefixtures("bare")
def test_a_key_that_was_copied_badly_is_told(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    check = of(keys(providers()), "openai")
    assert check.state == "broken"
    assert "copy the key again" in check.detail
    assert "canary" not in check.detail


def test_an_env_file_that_cannot_be_read_does_not_hide_the_rest(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / ".env").write_bytes(b"OPENAI_API_KEY=\xff\n")
    monkeypatch.setenv("VLLM_API_KEY", CANARY)
    checks = keys(providers())
    assert of(checks, ".env").state == "broken"
    assert "no text in UTF-8" in of(checks, ".env").detail
    assert of(checks, "vllm").state == "ok"


@pytest.mark.usefixtures("bare")
def test_where_no_variable_names_a_server_none_is_asked() -> None:
    assert servers(providers()) == []


@pytest.mark.parametrize(
    ("variable", "provider", "ending"),
    [
        ("OPENAI_BASE_URL", "openai", "/v1"),
        ("OPENAI_BASE_URL", "openai", "/v1/"),
        ("ANTHROPIC_BASE_URL", "anthropic", ""),
        ("VLLM_BASE_URL", "vllm", ""),
        ("VLLM_BASE_URL", "vllm", "/v1"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_a_server_that_runs_tells_its_models_and_is_shown_the_key_of_its_provider(
    monkeypatch: pytest.MonkeyPatch, variable: str, provider: str, ending: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"openai-{CANARY}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with listing() as server:
        monkeypatch.setenv(variable, server.url + ending)
        (check,) = servers(providers())
    assert (check.name, check.state) == (provider, "ok")
    assert check.detail == f"{server.url}/v1/models serves tiny"
    assert server.shown == [f"Bearer openai-{CANARY}" if provider == "openai" else None]


def test_a_server_that_env_names_is_asked(bare: Path) -> None:
    with listing() as server:
        (bare / ".env").write_text(f"VLLM_BASE_URL={server.url}\n")
        (check,) = servers(providers())
    assert check.state == "ok"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"path": "/other"},
            "answers with status 404, and lists no models; OPENAI_BASE_URL should",
        ),
        ({"status": 401}, "answers, but wants a key: set OPENAI_API_KEY (status 401)"),
        ({"status": 503}, "answers with status 503, and lists no models"),
        ({"body": b"<html>"}, "answers with status 200, and lists no models"),
        ({"body": ["tiny"]}, "answers with status 200, and lists no models"),
        ({"body": {"data": []}}, "answers, and serves no model"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_a_server_that_lists_no_models_is_told_with_what_it_answers(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], words: str
) -> None:
    with listing(**settings) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        (check,) = servers(providers())
    assert (check.state, check.fails) == ("broken", False)
    assert words in check.detail


@pytest.mark.usefixtures("bare")
def test_an_address_without_what_calls_need_below_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listing() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)  # the models are at /v1/models
        (check,) = servers(providers())
    assert "OPENAI_BASE_URL should be like http://127.0.0.1:8000/v1" in check.detail


@pytest.mark.usefixtures("bare")
def test_a_key_that_a_server_does_not_accept_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VLLM_API_KEY", CANARY)
    with listing(status=401) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        (check,) = servers(providers())
    assert "answers, but does not accept VLLM_API_KEY (status 401)" in check.detail


@pytest.mark.usefixtures("bare")
def test_many_models_are_counted_and_not_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"model-{i}" + "x" * 200 for i in range(300)]
    with listing(body={"data": [{"id": name} for name in names]}) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        (check,) = servers(providers())
    assert check.detail.endswith(" and 295 more")
    assert len(check.detail) < 600


@pytest.mark.usefixtures("bare")
def test_a_server_that_does_not_run_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setenv("VLLM_BASE_URL", f"http://127.0.0.1:{bound.getsockname()[1]}")
        (check,) = servers(providers())
    assert (check.state, check.fails) == ("broken", False)
    assert "cannot be reached: Connection refused; start the server" in check.detail


@pytest.mark.usefixtures("bare")
def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("VLLM_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        (check,) = servers(providers(), timeout_s=0.1)
    assert "does not answer within 0.1 s" in check.detail


@pytest.mark.parametrize("url", ["nowhere", "ftp://x", "http://", "http://x:nine"])
@pytest.mark.usefixtures("bare")
def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", url)
    (check,) = servers(providers())
    assert check.state == "broken"
    assert "set VLLM_BASE_URL to where it is" in check.detail


@pytest.mark.parametrize("ending", [f"?key={CANARY}", f"#{CANARY}", ""])
@pytest.mark.usefixtures("bare")
def test_an_address_that_holds_a_secret_is_not_told(
    monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    user = "" if ending else f"me:{CANARY}@"
    monkeypatch.setenv("VLLM_BASE_URL", f"http://{user}127.0.0.1:1/{ending}")
    (check,) = servers(providers())
    assert check.state == "broken"
    assert "canary" not in check.detail
