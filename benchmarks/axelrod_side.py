"""The Axelrod library's side of `against_axelrod.py`: plays what it reads, prints CPU seconds.

Reads one JSON object from standard input, `{"classes": [[name, arguments], …], "turns": …,
"repeats": …, "results": …}`, and prints the CPU seconds of the tournament, imports left out.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import axelrod

task = json.load(sys.stdin)
players = [getattr(axelrod, name)(**arguments) for name, arguments in task["classes"]]
tournament = axelrod.Tournament(players, turns=task["turns"], repetitions=task["repeats"], seed=1)
# It warns that results will not be available without a file: that is its fastest way to play.
warnings.simplefilter("ignore")
begun = time.process_time()
tournament.play(progress_bar=False, build_results=task["results"])
print(time.process_time() - begun)
