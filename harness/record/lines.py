"""A match as one line of JSON, in ASCII: what `matches.jsonl` holds."""

from __future__ import annotations

import json
from typing import Any

import orjson

from harness.match import MatchRecord

__all__ = ["encode", "match_fields"]


def match_fields(record: MatchRecord) -> dict[str, Any]:
    """What is written of a match. Keys that say nothing are left out, apart from the first eleven.

    - `match`, `block`, `table`: identities of the match, of its unit of inference, and of who
      meets whom in which game.
    - `game`, `agents`: as specified, one agent per player, null for one that never joined;
      `seed`, `repeat`.
    - `status`: `ok`, `void`, `forfeit` or `error`; `payoffs`: totals by player, or null.
    - `rounds`: how many; `actions`, `round_payoffs`: by player, a list over rounds.
    - `residents`: of an invasion, the agent whose society is invaded, and whose chance it has.
    - `branch`: the `match` that this one continues, and the `round` from which on it does.
    - `reason`, `player`: why the match did not end well, and by whom.
    - `turns`: `[player, action]` in the order asked, where rounds do not tell it.
    - `infos`: `[round, {…}]`, further facts about single rounds, such as trembles.
    - `problems`: answers that were no moves.
    - `strategies`: the mixed strategies that moves were drawn from, where they could be read.
    - `measures`: the game's numbers for the whole match, by name, one per player.
    - `stages`: the game's numbers for the whole table by stage of the match, such as generations.
    - `info`: the game's further facts about the whole match.
    """
    match, rounds, players = record.match, record.rounds, range(len(record.agents))
    fields: dict[str, Any] = {
        "match": match.id,
        "block": match.block,
        "table": match.table,
        "game": match.game.spec,
        "agents": [agent and agent.spec for agent in record.agents],
        "seed": match.seed,
        "repeat": match.repeat,
        "status": record.status,
        "payoffs": record.payoffs,
        "rounds": len(rounds),
        "actions": [[r.actions[player] for r in rounds] for player in players],
        "round_payoffs": [[r.payoffs[player] for r in rounds] for player in players],
    }
    if match.residents is not None:
        fields["residents"] = match.residents.spec
    if match.branched is not None:
        fields["branch"] = match.branched
    if record.reason:
        fields |= {"reason": record.reason, "player": record.player}
    if record.turns is not None:
        fields["turns"] = record.turns
    infos = [(i, r.info) for i, r in enumerate(rounds) if r.info]
    if infos:
        fields["infos"] = infos
    if record.problems:
        fields["problems"] = [problem._asdict() for problem in record.problems]
    if record.strategies:
        fields["strategies"] = [mixed._asdict() for mixed in record.strategies]
    if record.measures:
        fields["measures"] = record.measures
    if record.stages:
        fields["stages"] = record.stages
    if record.info:
        fields["info"] = record.info
    return fields


def encode(fields: dict[str, Any]) -> bytes:
    """JSON data as one line of ASCII, with its newline.

    Raises:
        ValueError: a number is not finite.
        TypeError: something is not JSON data.
    """
    # orjson is several times as fast, but writes UTF-8 and takes NaN for null: it serves where
    # neither can have happened, and the standard library decides the rest.
    try:
        line = orjson.dumps(fields)
    except TypeError:  # whole numbers beyond 64 bits, unpaired surrogates
        line = b""
    if not line or not line.isascii() or b"null" in line:
        line = json.dumps(fields, separators=(",", ":"), allow_nan=False).encode("ascii")
    return line + b"\n"
