"""Matches that continue one of a run's: what `folk run --from DIR --match ID --round T` plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import registry
from harness.branch import Branch
from harness.errors import RecordError, UsageError, plugin_call, shorten
from harness.game import Join, Round
from harness.match import AnswerPolicy, Entry, Match, Status
from harness.models.replies import Replies
from harness.past import Forced, Past
from harness.record.folder import read_manifest, read_matches
from harness.retelling import check_can_go_on
from harness.runner.manifest import differing, last_config

__all__ = ["branches"]

SHOWN = 5
"""Matches or differences that a message lists."""


def branches(
    folder: Path,
    match_id: str,
    round_: int,
    agents: Sequence[Entry],
    *,
    repeats: int,
    policy: AnswerPolicy,
) -> list[Match]:
    """The matches that continue a logged one from a round on.

    Args:
        folder: the run that the match is one of; it is read again whenever a branch is played.
        match_id: the match's identity, or as much of its beginning as no other match has.
        round_: the first round that is played anew, from 0; what was decided before it stays. After
            the last round of a match, what is decided then is decided anew.
        agents: who goes on, one agent per seat.
        repeats: how many matches; the first shares its chance with the one that it continues.
        policy: what follows an answer that is not a move.

    Raises:
        UsageError: there is no such match or round, the game is not the one that was played, or an
            agent cannot take a seat.
        RecordError: the run cannot be read, or does not hold what its own game leads to.
    """
    told = _find(folder, match_id)
    source = _rebuilt(folder, told)
    if len(agents) != len(source.seats):
        raise UsageError(
            f"match {source.id} of {source.game.spec} has {len(source.seats)} seats, and"
            f" {len(agents)} agents are given; name one for each seat, in order"
        )
    first = _branch(folder, told, source, round_, seats=tuple(agents), policy=policy)
    _check_leads_on(first)
    for player, agent in enumerate(agents if round_ else ()):
        with plugin_call(agent.spec, "player()"):
            check_can_go_on(agent, agent.what.player(first.seat(player)))
    return [replace(first, repeat=repeat) for repeat in range(repeats)]


def _find(folder: Path, match_id: str) -> dict[str, Any]:
    """The line of the match whose identity begins so.

    Raises:
        UsageError: there is none, or there are several.
    """
    manifest = read_manifest(folder)
    found = [told for told in read_matches(folder) if told["match"].startswith(match_id)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(told["match"] for told in found[:SHOWN])
        more = ", …" if len(found) > SHOWN else ""
        raise UsageError(
            f"the identities of {len(found)} matches in {folder} begin with {match_id!r}: {listed}"
            f"{more}; give more of the one that is meant"
        )
    if any(planned.startswith(match_id) for planned in manifest["matches"]):
        raise UsageError(
            f"match {match_id} of {folder} is not over: `folk resume {folder}` plays it to its end"
        )
    raise UsageError(f"{folder} holds no match whose identity begins with {shorten(match_id)}")


def _rebuilt(folder: Path, told: Mapping[str, Any]) -> Match:
    """The match that a line of the log tells of.

    Raises:
        UsageError: its game is not the same any more.
        RecordError: it is another one than its identity says.
    """
    manifest = read_manifest(folder)
    config = last_config(manifest, f"{folder}/manifest.json")
    game = _game(folder, manifest, told["game"])
    specs = told["agents"][: game.what.n_seats]
    agents = [_listed(folder, manifest, "agents", spec) for spec in specs]
    seats = tuple(Entry(a["spec"], Logged(a["name"], a["parameters"])) for a in agents)
    residents = next((seat for seat in seats if seat.spec == told.get("residents")), None)
    policy = AnswerPolicy(config.reask, config.on_invalid)  # type: ignore[arg-type]
    match = Match(game, seats, told["seed"], told["repeat"], policy, residents)
    if "branch" in told:
        began = Path(config.branch["from"])
        line = _find(began, told["branch"]["match"])
        source = _rebuilt(began, line)
        round_ = told["branch"]["round"]
        branch = _branch(began, line, source, round_, seats=seats, policy=policy)
        match = replace(branch, repeat=told["repeat"])
    if match.id != told["match"]:
        raise RecordError(
            f"match {told['match']} of {folder} is not what the run's manifest says of its game,"
            " agents and settings: this version of Folkbench, or another folder, made it"
        )
    return match


@dataclass(frozen=True)
class Logged:
    """An agent of which only the identity matters: the name and the parameters it had."""

    name: str
    parameters: dict[str, Any]


def _game(folder: Path, manifest: Mapping[str, Any], spec: str) -> Entry:
    """The game as it is installed, which must be the one that was played.

    Raises:
        UsageError: it is not.
    """
    logged = _listed(folder, manifest, "games", spec)
    game = registry.build("game", spec)
    then = {key: logged[key] for key in game.identity}
    if game.identity != then:
        listed = "".join(f"\n  {line}" for line in differing("", then, game.identity))
        raise UsageError(f"{spec} is not the game that was played in {folder}:{listed}")
    return game


def _listed(folder: Path, manifest: Mapping[str, Any], key: str, spec: str) -> dict[str, Any]:
    """What a manifest says of a game or an agent."""
    for entry in manifest[key]:
        if entry["spec"] == spec:
            return dict(entry)
    raise RecordError(f"{folder}/manifest.json lists no {spec} among its {key}")


def _branch(
    folder: Path,
    told: Mapping[str, Any],
    source: Match,
    round_: int,
    *,
    seats: tuple[Entry, ...],
    policy: AnswerPolicy,
) -> Branch:
    """The first branch of a match.

    Raises:
        UsageError: it cannot begin at this round.
    """
    last, why = told["rounds"], f"it has {told['rounds']} rounds"
    if told["status"] == Status.FORFEIT:  # the game may have closed it with rounds of its own
        last = told["problems"][-1]["round"]
        why = f"it was forfeited in round {last}"
    if not 0 <= round_ <= last:
        raise UsageError(
            f"match {source.id} cannot be continued from round {round_}: {why}; give one from 0 to"
            f" {last}"
        )
    if isinstance(source, Branch) and round_ < source.past.round:
        raise UsageError(
            f"match {source.id} cannot be continued from round {round_}: before round"
            f" {source.past.round}, it is match {source.source.id}; continue that one"
        )
    replies = Replies(folder, {source.id}) if round_ else None
    return Branch(
        game=source.game,
        seats=seats,
        seed=source.seed,
        policy=policy,
        source=source,
        past=Past.of(told, round_),
        replies=replies,
    )


def _check_leads_on(branch: Branch) -> None:
    """Lead the game through the past once, so that what does not fit shows before anybody plays.

    Raises:
        UsageError: nothing is left to decide after it.
        RecordError: the game does not lead where the log says it led.
    """
    done, forced = 0, Forced()
    script = branch.retold(lambda number: None, forced.update)
    reply: Any = None
    item: Any
    with plugin_call(branch.game.spec, "play()"):
        while True:
            try:
                item = script.send(reply)
            except StopIteration:
                break
            reply = None
            if type(item) is Round:
                done += 1
            elif type(item) is not Join:
                if done >= branch.past.round:
                    return
                asked = item if type(item) is tuple else (item,)
                actions = tuple(forced[decision.player] for decision in asked)
                reply = actions if type(item) is tuple else actions[0]
    raise UsageError(
        f"match {branch.source.id} cannot be continued from round {branch.past.round}: nothing was"
        " left to decide then"
    )
