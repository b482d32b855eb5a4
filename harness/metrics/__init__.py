"""Metrics: pure functions of tidy tables, one module per family."""
