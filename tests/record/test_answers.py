"""The log of what programs and people answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import ProviderError, RecordError, TimedOut
from harness.record.answers import ANSWERS, Answers, answer_line, digest

KEY = ("m1", 0, 2)
ASKED = digest({"id": 2, "observation": {"own": ["cooperate"]}})


def put(folder: Path, *answers: str | ProviderError, asked: str = ASKED) -> None:
    lines = [answer_line(KEY, "process:x", asked, answer, 0.25) for answer in answers]
    (folder / ANSWERS).write_bytes(b"".join(lines))


@pytest.mark.parametrize("text", ['{"id": 2}', "\udcff\n\x1b ü \u2028", ""])
def test_an_answer_is_found_as_it_came(tmp_path: Path, text: str) -> None:
    put(tmp_path, text)
    assert (tmp_path / ANSWERS).read_bytes().isascii()
    told = Answers(tmp_path).find(KEY, ASKED)
    assert told is not None
    assert told["text"] == text
    assert Answers(tmp_path).find(("m1", 1, 2), ASKED) is None
    assert Answers(tmp_path, {"m2"}).find(KEY, ASKED) is None


def test_of_several_answers_in_one_place_the_last_counts(tmp_path: Path) -> None:
    put(tmp_path, TimedOut("no answer"), "yes")
    told = Answers(tmp_path).find(KEY, ASKED)
    assert told is not None
    assert told["text"] == "yes"


def test_a_failure_is_no_answer(tmp_path: Path) -> None:
    put(tmp_path, TimedOut("no answer"))
    told = Answers(tmp_path).find(KEY, ASKED)
    assert told is not None
    assert "text" not in told
    assert told["error"] == {"error": "TimedOut", "message": "no answer"}


def test_an_answer_to_another_question_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "yes", asked=digest({"id": 2}))
    with pytest.raises(RecordError, match=r"answers\.jsonl:1: question 2 to player 0 in match m1"):
        Answers(tmp_path).find(KEY, ASKED)


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    put(tmp_path, "yes")
    with (tmp_path / ANSWERS).open("a") as file:
        file.write(json.dumps({"match": "m1"}) + "\n")
    with pytest.raises(RecordError, match=r"answers\.jsonl:2: not the line of a logged answer"):
        Answers(tmp_path)


def test_a_run_that_nobody_outside_played_has_no_answers(tmp_path: Path) -> None:
    assert Answers(tmp_path).find(KEY, ASKED) is None
