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
    -u VIRTUAL_ENV -u PYTHONPATH -u PYTHONHOME -u UV_PYTHON "$@"
}

install() {
  rm -rf -- "$home"
  mkdir -p -- "$home/source"
  (cd -- "$action" && cp -R "${inputs[@]}" "$home/source/")
  cd -- "$home/source"
  local uv
  if ! uv=$(command -v uv); then
    command -v python3 >/dev/null || fail 'neither uv nor python3 is on the PATH; install Python 3.11 or newer.'
    bare python3 -I -m venv "$home/uv" || fail 'python3 cannot make a virtual environment.'
    bare "$home/uv/bin/python" -I -m pip install --quiet --disable-pip-version-check "uv==$uv_version" ||
      fail "pip could not install uv $uv_version."
    uv=$home/uv/bin/uv
  fi
  UV_PROJECT_ENVIRONMENT=$home/venv bare "$uv" sync --quiet --frozen --no-dev --no-install-project ||
    fail 'uv could not install what uv.lock names.'
  # The program itself is run from its copy: to build and install it took longer than all the packages.
  local site=("$home"/venv/lib/python*/site-packages)
  printf '%s\n' "$home/source" >"${site[0]}/gitops-bot.pth"
  touch -- "$home/ready"
}

home=$RUNNER_TEMP/gitops-bot-$(fingerprint)
if [[ ! -e $home/ready ]]; then
  (install) >&2
fi
exec "$home/venv/bin/python" -I -m gitops_bot run
