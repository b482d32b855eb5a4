"""A real llama-server with a tiny model of random weights, made on the spot.

The model reads all bytes, and some words of the games as one token each; it says nothing sensible.
What it shows is that whole matches pass through a real server, real sampling and real constraints.

It writes ASCII alone: half a character would be replaced on its way, and count as several.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.models.llama_process import SLOT_TOKENS, served

WORDS = Path(__file__).parent.parent / "games" / "words"

SPECIAL = ("<|pad|>", "<|bos|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>")
BOS, EOS, PAD = 1, 2, 0
N_SLOTS = 8
WIDTH, N_LAYERS, N_HEADS, N_KV_HEADS, HEAD, HIDDEN = 64, 2, 2, 1, 32, 128
TEMPLATE = (
    "{{ '<|bos|>' }}{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}<|eos|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LlamaServer:
    """A running server.

    Attributes:
        url: its address, without a path.
        model: the name of its model.
    """

    url: str
    model: str = "tiny"

    @property
    def v1(self) -> str:
        """The address that OpenAI's clients take."""
        return f"{self.url}/v1"


def write_model(path: Path) -> None:
    """Write a tiny Llama with random weights and a tokenizer trained on the games' words."""
    import gguf

    tokens, merges = _tokenizer()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(SLOT_TOKENS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(N_LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(N_HEADS)
    writer.add_head_count_kv(N_KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if t in SPECIAL else gguf.TokenType.NORMAL for t in tokens]
    )
    writer.add_token_merges(merges)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, weights in _weights(tokens).items():
        writer.add_tensor(f"{name}.weight", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokenizer() -> tuple[list[str], list[str]]:
    """The tokens by number, and the merges, of a byte-level BPE."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = [path.read_text("utf-8") for path in sorted(WORDS.glob("*.txt"))]
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    return sorted(model["vocab"], key=model["vocab"].get), merges


def _weights(tokens: list[str]) -> dict[str, Array]:
    """Random weights by name, always the same.

    The first of a token's numbers is 1 from beginning to end, and stands for a bias: by it, tokens
    that are never to be written have next to no chance.
    """
    from tokenizers import decoders

    rng = np.random.default_rng(4)
    ones = np.ones(WIDTH, np.float32)

    def random(*shape: int) -> Array:
        return (0.05 * rng.standard_normal(shape)).astype(np.float32)

    def back(*shape: int) -> Array:
        weights = random(*shape)
        weights[0] = 0
        return weights

    read = random(len(tokens), WIDTH)
    read[:, 0] = 1
    write = random(len(tokens), WIDTH)
    decoder = decoders.ByteLevel()
    never = [not decoder.decode([t]).isascii() or t in SPECIAL for t in tokens]
    never[EOS] = False
    write[:, 0] = np.where(never, -10, 0)
    weights = {"token_embd": read, "output": write, "output_norm": ones}
    queries, keys = N_HEADS * HEAD, N_KV_HEADS * HEAD
    for layer in range(N_LAYERS):
        block = {
            "attn_norm": ones,
            "attn_q": random(queries, WIDTH),
            "attn_k": random(keys, WIDTH),
            "attn_v": random(keys, WIDTH),
            "attn_output": back(WIDTH, queries),
            "ffn_norm": ones,
            "ffn_gate": random(HIDDEN, WIDTH),
            "ffn_up": random(HIDDEN, WIDTH),
            "ffn_down": back(WIDTH, HIDDEN),
        }
        weights |= {f"blk.{layer}.{name}": array for name, array in block.items()}
    return weights


@contextmanager
def llama_server(folder: Path) -> Iterator[LlamaServer]:
    """A server of such a model in a process of its own."""
    model = folder / "tiny.gguf"
    write_model(model)
    with served(model, folder / "llama-server.log", n_slots=N_SLOTS) as url:
        yield LlamaServer(url)
