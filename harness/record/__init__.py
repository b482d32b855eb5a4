"""The record of a run: the log on disk, which is the truth, and the tables made from it."""
