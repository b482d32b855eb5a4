"""What a person's terminal is sent."""

from __future__ import annotations

import pytest

from harness.cli.console import Console, check_terminal
from harness.errors import UsageError
from harness.runner.halt import Halt


def test_what_others_wrote_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Console(Halt()).tell("The other wrote: \x1b[2J\x1b]0;title\x07\u202egnp.exe\nNext line.")
    shown = capsys.readouterr().out
    assert "\\x1b[2J\\x1b]0;title\\x07\\u202egnp.exe\nNext line." in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_a_pipe_is_no_terminal() -> None:
    with pytest.raises(UsageError, match="not both one"):
        check_terminal()
