"""The picture of a run that plays."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.cli.panel import picture
from harness.runner.progress import AgentProgress, Progress

SMALL = AgentProgress("openai/gpt-5(temperature=0)+reason", calls=2310, waiting=12, most=64)
LARGE = AgentProgress(
    "anthropic/claude-sonnet-4-5(max_tokens=2000)+k_level(k=2)",
    calls=46_200,
    cached=7,
    failed=2,
    retries=38,
    input=24_700_000,
    output=914_000,
    usd=6.2,
    invalid=3,
    waiting=5,
    most=64,
)
RUN = Progress(
    matches=400,
    done=120,
    under_way=30,
    not_ok=3,
    seconds=185,
    agents=(SMALL, LARGE),
    usd=6.2,
    projected_usd=20.7,
    left_s=430,
    max_cost=25,
)
RATES = {SMALL.agent: 4.25, LARGE.agent: 41.2}
MANY = replace(RUN, agents=tuple(AgentProgress(f"mock/m{i}", calls=i + 1) for i in range(30)))


def screen(progress: Progress, width: int = 120, height: int = 40, **how: bool) -> str:
    """What rich prints of the picture, without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", coloured(progress, width, height, **how))


def coloured(progress: Progress, width: int = 120, height: int = 40, **how: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, height=height, _environ={})
    console.print(picture(progress, RATES, width, height, **how))
    return file.getvalue()


def test_a_wide_terminal_shows_everything() -> None:
    assert screen(RUN, 140) == (
        "━━━━━━━━━━─────────────────────────  120 of 400 matches, 30 under way, 3 not ok, 3:05, "
        "$6.20 of about $20.70, limit $25.00, about 7 min left\n"
        "agent                                         calls  last 10 s  on the way  cached  "
        "tokens in  tokens out      USD  retries  failed  invalid\n"
        "openai/gpt-5(temperature=0)+reason            2,310      4.2/s    12 of 64       0  "
        "        0           0  unknown        0       0        0\n"
        "anthropic/claude-sonn…ns=2000)+k_level(k=2)  46.2 k       41/s     5 of 64       7  "
        "   24.7 M       914 k    $6.20       38       2        3\n"
    )


def test_a_usual_terminal_shows_what_matters() -> None:
    assert screen(RUN, 80) == (
        "━━━━━━━──────────────────  120 of 400 matches, 30 under way, 3 not ok, 3:05,\n"
        "                           $6.20 of about $20.70, limit $25.00, about 7 min left\n"
        "agent                     calls  last 10 s  on the way      USD  failed  invalid\n"
        "openai/gpt-…e=0)+reason   2,310      4.2/s    12 of 64  unknown       0        0\n"
        "anthropic/c…_level(k=2)  46.2 k       41/s     5 of 64    $6.20       2        3\n"
    )


def test_a_narrow_terminal_shows_what_matters_most() -> None:
    assert screen(replace(RUN, agents=(SMALL, replace(LARGE, failed=0))), 60) == (
        "━━━━───────────  120 of 400 matches, 30 under way, 3 not ok,\n"
        "                 3:05, $6.20 of about $20.70, limit $25.00,\n"
        "                 about 7 min left\n"
        "agent                    calls  on the way      USD  invalid\n"
        "openai/gpt-…=0)+reason   2,310    12 of 64  unknown        0\n"
        "anthropic/c…level(k=2)  46.2 k     5 of 64    $6.20        3\n"
    )


@pytest.mark.parametrize("width", [1, 7, 20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [1, 2, 5, 24])
@pytest.mark.parametrize("ending", ["", "finishing 12 calls under way; Ctrl-C again stops at once"])
def test_no_picture_is_larger_than_the_terminal(width: int, height: int, ending: str) -> None:
    for progress in (RUN, MANY, Progress(matches=3), replace(RUN, done=10**9, matches=10**9)):
        shown = picture(replace(progress, ending=ending), RATES, width, height).plain.split("\n")
        assert len(shown) <= max(1, height - 1)
        assert max(map(cell_len, shown)) <= width


def test_scripted_matches_have_a_bar_and_no_table() -> None:
    run = Progress(matches=400, done=400, seconds=4000)
    assert screen(run, 80) == f"{'━' * 40}  400 of 400 matches, 1:06:40\n"


def test_columns_with_nothing_to_tell_stay_out() -> None:
    free = AgentProgress("mock/cycle", calls=50, usd=0.0, waiting=0, most=8)
    assert screen(Progress(matches=4, agents=(free,))).splitlines()[1:] == [
        "agent       calls",
        "mock/cycle     50",
    ]
    begun = AgentProgress("mock/cycle", most=8)
    assert len(screen(Progress(matches=4, agents=(begun,))).splitlines()) == 1


def test_of_many_agents_the_busiest_are_shown_in_their_order() -> None:
    lines = screen(MANY, 80, 14).splitlines()
    assert len(lines) == 13
    agents = [line.split()[0] for line in lines if line.startswith("mock/")]
    assert agents == [f"mock/m{i}" for i in range(30 - len(agents), 30)]
    assert lines[-1] == f"and {30 - len(agents)} more, less busy"
    assert "more" not in screen(MANY, 80, 40)


@pytest.mark.parametrize("height", range(1, 20))
def test_no_agent_is_left_out_silently(height: int) -> None:
    shown = screen(MANY, 80, height)
    assert ("mock/" in shown) == ("more, less busy" in shown)


def test_agents_that_call_now_are_busier_than_those_that_called_once() -> None:
    agents = (AgentProgress("a", calls=9000), SMALL, AgentProgress("b", calls=9, waiting=1, most=4))
    lines = screen(replace(RUN, agents=agents), 140, 5).splitlines()
    assert [line.split()[0] for line in lines[2:]] == [SMALL.agent, "and"]


def test_a_run_that_ends_says_so_and_foretells_nothing() -> None:
    ending = "finishing 12 calls under way; Ctrl-C again stops at once"
    shown = screen(replace(RUN, ending=ending), 60)
    assert ending in shown.splitlines()
    assert "left" not in shown
    assert "about" not in shown
    long = f"stopped: {'a reason ' * 12}at 100% [red]sure[/]\x1b[2J"
    shown = screen(replace(RUN, ending=long), 60)
    assert " ".join(shown.split()).count("a reason") == 12
    assert "[red]sure[/]\\x1b[2J" in shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[red]x[/]", "[red]x[/]"),
        ("[link=file:///x]y[/link]", "[link=file:///x]y[/link]"),
        ("a\nb", "a\\nb"),
        ("\x1b[2J\x1b]0;title\x07z", "\\x1b[2J\\x1b]0;title\\x07z"),
        (":smile:", ":smile:"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_an_agents_name_is_shown_as_text_and_cannot_steer_the_terminal(
    name: str, shown: str
) -> None:
    line = screen(replace(RUN, agents=(replace(SMALL, agent=name),))).splitlines()[-1]
    assert line.startswith(shown + "  ")


def test_names_are_cut_in_the_middle_and_wide_letters_keep_the_columns_straight() -> None:
    agents = tuple(
        AgentProgress(name, calls=1, failed=1)
        for name in ("博弈论" * 30 + "x", "a" * 300 + "+reason", "e\u0301" * 200, "short")
    )
    lines = screen(replace(RUN, agents=agents), 60).splitlines()[-4:]
    assert {cell_len(line) for line in lines} == {60}
    assert lines[0].split()[0].endswith("x")
    assert lines[1].split()[0].endswith("…" + "a" * 15 + "+reason")


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert screen(RUN, 60, ascii_only=True).isascii()


def test_trouble_is_coloured_unless_nobody_wants_colour() -> None:
    assert "\x1b[33m3 not ok" in coloured(RUN)
    assert "\x1b[33m" not in coloured(replace(RUN, not_ok=0, agents=(SMALL,)))
