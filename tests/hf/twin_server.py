"""A llama-server that keeps keys and values in float32, as a process of its own.

It says its address on stdout, and ends when its stdin does. llama.cpp's own default, float16, is
felt in the third decimal of a log-probability.
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

N_TOKENS = 8192


@contextmanager
def twin_server(model: Path, log: Path) -> Iterator[str]:
    """The address of a server of this GGUF, which ends with this process, however that ends."""
    command = [sys.executable, __file__, str(model)]
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


def serve(model: str) -> None:
    """Serve until stdin ends."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = 1
    parameters.n_ctx = N_TOKENS
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.warmup = False
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
    serve(sys.argv[1])
