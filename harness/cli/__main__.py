"""`python -m harness.cli` is `folk`."""

from harness.cli import main

main()
