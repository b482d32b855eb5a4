"""Settings of models in process, and what is sent; none of it needs torch."""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness import UsageError
from harness.agents.transformers import Transformers
from harness.models import Fatal, Message, Request, UnknownModel

TALK = (Message("user", "J or F?"),)


def test_models_that_differ_in_how_they_ask_share_the_weights() -> None:
    def model(**settings: Any) -> Transformers:
        return Transformers(model="./tiny", **settings)

    same = model().connection
    assert model(elicit="logits", temperature=0.1, max_tokens=3, seed=True).connection == same
    for other in ({"dtype": "bfloat16"}, {"max_batch": 2}, {"revision": "v2"}, {"device": "cpu"}):
        assert model(**other).connection != same


def test_what_is_sent_is_json_and_holds_all_that_bears_on_the_reply() -> None:
    model = Transformers(model="./tiny", temperature=0.5, top_p=0.9, thinking=0, extra={"top_k": 3})
    assert json.loads(json.dumps(model.body(Request(TALK, seed=4)))) == {
        "model": "./tiny",
        "dtype": "auto",
        "messages": [{"role": "user", "content": "J or F?"}],
        "thinking": 0,
        "max_tokens": 2048,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 4,
        "top_k": 3,
    }
    assert model.body(Request(TALK, scored=("J", "F"), seed=4)) == {
        "model": "./tiny",
        "dtype": "auto",
        "messages": [{"role": "user", "content": "J or F?"}],
        "thinking": 0,
        "scored": ["J", "F"],
    }


def test_a_parameter_out_of_range_is_refused_at_once() -> None:
    for wrong, words in (
        ({"device": "tpu"}, "auto, cpu, cuda or cuda:N"),
        ({"dtype": "int8"}, "auto, float32, bfloat16 or float16"),
        ({"max_batch": 0}, "a whole number, 1 or more"),
        ({"threads": -1}, "a whole number, 0 or more"),
        ({"extra": {"topk": 3}}, "did you mean top_k"),
        ({"extra": {"min_p": 3}}, "min_p is 3; it must be a number from 0 to 1"),
    ):
        with pytest.raises(UsageError, match=words):
            Transformers(model="./tiny", **wrong)


def test_choice_without_xgrammar_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgrammar", None)
    with pytest.raises(UsageError, match="pip install xgrammar"):
        Transformers(model="./tiny", elicit="choice")


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_what_is_not_installed_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in {"torch", "transformers"} - {package}:
        monkeypatch.setitem(sys.modules, other, _there(other))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(Fatal, match=f"needs {package}: pip install 'folkbench"):
        Transformers(model="./tiny").connect()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./none", "there is no folder ./none"),
        (".", "holds no checkpoint"),
        ("/no/such", "no folder"),
    ],
)
def test_a_folder_that_holds_no_model_is_found_before_loading(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for package in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, package, _there(package))
    with pytest.raises(UnknownModel, match=words):
        Transformers(model=name).connect()


def _there(package: str) -> ModuleType:
    """An empty module that can be found."""
    module = ModuleType(package)
    module.__spec__ = ModuleSpec(package, None)
    return module
