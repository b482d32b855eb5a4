"""The exact values of a model in process, through the public command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness import registry
from harness.cli import main
from harness.exact.asked import read_policy
from harness.exact.walk import walk
from harness.metrics.exact_response import best_response
from harness.record.calls import read_calls
from harness.record.folder import read_matches
from tests.metrics.test_exact_response import tried

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")

GAME = "prisoners_dilemma(rounds=3)"


@pytest.mark.parametrize("memory", ["chat", "restate"])
def test_every_history_of_a_dilemma_of_three_rounds_is_evaluated_once(
    memory: str,
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = f"transformers/{checkpoint}(threads=1, elicit='logits', memory={memory!r})"
    folder = tmp_path / "walk"
    command = ["folk", "exact", GAME, "--agents", spec, "--out", str(folder), "--quiet", "--json"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    (told,) = json.loads(capsys.readouterr().out)["agents"].values()
    calls = [call for call in read_calls(folder) if call["match"] is not None]
    assert len(calls) == len({call["match"] for call in calls}) == 42  # 1 + 4 + 16 in each seat
    assert all(len(call["reply"]["scores"]) == 2 for call in calls)
    logged = {line["match"]: line for line in read_matches(folder)}
    found, agent = walk(registry.build("game", GAME), 99), registry.build("agent", spec)
    values = []
    for player in (0, 1):
        policy = read_policy(found, agent, player, logged)
        assert all(0 < p < 1 for chances in policy.values() for p in chances)
        assert len({tuple(chances) for chances in policy.values()}) > 10  # they look at the past
        values.append(best_response(found.tree, 1 - player, policy).value / 3)
    assert told["best_response"]["value"] == pytest.approx(sum(values) / 2)
    assert told["best_response"]["n"] == 42
    assert 1 <= told["worst_case"]["value"] + told["security_gap"]["value"] <= 1 + 1e-9


def test_the_best_response_is_the_best_of_all_to_what_a_model_does(
    checkpoint: Path, tmp_path: Path
) -> None:
    """Of all 32 pure strategies in two rounds, tried one by one."""
    from harness.config import RunConfig, resolve
    from harness.runner.run import run

    spec = f"transformers/{checkpoint}(threads=1, elicit='logits')"
    plan = resolve(RunConfig(games=("prisoners_dilemma(rounds=2)",), agents=(spec,), histories=99))
    run(plan, tmp_path / "walk")
    logged = {line["match"]: line for line in read_matches(tmp_path / "walk")}
    found = walk(plan.games[0], 99)
    policy = read_policy(found, plan.agents[0], 0, logged)
    best = best_response(found.tree, 1, policy)
    assert best.value == pytest.approx(max(own for own, _ in tried(found.tree, 1, policy)))
