"""Strategies that both the Axelrod library and Folkbench have, by the names of both."""

from __future__ import annotations

from typing import Any

Pair = tuple[str, dict[str, Any], str, dict[str, Any]]
"""The library's class and arguments; our name and parameters."""

DETERMINISTIC: list[Pair] = [
    ("Cooperator", {}, "cooperator", {}),
    ("Defector", {}, "defector", {}),
    ("Alternator", {}, "alternator", {}),
    ("CyclerCCD", {}, "cycler", {"pattern": "CCD"}),
    ("CyclerDDC", {}, "cycler", {"pattern": "DDC"}),
    ("TitForTat", {}, "tit_for_tat", {}),
    ("SuspiciousTitForTat", {}, "suspicious_tit_for_tat", {}),
    ("AntiTitForTat", {}, "anti_tit_for_tat", {}),
    ("Bully", {}, "bully", {}),
    ("TitFor2Tats", {}, "tit_for_two_tats", {}),
    ("TwoTitsForTat", {}, "two_tits_for_tat", {}),
    ("HardTitForTat", {}, "hard_tit_for_tat", {}),
    ("HardTitFor2Tats", {}, "hard_tit_for_two_tats", {}),
    ("SlowTitForTwoTats2", {}, "slow_tit_for_tat", {}),
    ("SpitefulTitForTat", {}, "spiteful_tit_for_tat", {}),
    ("Grudger", {}, "grudger", {}),
    ("SpitefulCC", {}, "spiteful_cc", {}),
    ("EasyGo", {}, "easy_go", {}),
    ("GrudgerAlternator", {}, "grudger_alternator", {}),
    ("SoftGrudger", {}, "soft_grudger", {}),
    ("Forgiver", {}, "forgiver", {}),
    ("OriginalGradual", {}, "gradual", {}),
    ("ContriteTitForTat", {}, "contrite_tit_for_tat", {}),
    ("OmegaTFT", {}, "omega_tit_for_tat", {}),
    ("AdaptiveTitForTat", {}, "adaptive_tit_for_tat", {}),
    ("WinStayLoseShift", {}, "win_stay_lose_shift", {}),
    ("WinShiftLoseStay", {}, "win_shift_lose_stay", {}),
    ("FirstByDavis", {}, "davis", {}),
    ("FirstByShubik", {}, "shubik", {}),
    ("SecondByTester", {}, "tester", {}),
    ("GoByMajority", {}, "go_by_majority", {}),
    ("HardGoByMajority", {}, "hard_go_by_majority", {}),
    ("Prober", {}, "prober", {}),
    ("Prober2", {}, "prober_2", {}),
    ("Prober3", {}, "prober_3", {}),
    ("HardProber", {}, "hard_prober", {}),
    ("Detective", {}, "detective", {}),
    ("Handshake", {}, "handshake", {}),
    ("CollectiveStrategy", {}, "collective_strategy", {}),
    ("Capri", {}, "capri", {}),
]

STOCHASTIC: list[Pair] = [
    ("Random", {"p": 0.7}, "random", {"p": 0.7}),
    ("GTFT", {}, "generous_tit_for_tat", {}),
    ("FirmButFair", {}, "firm_but_fair", {}),
    ("StochasticCooperator", {}, "stochastic_cooperator", {}),
    ("ReactivePlayer", {"probabilities": [0.8, 0.3]}, "reactive", {"p_c": 0.8, "p_d": 0.3}),
    (
        "MemoryOnePlayer",
        {"four_vector": [0.8, 0.3, 0.6, 0.2]},
        "memory_one",
        {"p_cc": 0.8, "p_cd": 0.3, "p_dc": 0.6, "p_dd": 0.2},
    ),
    ("ZDExtort2", {}, "extort_2", {}),
    ("ZDGTFT2", {}, "zd_gtft_2", {}),
    ("ZDSet2", {}, "zd_equalizer", {}),
    ("ZDExtort3", {}, "zd_extortion", {"factor": 3.0}),
    ("ZDGen2", {}, "zd_generous", {"factor": 2.0}),
    (
        "ZDExtortion",
        {},
        "zero_determinant",
        {"baseline": 1.0, "slope": 0.1, "strength": 0.82},
    ),
    ("FirstByJoss", {}, "joss", {}),
    ("FirstByGrofman", {}, "grofman", {}),
    ("FirstByFeld", {}, "feld", {}),
    ("FirstByTullock", {}, "tullock", {}),
    ("SecondByEatherley", {}, "eatherley", {}),
    ("NaiveProber", {}, "naive_prober", {}),
    ("RemorsefulProber", {}, "remorseful_prober", {}),
]

NOISY: list[Pair] = [
    ("TitForTat", {}, "tit_for_tat", {}),
    ("WinStayLoseShift", {}, "win_stay_lose_shift", {}),
    ("Grudger", {}, "grudger", {}),
    ("OriginalGradual", {}, "gradual", {}),
    ("OmegaTFT", {}, "omega_tit_for_tat", {}),
    ("FirstByShubik", {}, "shubik", {}),
    ("GTFT", {}, "generous_tit_for_tat", {}),
    ("Capri", {}, "capri", {}),
]

PANEL: list[Pair] = [
    ("Defector", {}, "defector", {}),
    ("TitForTat", {}, "tit_for_tat", {}),
    ("WinStayLoseShift", {}, "win_stay_lose_shift", {}),
    ("GrudgerAlternator", {}, "grudger_alternator", {}),
]
