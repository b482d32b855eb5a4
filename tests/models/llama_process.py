"""A llama-server as a process of its own.

It says its address on stdout, and ends when its stdin does, so that it cannot outlive the tests.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

SLOT_TOKENS = 8192
"""Tokens of one conversation, reply included."""


@contextmanager
def served(model: Path, log: Path, n_slots: int = 1, *, exact: bool = False) -> Iterator[str]:
    """The address of a server of this GGUF, which ends with this process, however that ends.

    `exact` keeps keys and values in float32: llama.cpp's own default, float16, is felt in the third
    decimal of a log-probability.
    """
    command = [sys.executable, __file__, str(model), str(n_slots), "exact" if exact else ""]
    with (
        log.open("w+b") as words,
        Popen(command, stdin=PIPE, stdout=PIPE, stderr=words, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline().split()
            if said[:1] != ["listening"]:
                words.seek(0)
                raise RuntimeError(f"llama-server did not start: {words.read()[-2000:]!r}")
            yield said[1]
        finally:
            process.kill()


def serve(model: str, n_slots: int, *, exact: bool) -> None:
    """Serve on a free port, said on stdout, until stdin ends."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {"tiny"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = n_slots
    parameters.n_ctx = n_slots * SLOT_TOKENS
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = n_slots
    parameters.warmup = False
    parameters.cache_ram_mib = 0
    if exact:
        parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        no_flash = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.flash_attn_type = no_flash
    stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the server's own words go to its log
    server = xllamacpp.Server(parameters)
    print("listening", server.listening_address, file=stdout, flush=True)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: os._exit(0))
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    while True:
        signal.pause()


def _end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), exact=bool(sys.argv[3]))
