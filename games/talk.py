"""Cheap talk: messages before decisions, which change no payoff and bind nobody.

The communication stage is that of the cheap-talk literature (Crawford & Sobel 1982, Econometrica
50(6), 1431-1451; Farrell & Rabin 1996, Journal of Economic Perspectives 10(3), 103-118): messages
have no effect but through what their readers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias

from harness import (
    Action,
    Choice,
    Course,
    Decision,
    Form,
    Modified,
    Modifier,
    Round,
    Space,
    Steps,
    Text,
    UsageError,
    is_whole,
    one_of,
    quoted,
    shorten,
)

Message: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Talk(Modifier):
    """Players send messages before they decide.

    Whoever is about to decide speaks first: simultaneously with those who decide at the same
    time, alone where a player decides alone. All who are there hear it, or one of them. A message
    is an action of the match, in the order in which it was asked for. Observations hold
    `messages`, all those that this player sent or heard, oldest first: `{"from": player,
    "text": …}`, with `"to": player` where it was private.

    Args:
        game: the game that is played.
        messages: how many messages each sends, one after another; those of one turn are
            simultaneous and can be answered in the next.
        when: before every `decision`, or only before a player's first one of each `round`.
        channel: `public`, to all players, or `private`, to one of them.
        max_chars: the greatest length of a message, in characters.

    Raises:
        UsageError: a parameter is out of its range, or the game has one player only.
    """

    messages: int = 1
    when: Literal["decision", "round"] = "decision"
    channel: Literal["public", "private"] = "public"
    max_chars: int = 500

    name = "talk"
    names_players = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("messages", "max_chars"):
            value = getattr(self, name)
            if not is_whole(value, 1):
                raise UsageError(f"talk: {name} is {shorten(value)}; it must be 1 or more, whole")
        for name, known in (("when", ("decision", "round")), ("channel", ("public", "private"))):
            value = getattr(self, name)
            if value not in known:
                raise UsageError(f"talk: {name} is {shorten(value)}; it must be {one_of(known)}")
        if self.n_players < 2:
            raise UsageError(f"talk: {self.game.name} has one player, who has nobody to talk to")

    @property
    def addressed(self) -> bool:
        """Whether a message names the one that it goes to."""
        return self.channel == "private" and self.n_players > 2

    def course(self, rng: Random) -> Course:
        """The talk of one match."""
        return Conversation(self)

    def clause(self, player: int) -> str:
        """Who sends messages when, and who reads them."""
        two = self.n_players == 2
        when = (
            "Before each of its decisions"
            if self.when == "decision"
            else "In every round, before its first decision in it"
        )
        many = "one message" if self.messages == 1 else f"{self.messages} messages in turn"
        to = f"{many} to {'the other player' if two else 'all other players'}"
        if self.addressed:
            each = "" if self.messages == 1 else ", each"
            to = f"{many}{each} to one other player of its choice, who alone reads it"
        return (
            f"{when}, each player sends {to}. Players who write at the same time read each"
            f" other's messages afterwards. A message has at most {self.max_chars} characters and"
            " may be empty. Messages change neither what the players can choose nor what it brings"
            " them."
        )

    def question(self, decision: Modified) -> str:
        """The call for a message."""
        turn, _ = decision.notes
        which = f" ({turn + 1} of {self.messages})" if self.messages > 1 else ""
        space = decision.space
        if isinstance(space, Form):
            to, text = space.fields["to"], space.fields["text"]
            return (
                f"First, what is your message{which}, and to which player? Answer with to: {to};"
                f" and with text: {text}."
            )
        whom = "the other player" if self.n_players == 2 else "all other players"
        return f"First, what is your message{which} to {whom}? Answer with {space}."

    def news(self, decision: Modified) -> str:
        """The messages that this player has not read yet."""
        _, unread = decision.notes
        return "\n".join(self._said(message) for message in unread)

    def _said(self, message: Message) -> str:
        who = "the other player" if self.n_players == 2 else self.called(message["from"])
        to = " to you alone" if "to" in message and self.n_players > 2 else ""
        who = f"{who[0].upper()}{who[1:]}"
        if not message["text"]:
            return f"{who} sent an empty message{to}."
        return f"{who} said{to}: {quoted(message['text'])}"


class Conversation(Course):
    """The messages of one match: who said what to whom, and who has read it.

    Messages reach those who are there: players that have a seat or have joined, and took part in
    the last round or decide something again.
    """

    def __init__(self, game: Talk) -> None:
        super().__init__()
        self.game = game
        self.there = set(range(game.n_seats))
        self.seen: list[list[Message]] = [[] for _ in range(game.n_players)]
        self.unread: list[list[Message]] = [[] for _ in range(game.n_players)]
        self.spoken: set[int] = set()
        self.turn = 0

    def before(self, asked: tuple[Decision, ...]) -> Steps:
        """Let those who are about to decide speak, as many times as they may."""
        self.there |= {decision.player for decision in asked}
        speakers = [d for d in asked if d.player not in self.spoken and self.there > {d.player}]
        if self.game.when == "round":
            self.spoken |= {decision.player for decision in speakers}
        for turn in range(self.game.messages if speakers else 0):
            self.turn = turn
            said = yield tuple(map(self._invite, speakers))
            for decision, action in zip(speakers, said, strict=True):
                self._deliver(decision.player, action)

    def _invite(self, decision: Decision) -> Modified:
        """Ask a player for a message."""
        text: Space = Text(self.game.max_chars)
        if not self.game.addressed:
            return self.ask(decision, text, "talk", aside="")
        others = tuple(sorted(self.there - {decision.player}))
        to = Choice(others, tuple(map(self.game.called, others)))
        silence = {"to": others[0], "text": ""}
        return self.ask(decision, Form({"to": to, "text": text}), "talk", aside=silence)

    def _deliver(self, sender: int, action: Action) -> None:
        """Let everybody who may read a message have it, each a copy of its own."""
        message: Message = {"from": sender}
        if self.game.addressed:
            message |= {"to": action["to"], "text": action["text"]}
        elif self.game.channel == "private":
            message |= {"to": 1 - sender, "text": action}
        else:
            message |= {"text": action}
        for player in self.there:
            if player in (sender, message.get("to", player)):
                self.seen[player].append(dict(message))
                if player != sender:
                    self.unread[player].append(message)

    def view(self, inner: Decision) -> dict[str, Any]:
        """The messages that this player sent or may read, after those of a talk inside."""
        earlier, seen = inner.observation.get("messages"), self.seen[inner.player]
        return {"messages": [*earlier, *seen] if earlier else seen}

    def notes(self, inner: Decision) -> tuple[int, list[Message]]:
        """The turn to speak, and the messages not read until now."""
        unread, self.unread[inner.player] = self.unread[inner.player], []
        return self.turn, unread

    def joined(self, player: int) -> None:
        """A player that joins hears what is said from now on."""
        self.there.add(player)

    def brought(self, happened: Round) -> Round:
        """All who took part may speak again in the next round; others are not there any more."""
        self.spoken.clear()
        self.there = {
            p for p, u in enumerate(happened.payoffs) if u is not None and p in self.there
        }
        return happened
