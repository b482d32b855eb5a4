"""The families of metrics that come with Folkbench, one a module; `folkbench.metrics` names them.

Each is a `harness.metrics.study.Family`: it wires the estimators in `harness.metrics` to a `Study`,
leaves out what does not apply to the game, and says what each of its metrics is.
"""
