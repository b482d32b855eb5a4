"""Agents, one file per family: scripted bots, and one per model provider."""
