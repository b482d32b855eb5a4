"""Tit for tat as a program: folk run ... --agents "process:python3 tit_for_tat.py,defector"."""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    if message["type"] != "ask":  # "hello" and "end" want no answer
        continue
    if "aside" in message:  # a question put beside the game's own, such as for a message
        action = message["aside"]
    else:
        seen = message["observation"]["other"]
        action = seen[-1] if seen else message["space"]["enum"][0]
    print(json.dumps({"id": message["id"], "action": action}), flush=True)
