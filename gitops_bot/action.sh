#!/usr/bin/env bash
# The action's only step: set up a Python environment of our own from uv.lock, then become `python -m gitops_bot run`.
#
# Everything lands under RUNNER_TEMP. The job's Python and the checked-out repository stay as they are,
# and nothing of the repository can take part: it may hold a pull request's code. So set-up runs in our
# own folder, and Python runs isolated (-I), which ignores PYTHONPATH and the current folder.
set -euo pipefail

# A cancelled job's SIGINT comes once. Without this, bash forgets it when what it waits for ends well.
trap 'exit 130' INT

uv_version=0.13.9
action=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
inputs=(pyproject.toml uv.lock gitops_bot)

fail() {
  printf 'gitops-bot could not be set up: %s\n' "$1" >&2
  exit 1
}

[[ -n ${RUNNER_TEMP:-} ]] || fail 'RUNNER_TEMP is not set; it is where GitHub lets a job keep its files.'

fingerprint() {
  (cd -- "$action" && find "${inputs[@]}" -type f ! -path '*/__pycache__/*' -exec cksum {} + | LC_ALL=C sort | cksum) |
    tr -c '0-9\n' '-'
}

# What installs packages needs no token, and must not pick up the job's own Python settings.
bare() {
  env -u GITHUB_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_URL -u ACTIONS_RUNTIME_TOKEN \
    -u INPUT_MODULE_TOKEN -u GITOPS_BOT_SIGNING_KEY -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN \
    -u GH_TOKEN -u GH_ENTERPRISE_TOKEN -u GITHUB_ENTERPRISE_TOKEN -u AWS_CONTAINER_AUTHORIZATION_TOKEN \
    -u VIRTUAL_ENV -u PYTHONPATH -u PYTHONHOME -u UV_PYTHON -u PIP_TARGET -u PIP_PREFIX -u PIP_ROOT "$@"
}

# With the pip there is: one in an environment of its own takes seconds to unpack.
fetch_uv() {
  command -v python3 >/dev/null || fail 'neither uv nor python3 is on the PATH; install Python 3.11 or newer.'
  # It is a program and nothing else: there is nothing to compile, and nothing that it needs.
  local pip=(install --quiet --disable-pip-version-check --no-compile --no-deps "uv==$uv_version")
  if python3 -I -c 'import pip' 2>/dev/null; then
    pip=(python3 -I -m pip "${pip[@]}" --target "$home/uv")
  else
    bare python3 -I -m venv "$home/uv" || fail 'python3 cannot make a virtual environment.'
    pip=("$home/uv/bin/python" -I -m pip "${pip[@]}")
  fi
  bare PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 "${pip[@]}" || fail "pip could not install uv $uv_version."
}

install() {
  rm -rf -- "$home"
  mkdir -p -- "$home/source"
  (cd -- "$action" && cp -R "${inputs[@]}" "$home/source/")
  cd -- "$home/source"
  # While packages are fetched, Python compiles the program, which otherwise its first run would do, or each
  # one where Python may write no bytecode. It ends by itself, and what it compiled for another version is
  # not used. uv compiles the packages, on every core.
  bare python3 -I -m compileall -q -x /sandbox/ "$home/source/gitops_bot" >/dev/null 2>&1 &
  local compiling=$! uv
  if ! uv=$(command -v uv); then
    fetch_uv
    uv=$home/uv/bin/uv
  fi
  UV_PROJECT_ENVIRONMENT=$home/venv bare "$uv" sync --quiet --frozen --no-dev --no-install-project --compile-bytecode ||
    fail 'uv could not install what uv.lock names.'
  # The program itself is run from its copy: to build and install it took longer than all the packages.
  local site=("$home"/venv/lib/python*/site-packages)
  printf '%s\n' "$home/source" >"${site[0]}/gitops-bot.pth"
  wait "$compiling" || true
  touch -- "$home/ready"
}

home=$RUNNER_TEMP/gitops-bot-$(fingerprint)
if [[ ! -e $home/ready ]]; then
  (install) >&2
fi
exec "$home/venv/bin/python" -I -m gitops_bot run
