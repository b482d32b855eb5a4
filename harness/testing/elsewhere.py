"""Plays the games whose specifications come in on stdin, and writes digests of them on stdout."""

from __future__ import annotations

import json
import sys

from harness.testing.steady import digests

if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests(json.load(sys.stdin))))
