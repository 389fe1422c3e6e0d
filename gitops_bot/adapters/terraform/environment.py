"""The environment Terraform runs in: the step's, without the step's own secrets and surprises."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

_REMOVED = frozenset(
    {
        # The step's own rights and channels: code that a plan runs must not speak for the step.
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_OUTPUT",
        "GITHUB_ENV",
        "GITHUB_PATH",
        "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
        # Where the step's own Python packages come from, with passwords: not for what a plan runs.
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        # Would change which state a command works on behind the configuration's back.
        "TF_WORKSPACE",
        # Would add arguments nobody reviewed, or write values to a log.
        "TF_CLI_ARGS",
        "TF_LOG",
    }
)
_REMOVED_PREFIXES = (
    "ACTIONS_",
    "GITOPS_BOT_",
    "INPUT_",
    "TF_CLI_ARGS_",
    "TF_LOG_",
    "UV_INDEX_",
    "UV_PUBLISH_",
)
_ALWAYS = {
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "CHECKPOINT_DISABLE": "1",
    "GIT_TERMINAL_PROMPT": "0",  # a module source without credentials fails and does not wait
}
_CONFIG_FILE = "TF_CLI_CONFIG_FILE"


def child_environment(
    environ: Mapping[str, str], data_dir: Path | None = None, passed: Collection[str] = ()
) -> dict[str, str]:
    """What Terraform is given of `environ`. `passed` are secrets of the step that it gets all the same.

    `data_dir` replaces `.terraform`. It must be the same for every run of a project: modules are
    fetched into it, so it shows in `path.module` and from there in planned values.
    """
    child = {
        name: value
        for name, value in environ.items()
        if name in passed or (name not in _REMOVED and not name.startswith(_REMOVED_PREFIXES))
    }
    # One that is not there makes Terraform print a warning into the output of every command.
    if _CONFIG_FILE in child and not Path(child[_CONFIG_FILE]).exists():
        del child[_CONFIG_FILE]
    child.update(_ALWAYS)
    if data_dir is not None:
        child["TF_DATA_DIR"] = str(data_dir)
    return child
