"""The ultimatum game (Güth, Schmittberger & Schwarze 1982): take it, or nobody gets anything."""

from dataclasses import dataclass
from random import Random

from harness import Choice, Decision, Game, Integer, Play, Round, UsageError, Words, is_whole


@dataclass(frozen=True)
class Ultimatum(Game):
    """One proposes a split of a pie; if the other rejects it, nobody gets anything.

    Observations: `past`, a list of `offer` and `answer` of the rounds before, and, for the one who
    responds, the `offer` that is on the table.

    Args:
        pie: how many points there are to split, in each round.
        rounds: how many rounds are played, in the same roles.
    """

    pie: int = 10
    rounds: int = 1
    name = "ultimatum"

    def __post_init__(self) -> None:
        if not (is_whole(self.pie, 1) and is_whole(self.rounds, 1)):
            raise UsageError("ultimatum: pie and rounds must be whole numbers from 1")

    def play(self, rng: Random) -> Play:
        """A proposal and its answer, round after round."""
        past: list[dict[str, object]] = []
        for _ in range(self.rounds):
            seen = {"past": list(past)}
            offer = yield Decision(0, Integer(0, self.pie), seen, kind="propose")
            seen = {"past": list(past), "offer": offer}
            answer = yield Decision(1, Choice(("accept", "reject")), seen, kind="respond")
            past.append({"offer": offer, "answer": answer})
            split = (self.pie - offer, offer) if answer == "accept" else (0, 0)
            yield Round((offer, answer), split)
        return None

    def rules(self, decision: Decision) -> str:
        """Said once, with every parameter that matters."""
        return (
            f"Two players split {self.pie} points, {self.rounds} times. One offers the other some,"
            " who answers. Accepted, both get their shares; rejected, both get nothing. You"
            f" {'make the offers' if decision.player == 0 else 'answer them'}."
        )

    def describe(self, decision: Decision) -> Words:
        """What is new, and the question, with every legal action."""
        past, space = decision.observation["past"], decision.space
        news = f"Last offer: {past[-1]['offer']}; answer: {past[-1]['answer']}." if past else ""
        if decision.kind == "propose":
            return Words(news, f"How many points do you offer? Answer with {space}.")
        return Words(news, f"You are offered {decision.observation['offer']}. Do you {space}?")
