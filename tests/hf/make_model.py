"""A tiny checkpoint of random weights, and the same weights as a GGUF that llama-server reads.

As a script: `python -m tests.hf.make_model FOLDER` makes both there, as FOLDER and FOLDER.gguf.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WORDS = Path(__file__).parent.parent / "games" / "words"

SPECIAL = ("<|pad|>", "<|bos|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>")
N_POSITIONS = 8192

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}{{ eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)

Array = npt.NDArray[np.float32]


def make_tokenizer(template: str = TEMPLATE, more: tuple[str, ...] = ()) -> Any:
    """A byte-level BPE trained on the games' words; `more` are further added, unspecial tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=768,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = [path.read_text("utf-8") for path in sorted(WORDS.glob("*.txt"))]
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=N_POSITIONS,
        additional_special_tokens=list(SPECIAL[3:]),
        **dict(zip(("pad_token", "bos_token", "eos_token"), SPECIAL, strict=False)),
    )
    if more:
        fast.add_tokens(list(more))
    fast.chat_template = template
    return fast


def make_checkpoint(
    folder: Path, template: str = TEMPLATE, more: tuple[str, ...] = (), **changes: Any
) -> Path:
    """A Llama with random weights, always the same; `changes` go into its configuration."""
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = make_tokenizer(template, more)
    tokenizer.save_pretrained(folder)
    settings: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": N_POSITIONS,
        "tie_word_embeddings": True,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    model = LlamaForCausalLM(LlamaConfig(**(settings | changes)))
    randomise(model)
    model.save_pretrained(folder)
    return folder


def randomise(model: Any) -> None:
    """Random weights, the same every time."""
    import torch

    chance = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for weights in model.float().parameters():
            if weights.dim() > 1:
                weights.normal_(std=0.05, generator=chance)


def make_twin(folder: Path, path: Path) -> Path:
    """A checkpoint of `make_checkpoint` as a GGUF."""
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text("utf-8"))
    model = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if t in SPECIAL else gguf.TokenType.NORMAL for t in tokens]
    )
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in model["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template((folder / "chat_template.jinja").read_text("utf-8"))
    for name, weights in _renamed(load_file(folder / "model.safetensors"), config).items():
        writer.add_tensor(f"{name}.weight", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _renamed(weights: dict[str, Array], config: dict[str, Any]) -> dict[str, Array]:
    """The weights by llama.cpp's names."""
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    found = {
        "token_embd": weights["model.embed_tokens.weight"],
        "output_norm": weights["model.norm.weight"],
    }
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in NAMES.items():
            array = weights[f"model.layers.{layer}.{ours}.weight"]
            paired = _paired(array, heads[theirs]) if theirs in heads else array
            found[f"blk.{layer}.{theirs}"] = paired
    return found


def _paired(weights: Array, n_heads: int) -> Array:
    """Rows in the order in which llama.cpp rotates them: pairs beside each other."""
    halves = weights.reshape(n_heads, 2, weights.shape[0] // n_heads // 2, -1)
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(weights.shape)


if __name__ == "__main__":
    made = make_checkpoint(Path(sys.argv[1]))
    make_twin(made, made.with_suffix(".gguf"))
