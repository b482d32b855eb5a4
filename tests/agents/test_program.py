"""How programs' answers are read."""

from __future__ import annotations

import pytest

from harness import Choice, Outcome
from harness.agents.program import read

PD = Choice(("cooperate", "defect"), labels=("J", "F"))


def test_an_action_is_named_as_it_is_recorded_and_not_as_readers_call_it() -> None:
    assert read('{"id": 1, "action": "defect"}', 1).within(PD).action == "defect"
    assert read('{"id": 1, "action": "F"}', 1).within(PD).outcome is Outcome.ILLEGAL


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("", Outcome.EMPTY, "empty"),
        ("hello", Outcome.UNPARSED, "not a JSON object"),
        ('["defect"]', Outcome.UNPARSED, "not a JSON object"),
        ('{"action": "defect"}', Outcome.UNPARSED, "the id of its question, which is 3"),
        ('{"id": 4, "action": "defect"}', Outcome.UNPARSED, "which is 3"),
        ('{"id": true, "action": "defect"}', Outcome.UNPARSED, "which is 3"),
        ('{"id": 3}', Outcome.UNPARSED, 'needs an "action"'),
        ('{"id": 3, "action": "a", "action": "b"}', Outcome.UNPARSED, "twice"),
        ('{"id": 3, "action": NaN}', Outcome.UNPARSED, "NaN"),
        ('{"id": 3, "action": ' + "9" * 5000 + "}", Outcome.UNPARSED, "5000 digits"),
        ("[" * 100_000, Outcome.UNPARSED, "not a JSON object"),
        ('{"id": 3, "action": "\udcff"}', Outcome.UNPARSED, "not UTF-8"),
    ],
)
def test_what_is_no_answer_has_an_outcome(text: str, outcome: Outcome, reason: str) -> None:
    answer = read(text, 3)
    assert answer.outcome is outcome
    assert reason in answer.reason
    (answer.text + answer.reason).encode()
