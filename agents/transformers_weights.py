"""A checkpoint in memory: weights, tokenizer, and what they say about themselves."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import shorten
from harness.agents.transformers_chat import Chat
from harness.agents.transformers_sampling import Sampling
from harness.models import Fatal, ProviderError, UnknownModel

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["Checkpoint", "Weights", "load"]

INSTALL = "pip install 'folkbench[transformers]'"

SAMPLES = 16
"""Places of a file of weights that are read for its fingerprint."""

SAMPLE_BYTES = 1 << 16

LOADING = threading.Lock()
"""transformers changes torch's own functions while it loads, for all threads."""


@dataclass(frozen=True)
class Checkpoint:
    """Which weights, and how they are to be held.

    Args:
        name: a folder, or the name of a model on the Hugging Face Hub.
        revision: branch, tag or commit on the Hub; '' for its main branch.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        dtype: `auto`, `float32`, `bfloat16` or `float16`.
        trust_remote_code: whether code that comes with the checkpoint may run.
    """

    name: str
    revision: str
    device: str
    dtype: str
    trust_remote_code: bool

    def check(self) -> None:
        """See, without loading anything, whether there is something to load.

        Raises:
            Fatal: torch or transformers is not installed.
            UnknownModel: there is no such folder, or no checkpoint in it.
        """
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise Fatal(f"transformers/{self.name} needs {package}: {INSTALL}")
        folder = self.folder
        if folder is None and _is_path(self.name):
            raise UnknownModel(f"there is no folder {self.name} (in {Path.cwd()})")
        if folder is not None and not (folder / "config.json").is_file():
            raise UnknownModel(f"{folder} holds no checkpoint: there is no config.json in it")

    @property
    def folder(self) -> Path | None:
        """The folder, if the name is one's."""
        folder = Path(self.name).expanduser()
        return folder if folder.is_dir() else None


def _is_path(name: str) -> bool:
    """Whether a name can be no name on the Hub, which are `model` or `owner/model`."""
    return name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name


@dataclass
class Weights:
    """A checkpoint in memory.

    Attributes:
        model: in evaluation mode, on its device.
        chat: its tokenizer and chat template.
        sampling: how it samples where nobody says.
        n_vocabulary: how many logits it gives.
        n_positions: most tokens of a conversation and its reply together; None for no limit.
        takes_positions: whether its forward pass takes positions.
        takes_trees: whether it lets a pass say which token sees which, in all layers alike.
        fingerprint: a mark of the weights, of the tokenizer, and of how they are held.
    """

    model: PreTrainedModel
    chat: Chat
    sampling: Sampling
    n_vocabulary: int
    n_positions: int | None
    takes_positions: bool
    takes_trees: bool
    fingerprint: str


def load(checkpoint: Checkpoint) -> Weights:
    """Load a checkpoint. Nothing is downloaded where its name is a folder's.

    Raises:
        Fatal: it cannot be loaded, or cannot be used here.
    """
    try:
        with LOADING:
            return _load(checkpoint)
    except ProviderError:
        raise
    except Exception as error:  # whatever a checkpoint's files make a loader raise
        reason = f"{type(error).__name__}: {error}"
        kind = UnknownModel if isinstance(error, OSError) else Fatal
        raise kind(f"transformers/{checkpoint.name} cannot be loaded: {reason}") from error


def _load(checkpoint: Checkpoint) -> Weights:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = checkpoint.folder
    how: dict[str, Any] = {
        "revision": checkpoint.revision or "main",
        "trust_remote_code": checkpoint.trust_remote_code,
        "local_files_only": folder is not None,
    }
    where = str(folder or checkpoint.name)
    device = _device(checkpoint.device)
    tokenizer = AutoTokenizer.from_pretrained(where, **how)
    model, told = AutoModelForCausalLM.from_pretrained(
        where, dtype=_dtype(checkpoint.dtype), output_loading_info=True, **how
    )
    if missing := sorted(told["missing_keys"]):
        raise Fatal(
            f"{checkpoint.name} lacks weights, which would be random: {shorten(missing, 200)}"
        )
    model = model.to(device).eval()
    kinds = _cache_kinds(model)
    config = model.config.get_text_config()
    generation = model.generation_config
    takes = inspect.signature(model.forward).parameters
    if "logits_to_keep" not in takes:
        raise Fatal(f"{checkpoint.name}: {type(model).__name__} cannot give single logits")
    return Weights(
        model=model,
        chat=Chat(tokenizer, _ids(generation.eos_token_id)),
        sampling=Sampling.of(generation),
        n_vocabulary=config.vocab_size,
        n_positions=getattr(config, "max_position_embeddings", None),
        takes_positions="position_ids" in takes,
        takes_trees=_takes_trees(model, kinds) and "position_ids" in takes,
        fingerprint=_fingerprint(_files(where, how), model),
    )


def _device(name: str) -> str:
    import torch

    there = torch.cuda.is_available()
    if name == "auto":
        return "cuda" if there else "cpu"
    if name.startswith("cuda") and not there:
        raise Fatal(f"device is {name!r}, but torch {torch.__version__} finds no GPU here")
    return name


def _dtype(name: str) -> Any:
    import torch

    return name if name == "auto" else getattr(torch, name)


def _ids(told: Any) -> set[int]:
    """Token ids that a configuration gives as one, several or none."""
    return set() if told is None else {told} if isinstance(told, int) else set(told)


def _cache_kinds(model: PreTrainedModel) -> set[type]:
    """How the layers remember tokens: all of them, or those in a window.

    Raises:
        Fatal: some keep a state that cannot be cut and shared (recurrent layers, say).
    """
    from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

    kinds = {type(layer) for layer in DynamicCache(config=model.config).layers}
    others = kinds - {DynamicLayer, DynamicSlidingWindowLayer}
    if others or model.config.is_encoder_decoder:
        what = ", ".join(sorted(kind.__name__ for kind in others)) or "an encoder"
        raise Fatal(
            f"{type(model).__name__} has {what}, which is not supported in process; serve it with"
            " vLLM or another server (vllm/…, compatible/…)"
        )
    return kinds


def _takes_trees(model: PreTrainedModel, kinds: set[type]) -> bool:
    """Whether a mask of ours reaches all layers as it is: none has a window, and all are known."""
    from transformers.cache_utils import DynamicLayer

    ours = type(model).__module__.startswith("transformers.")
    kind = getattr(model.config, "_attn_implementation", "")
    return kinds == {DynamicLayer} and ours and kind in ("sdpa", "eager")


def _files(where: str, how: dict[str, Any]) -> list[Path]:
    """The files of a checkpoint, in its folder or where the Hub's are kept."""
    folder = Path(where)
    if not folder.is_dir():
        from transformers.utils import cached_file

        kept = {"revision": how["revision"], "local_files_only": True}
        folder = Path(str(cached_file(where, "config.json", **kept))).parent
    kinds = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model")
    return sorted(path for kind in kinds for path in folder.glob(kind))


def _fingerprint(files: Iterable[Path], model: PreTrainedModel) -> str:
    """A mark of a checkpoint: of files' names, sizes and contents, and of how they are held.

    Large files are read at 16 places of 64 KiB: other training changes them everywhere.
    """
    import torch
    import transformers

    mark = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        mark.update(f"{path.name}:{size}\n".encode())
        with path.open("rb") as file:
            last = max(size - SAMPLE_BYTES, 0)
            for place in sorted({last * i // (SAMPLES - 1) for i in range(SAMPLES)}):
                file.seek(place)
                mark.update(file.read(SAMPLE_BYTES))
    dtype = str(model.dtype).removeprefix("torch.")
    versions = f"transformers-{transformers.__version__} torch-{torch.__version__}"
    return f"sha256:{mark.hexdigest()[:16]} {dtype} {model.device.type} {versions}"
