"""The words of Deal or No Deal: plain, complete, and without a hint of what is good to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import Decision, Words, quoted

if TYPE_CHECKING:
    from harness.games.deal import DealOrNoDeal

OWN_VALUES = (
    "The other player has values of its own for the items. You are not told the other player's"
    " values, and the other player is not told yours."
)


def rules(game: DealOrNoDeal, decision: Decision) -> str:
    """The rules as one player reads them, before its first decision."""
    seen = decision.observation
    paragraphs = [
        "You and one other player divide items between you. There are three kinds of items:",
        _items(seen),
        OWN_VALUES,
        _turns(game, first=not seen["turns"]),
        _deal(game),
        _payoffs(game),
    ]
    return "\n\n".join(paragraphs)


def describe(game: DealOrNoDeal, decision: Decision) -> Words:
    """What the other player did last, and the question."""
    seen = decision.observation
    where = f"Turn {seen['turn'] + 1} of at most {game.max_messages}."
    message = f"a message to the other player (a text of at most {game.max_chars} characters)"
    limits = zip(seen["items"], seen["counts"], strict=True)
    numbers = ", ".join(f"{item}: from 0 to {count}" for item, count in limits)
    share = f"how many items of each kind you are to receive, as whole numbers ({numbers})"
    question = {
        "open": f"Send {message}. What is your message?",
        "talk": f"Either send {message}, or make your proposal: {share}. What do you do?",
        "close": f"You must now make your proposal: {share}. What do you propose?",
    }
    return Words(_news(seen["turns"]), f"{where} {question[decision.kind]}")


def _items(seen: Any) -> str:
    lines = []
    for item, count, value in zip(seen["items"], seen["counts"], seen["values"], strict=True):
        each = "each worth" if count > 1 else "worth"
        points = "1 point" if value == 1 else f"{value} points"
        lines.append(
            f"- {item}: there {'are' if count > 1 else 'is'} {count}, {each} {points} to you"
        )
    return "\n".join(lines)


def _turns(game: DealOrNoDeal, *, first: bool) -> str:
    opening = "" if game.open_with_proposal else " The first turn of the game must be a message."
    return (
        f"You take turns; {'you take' if first else 'the other player takes'} the first one. At"
        " each turn, a player either sends the other player a message or makes a proposal. A"
        f" message is free text of at most {game.max_chars} characters. A proposal says how many"
        f" items of each kind the player who makes it is to receive.{opening} When one player has"
        " made a proposal, the other player is told that there is a proposal, but not what it says,"
        " and must make a proposal of its own in the next turn. With that the game ends. A proposal"
        " cannot be taken back or changed."
    )


def _deal(game: DealOrNoDeal) -> str:
    return (
        "The two proposals make a deal only if, for every kind of item, their two numbers add up"
        " to exactly as many items as there are. Each player then receives what its own proposal"
        " says. If the numbers add up to more or less for any kind, there is no deal. The game has"
        f" at most {game.max_messages} turns, messages and proposals counted together; if they"
        " pass without two proposals, there is no deal either."
    )


def _payoffs(game: DealOrNoDeal) -> str:
    own = "the points that your items are worth to you"
    other = "the points that the other player's items are worth to the other player"
    weight = game.other_weight
    if weight == 0:
        paid = f"you receive {own}, and the other player receives the points that its items are"
        paid += " worth to it"
    elif weight == 1:
        paid = f"you both receive the same: {own} plus {other}"
    else:
        sign, size = ("minus", -weight) if weight < 0 else ("plus", weight)
        times = "" if size == 1 else f"{size:.10g} times "
        paid = (
            f"you receive {own}, {sign} {times}{other}; what the other player receives is computed"
            f" in the same way: {other}, {sign} {times}{own}"
        )
    return f"If there is a deal, {paid}. If there is no deal, you both receive 0 points."


def _news(turns: list[dict[str, Any]]) -> str:
    """What the other player did since one's own last turn."""
    if not turns:
        return ""
    if "say" not in turns[-1]:
        return "The other player has made a proposal. What it says is hidden from you."
    return f"The other player said: {quoted(turns[-1]['say'])}"
