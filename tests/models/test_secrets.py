from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.models.secrets import Scrubber, load_env

KEY = "sk-proj-Zq3_Lm9-Xy71abWx"
NASTY = 'p"a\\s/s+w?rd&=é 7'


def scrubbed(text: str, name: str = "ACME_API_KEY", value: str = KEY) -> str:
    scrubber = Scrubber({name: value})
    by_bytes = scrubber.scrub_bytes(text.encode("utf-8", "surrogateescape"))
    assert by_bytes == scrubber.scrub(text).encode("utf-8", "surrogateescape")
    return scrubber.scrub(text)


@pytest.mark.parametrize(
    "name",
    [
        *("OPENAI_API_KEY", "HF_TOKEN", "ACME_SECRET", "DB_PASSWORD", "GOOGLE_CREDENTIALS"),
        *("openai_api_key", "apiKey", "APIKEY", "TOKEN", "API_KEYS", "AWS_SECRET_ACCESS_KEY"),
        *("ACME_KEY_2", "ACME_KEY2", "ACME_TOKEN_OLD", "acme.token", "DBPASSWD", "GPG_PASSPHRASE"),
    ],
)
def test_values_whose_names_say_that_they_are_secret_are_taken_out(name: str) -> None:
    assert scrubbed(f"<{KEY}> and {KEY}", name) == f"<[secret {name}]> and [secret {name}]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, KEY) for name in ("HOME", "EDITOR", "KEYBOARD", "TOKENIZERS_PARALLELISM")],
        *[(name, KEY) for name in ("SSH_KEY_PATH", "KEY_FILE", "TOKEN_DIR", "AWS_ACCESS_KEY_ID")],
        *[(name, KEY) for name in ("TOKEN_URL", "KEY_FILE_2", "PASSWORD_TYPE", "SECRET_NAME")],
        *[("API_KEY", value) for value in ("", "short", " " * 9, "12345678", "1709294400000")],
        *[("API_KEY", value) for value in ("cooperate", "Cooperate", "COOPERATE", "lm-studio")],
        *[("SSH_KEY", value) for value in ("/usr/bin", "././././.", "~/././././")],
    ],
)
def test_what_is_no_secret_or_would_be_found_anywhere_is_left_alone(name: str, value: str) -> None:
    text = f"a b {value} c"
    assert scrubbed(text, name, value) == text


@pytest.mark.parametrize(
    "value",
    ["12345678-ab", "correct-horse-battery-staple", "/9j/4AAQSkZJRg", "cooperateX1", "1" * 24],
)
def test_what_only_looks_a_little_like_a_word_a_number_or_a_path_is_a_secret(value: str) -> None:
    assert scrubbed(f"a {value} b", value=value) == "a [secret ACME_API_KEY] b"


VALUES = [KEY, NASTY, "ünïcödé-pass", "line one\nline two", "a" * 8 + "\t1"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "write",
    [
        lambda v: f"a {v}.",
        quote,
        lambda v: quote(v, safe=""),
        quote_plus,
        lambda v: urlencode({"key": v}),
        lambda v: json.dumps({"error": f"bad key {v}."}),
        lambda v: json.dumps({"error": f"bad key {v}."}, ensure_ascii=False),
        lambda v: orjson.dumps([v]).decode(),
        lambda v: json.dumps({"body": json.dumps({"error": v})}),
    ],
)
def test_a_secret_is_found_however_it_is_written(write: Callable[[str], str], value: str) -> None:
    clean = scrubbed(write(value), value=value)
    assert clean.replace("[secret ACME_API_KEY]", "MARK") == write("MARK")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "u", "me", "usr", "user:", "Ü"])
@pytest.mark.parametrize("after", ["", ".", "..", "..."])
def test_a_secret_is_found_within_base64(
    encode: Callable[[bytes], bytes], value: str, before: str, after: str
) -> None:
    coded = encode(f"{before}{value}{after}".encode()).decode()
    head, mark, tail = scrubbed(coded, value=value).partition("[secret ACME_API_KEY]")
    assert mark
    assert len(head) <= len(encode(before.encode()))
    assert len(tail) <= 8


def test_json_that_is_scrubbed_is_still_json() -> None:
    line = json.dumps({"message": f"bad key {NASTY}", NASTY: [NASTY]})
    clean = json.loads(scrubbed(line, name='ODD"NAME\n_KEY', value=NASTY))
    mark = "[secret ODD?NAME?_KEY]"
    assert clean == {"message": f"bad key {mark}", mark: [mark]}


def test_the_longer_of_two_secrets_goes_first() -> None:
    scrubber = Scrubber({"SHORT_KEY": KEY, "LONG_KEY": KEY + "-and-more"})
    assert scrubber.scrub(f"{KEY}-and-more {KEY}") == "[secret LONG_KEY] [secret SHORT_KEY]"


def test_a_value_that_is_no_utf_8_is_found() -> None:
    value = b"k\xff\xfe-secret-1".decode("utf-8", "surrogateescape")
    assert scrubbed(f"a {value} b", value=value) == "a [secret ACME_API_KEY] b"


def test_spaces_around_a_key_do_not_hide_it() -> None:
    assert scrubbed(f"a {KEY} b", value=f" {KEY}\n") == "a [secret ACME_API_KEY] b"


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left_in_any_json_text(value: str, before: str, after: str) -> None:
    assume(value.strip() == value)
    assume("\x00" not in value)
    scrubber = Scrubber({"A_KEY": value})
    assume(scrubber._text)  # what is taken for a plain word stays
    assume(value not in f"{before}[secret A_KEY]{after}")
    clean = json.loads(scrubber.scrub(json.dumps(f"{before}{value}{after}")))
    assert value not in clean


def test_the_environment_of_the_process_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_API_KEY", KEY)
    assert Scrubber().scrub(f"a {KEY}") == "a [secret CANARY_API_KEY]"


def test_ten_kilobytes_without_a_secret_cost_next_to_nothing() -> None:
    secrets = {f"KEY_{i}": f"sk-{i}-" + chr(97 + i) * 3 + KEY * i for i in range(3)}
    text = (json.dumps({"content": "What do you do? J or F, as in the last round. "}) * 200)[
        :10_000
    ]
    data, best = text.encode(), float("inf")
    scrubber = Scrubber(secrets)
    assert len(data) == 10_000
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(20):
            clean = scrubber.scrub_bytes(data)
        best = min(best, (time.perf_counter() - begun) / 20)
    assert clean == data
    assert best < 60e-6, f"{best * 1e6:.0f} µs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, far below, to stand in; what is set in the environment is undone."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    for name in ("FOLK_TEST_KEY", "FOLK_TEST_OTHER"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    return tmp_path


def test_keys_are_read_from_the_nearest_env_file_upward(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    (folder / ".env").write_text("FOLK_TEST_KEY=far\n")
    (folder / "a" / ".env").write_text(f"FOLK_TEST_KEY={KEY}\nexport FOLK_TEST_OTHER='file'\n")
    monkeypatch.setenv("FOLK_TEST_OTHER", "already there")
    assert load_env() == folder / "a" / ".env"
    assert os.environ["FOLK_TEST_KEY"] == KEY
    assert os.environ["FOLK_TEST_OTHER"] == "already there"
    assert Scrubber().scrub(KEY) == "[secret FOLK_TEST_KEY]"


def test_no_env_file_is_no_error(folder: Path) -> None:
    assert not (folder / ".env").exists()
    assert load_env() is None


@pytest.mark.parametrize(
    "content", [b"FOLK_TEST_KEY=\xff\xfesecret-in-latin", b"FOLK_TEST_KEY=a\0secret"]
)
def test_an_env_file_that_is_no_text_is_told_without_its_content(
    folder: Path, content: bytes
) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot read .*\.env: it is no text in UTF-8") as told:
        load_env()
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_variable_that_was_named_holds_a_secret_whatever_it_is_called() -> None:
    scrubber = Scrubber({"MY_CRED": "abcdefghij"}, named={"MY_CRED"})
    assert scrubber.scrub("key abcdefghij") == "key [secret MY_CRED]"


def test_a_secret_that_looks_like_the_digits_of_an_escape_leaves_it_whole() -> None:
    value = "9" * 24
    scrubber = Scrubber({"ACME_KEY": value})
    for before in ("©", "\\u", "\\\\u00"):
        line = json.dumps(before + value)
        for scrubbed in (scrubber.scrub(line), scrubber.scrub_bytes(line.encode()).decode()):
            assert json.loads(scrubbed) == before + "[secret ACME_KEY]"
