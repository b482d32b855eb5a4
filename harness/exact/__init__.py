"""Exact exploitability: every history of a small game is walked, and nothing is sampled."""
