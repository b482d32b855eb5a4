"""The words of the Donor Game: plain, complete, and without a hint of what is good to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness import Decision, Words, one_of, quoted
from harness.games.donor_table import units

if TYPE_CHECKING:
    from harness.games.donor import Donor

ORDINALS = ("first", "second")


def rules(game: Donor, decision: Decision) -> str:
    """The rules as one player reads them, before its first decision."""
    me = game.called(decision.player)
    at_once = " at a time" if game.generations > 1 and game.n_newborns else ""
    who = f"You are taking part in a session of {game.agents} players{at_once}. You are {me}."
    paragraphs = [
        who + _names(game),
        _giving(game),
        _other_acts(game),
        _roles(game),
        _known(game),
        _length(game),
        _selection(game),
        game.goal,
    ]
    return "\n\n".join(filter(None, paragraphs))


def describe(game: Donor, decision: Decision) -> Words:
    """What has happened since the player's last decision, and the question."""
    if decision.kind == "strategy":
        return Words(_advice(game, decision), _ask_strategy(game, decision))
    seen = decision.observation
    news = "\n".join(_event(game, event, seen) for event in seen["news"])
    return Words(news, _ask_donation(game, decision))


def amount(game: Donor, value: float) -> str:
    """Units in words, by their currency, in the singular for exactly one."""
    told = units(value)
    one = told == "1" and game.currency.endswith("s")
    return f"{told} {game.currency[:-1] if one else game.currency}"


def per_cent(share: float) -> str:
    """A share in per cent, to one decimal.

    >>> per_cent(0.5), per_cent(1 / 3)
    ('50%', '33.3%')
    """
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def _names(game: Donor) -> str:
    if game.generations == 1 or not game.n_newborns:
        return ""
    return " The first number in a player's name is the generation in which it joined."


def _giving(game: Donor) -> str:
    return (
        f"When {_a_game(game)} begins, every player owns {amount(game, game.endowment)}. In every"
        " round"
        " the players are put into pairs: one of the two is the donor, the other the recipient."
        f" The donor decides how many of its {game.currency} to give to the recipient: any number"
        " from 0 to all it owns, not necessarily a whole number. The donor loses what it gives;"
        f" the recipient receives {game.multiplier:.10g} times as much. All donors of a round"
        f" decide at the same time. A donor who owns less than 0.01 {game.currency} gives nothing"
        f" and is not asked. Amounts of {game.currency} are shown to two decimals; what is beyond"
        " them is cut off. A donor who gives the whole amount that it is shown to own gives all it"
        " owns."
    )


def _a_game(game: Donor) -> str:
    """What a game is called in the rules."""
    one = game.generations == 1 and game.games_per_generation == 1
    return "the game" if one else "a game"


def _other_acts(game: Donor) -> str:
    told = []
    if game.punishment:
        told.append(
            f"Instead of giving, a donor may punish the recipient: it spends any number of its"
            f" {game.currency}, from 0 to all it owns, and the recipient loses"
            f" {game.punishment:.10g} times as many as are spent, though never more than it owns."
        )
    if game.refusal:
        told.append(
            f"Instead of giving, a donor may refuse the pairing: then neither of the two loses or"
            f" receives any {game.currency} in that round."
        )
    return " ".join(told)


def _roles(game: Donor) -> str:
    half = game.agents // 2
    if game.rounds == 1:
        told = "In each round, half of the players are donors and half are recipients."
    elif game.schedule == "alternating" or half % 2 or half >= game.rounds:
        told = "Roles alternate: who is donor in one round is recipient in the next."
    else:
        told = (
            "Roles alternate: who is donor in one round is recipient in the next. The one"
            f" exception is that after every {half} rounds everyone keeps the role it had for one"
            " more round."
        )
    if game.rounds > 1 and half > 1:
        told += " The pairs change from round to round; two players may be paired more than once."
    return told


def _known(game: Donor) -> str:
    told = ["Before deciding, a donor is told how many " + game.currency + " its recipient owns"]
    if game.reputation == "image":
        told.append(
            ", and in which share of the rounds in which the recipient was a donor with any"
            f" {game.currency} it gave half or more of what it owned (in whole per cent)."
            f"{_not_giving(game)}"
        )
    elif game.reputation == "standing":
        told.append(
            ", and whether the recipient is in good or in bad standing. Everyone begins in good"
            " standing. A donor who gives less than half of what it owns (in whole per cent) to a"
            " recipient in good standing falls into bad standing. A donor who gives half or more of"
            " what it owns returns to good standing. In all other cases standing stays as it was."
            f"{_not_giving(game)}"
        )
    elif game.trace:
        told.append(_trace_rule(game))
    else:
        told.append(", and nothing about what the recipient has done before.")
    private = f" A recipient is told how many {game.currency} it received"
    lost = " or lost" if game.punishment else ""
    return "".join(told) + f"{private}{lost}, but not from whom."


def _not_giving(game: Donor) -> str:
    """How acts other than giving count for reputations."""
    others = [word for word, on in (("punish", game.punishment), ("refuse", game.refusal)) if on]
    return f" To {' or to '.join(others)} counts as giving nothing." if others else ""


def _trace_rule(game: Donor) -> str:
    did = [
        "gave" if game.punishment or game.refusal else "",
        "punished" if game.punishment else "",
        "refused" if game.refusal else "",
    ]
    kind = f"whether it {one_of([word for word in did if word])}, " if any(did) else ""
    used = "gave or spent" if game.punishment else "gave"
    told = (
        f", and what the recipient did when it was last a donor: {kind}which share of what it"
        f" owned it {used}, with whom it was paired and in which round."
    )
    if game.trace > 1:
        told += (
            " The donor is also told what that partner had done, before that round, when it was"
            f" last a donor, and so on, up to {game.trace} acts in all."
        )
    return told


def _length(game: Donor) -> str:
    what = _a_game(game)
    if game.horizon == "announced":
        rounds = "1 round" if game.rounds == 1 else f"{game.rounds} rounds"
        lasts = f"{'The game' if what == 'the game' else 'Each game'} lasts for {rounds}."
    else:
        lasts = f"You are not told how many rounds {what} has."
    if game.games_per_generation == 1:
        return lasts
    who = "Each generation plays" if game.generations > 1 else "The players play"
    return (
        f"{lasts} {who} two games. The second game has the same pairs in the same order, with"
        f" donors and recipients swapped. It begins anew: everyone owns"
        f" {amount(game, game.endowment)} again, and no donor is shown what others did as donors in"
        " the first game."
    )


def _selection(game: Donor) -> str:
    """How generations follow one another."""
    if game.generations == 1:
        return ""
    number = game.generations if game.horizon == "announced" else None
    several = f"There are {number} generations." if number else "There are several generations."
    when = {
        ("both", 1): "when the game ends",
        ("both", 2): "when a game ends, averaged over both games",
        ("second", 2): "when the second game ends",
    }[game.selection, game.games_per_generation]
    score = f"A player's score is the number of {game.currency} it owns {when}."
    anew = (
        f"Every generation starts anew: everyone owns {amount(game, game.endowment)}, new pairs are"
        " drawn by lot, and no donor is shown what others did as donors in earlier generations."
    )
    if not game.n_newborns:
        return f"{several} The same players play in all of them. {anew} {score}"
    if game.n_survivors == 1:
        best = "the player with the highest score goes on"
    else:
        best = f"the {game.n_survivors} players with the highest scores go on"
    if game.n_newborns == 1:
        others = "the other player leaves, and 1 new player takes its place"
    else:
        others = f"the others leave, and {game.n_newborns} new players take their places"
    return (
        f"{several} {anew} {score} After each generation but the last, {best} to the next, with"
        f" ties broken by lot; {others}. {_heritage(game)}"
    )


def _heritage(game: Donor) -> str:
    if game.inheritance == "none":
        return "New players are told nothing about earlier generations."
    one, scored = game.n_survivors == 1, game.inheritance == "scores"
    if one:
        told = "the strategy of the one who goes on, as this player wrote it down"
        return f"New players are shown {told}{', with its score' if scored else ''}."
    told = "the strategies of those who go on, as these wrote them down"
    return (
        f"New players are shown {told},{' with their scores but' if scored else ''} without names."
    )


def _advice(game: Donor, decision: Decision) -> str:
    """The strategies that a newcomer reads."""
    inherited = decision.observation["inherited"]
    if not inherited:
        return ""
    whose, these = "players who have", "these strategies"
    if len(inherited) == 1:
        whose, these = "player who has", "this strategy"
    intro = (
        f"The {whose} gone on from the last generation to this one once wrote down {these}. What"
        " stands in quotation marks is quoted word for word."
    )
    lines = [intro]
    for item in inherited:
        score = f"Score {units(item['score'])}: " if "score" in item else ""
        lines.append(f"- {score}{quoted(item['strategy'])}")
    return "\n".join(lines)


def _ask_strategy(game: Donor, decision: Decision) -> str:
    number = decision.observation["generation"] + 1
    joins = f"You join in generation {number}. " if game.generations > 1 else ""
    read = ""
    if game.generations > 1 and game.n_newborns and game.inheritance != "none":
        read = " If you go on to another generation, its new players are shown what you write."
    return (
        f"{joins}Before you play, write down the strategy that you are going to follow:"
        f" {_text(game)}. You are shown it again at each of your decisions.{read}"
    )


def _text(game: Donor) -> str:
    """How long a strategy may be."""
    most = "1 character" if game.max_chars == 1 else f"{game.max_chars} characters"
    return f"a text of at most {most}"


def _ask_donation(game: Donor, decision: Decision) -> str:
    seen = decision.observation
    partner = game.called(seen["partner"])
    own, theirs = (amount(game, seen[key]) for key in ("resources", "partner_resources"))
    lines = [
        f"{_where(game, seen)} You are the donor; your recipient is {partner}.",
        f"You own {own}; {partner} owns {theirs}.",
        _reputation(game, decision),
        f"Your strategy, as you wrote it down: {quoted(seen['strategy'])}",
        _legal(game, decision, partner),
    ]
    return "\n\n".join(filter(None, lines))


def _legal(game: Donor, decision: Decision, partner: str) -> str:
    """The question itself, with all legal answers."""
    kinds = getattr(decision.space, "kinds", None)
    if kinds is None:
        return f"How many {game.currency} do you give to {partner}: {decision.space}?"
    options = [f"donate ({kinds['donate']})"]
    if "punish" in kinds:
        options.append(f"punish, by spending {game.currency} ({kinds['punish']})")
    if "refuse" in kinds:
        options.append("refuse the pairing (yes)")
    return f"What do you do? You can {', or '.join(options)}."


def _where(game: Donor, seen: Mapping[str, Any]) -> str:
    last = f" of {game.rounds}" if game.horizon == "announced" else ""
    parts = [f"round {seen['round'] + 1}{last}"]
    if game.games_per_generation > 1:
        parts.insert(0, f"{ORDINALS[seen['game']]} game")
    if game.generations > 1:
        parts.insert(0, f"generation {seen['generation'] + 1}")
    place = ", ".join(parts)
    return f"{place[0].upper()}{place[1:]}."


def _reputation(game: Donor, decision: Decision) -> str:
    """What is shown of the recipient's past."""
    seen, partner = decision.observation, game.called(decision.observation["partner"])
    who = f"{partner[0].upper()}{partner[1:]}"
    if game.reputation == "standing":
        return f"{who} is in {seen['reputation']} standing."
    if game.reputation == "image":
        if seen["reputation"] is None:
            return f"{who} has not yet been a donor with any {game.currency} in this game."
        return (
            f"As a donor, {partner} has given half or more of what it owned in"
            f" {per_cent(seen['reputation'])} of its rounds."
        )
    if not game.trace:
        return ""
    if not seen["trace"]:
        return f"{who} has not yet been a donor in this game."
    lines = [f"- {_item(game, decision.player, item)}" for item in seen["trace"]]
    return "\n".join(["Acts that you are shown, the most recent first:", *lines])


def _item(game: Donor, me: int, item: Mapping[str, Any]) -> str:
    """One act of a trace."""
    who, whom = (
        "you" if player == me else game.called(player)
        for player in (item["donor"], item["recipient"])
    )
    when = f"In round {item['round'] + 1}, {who}"
    if item["act"] == "nothing":
        return f"{when} owned nothing to give to {whom}."
    its = "your" if who == "you" else "its"
    if item["act"] == "refuse":
        return f"{when} refused the pairing with {whom}."
    share = f"{per_cent(item['share'])} of {its} {game.currency}"
    if item["act"] == "punish":
        return f"{when} spent {share} on punishing {whom}."
    return f"{when} gave {share} to {whom}."


def _event(game: Donor, event: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """One thing that has happened since the last decision."""
    match event["event"]:
        case "acted":
            return _own_act(game, event, seen)
        case "received":
            lost = event["units"] < 0
            done = "lost" if lost else "received"
            told = amount(game, abs(event["units"]))
            return f"{_when(game, event, seen)}, as recipient, you {done} {told}."
        case "game_began":
            return f"{_which(game, event)} has begun; everyone owns {amount(game, game.endowment)}."
        case "game_over":
            owned = amount(game, event["resources"])
            return f"{_which(game, event)} has ended. At its end you owned {owned}."
        case _:
            return (
                f"Generation {event['generation'] + 1} has ended. Your score was"
                f" {units(event['score'])}; you have gone on to the next generation."
            )


def _which(game: Donor, event: Mapping[str, Any]) -> str:
    """The game that began or ended."""
    which = f"The {ORDINALS[event['game']]} game" if game.games_per_generation > 1 else "The game"
    return f"{which} of generation {event['generation'] + 1}" if game.generations > 1 else which


def _when(game: Donor, event: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """In which round something was done; of which game, if that is over."""
    told = f"In round {event['round'] + 1}"
    if (event["generation"], event["game"]) == (seen["generation"], seen["game"]):
        return told
    which = _which(game, event)
    return f"{told} of {which[0].lower()}{which[1:]}"


def _own_act(game: Donor, event: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """What the player itself did last."""
    partner, told = game.called(event["partner"]), amount(game, event["units"])
    done = {
        "donate": f"gave {told} to {partner}",
        "punish": f"spent {told} on punishing {partner}",
        "refuse": f"refused the pairing with {partner}",
    }[event["act"]]
    return f"{_when(game, event, seen)}, as donor, you {done}."
