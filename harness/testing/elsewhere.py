"""Plays what is asked for on stdin, and writes digests of it on stdout, in the last line.

Asked for are games, `{"games": […]}`, or agents in games, `{"agents": […], "games": […]}`.
"""

from __future__ import annotations

import json
import sys

from harness.testing.agents import agent_digests
from harness.testing.steady import digests

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    games, agents = asked["games"], asked.get("agents")
    told = digests(games) if agents is None else {a: agent_digests(a, games) for a in agents}
    sys.stdout.write(f"\n{json.dumps(told)}\n")
