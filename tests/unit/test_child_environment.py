from __future__ import annotations

from pathlib import Path

from gitops_bot.adapters.terraform.environment import child_environment

ALWAYS = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1", "GIT_TERMINAL_PROMPT": "0"}


def test_the_steps_own_secrets_and_channels_do_not_reach_terraform() -> None:
    environ = {
        "GITHUB_TOKEN": "t",
        "GH_TOKEN": "t",
        "GITHUB_ENTERPRISE_TOKEN": "t",
        "GH_ENTERPRISE_TOKEN": "t",
        "INPUT_MODULE_TOKEN": "t",
        "UV_INDEX_ACME_PASSWORD": "p",
        "UV_DEFAULT_INDEX": "https://u:p@pypi.example",
        "PIP_INDEX_URL": "https://u:p@pypi.example",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        "ACTIONS_RUNTIME_TOKEN": "t",
        "GITHUB_OUTPUT": "/f",
        "GITHUB_ENV": "/f",
        "GITHUB_PATH": "/f",
        "GITHUB_STATE": "/f",
        "GITHUB_STEP_SUMMARY": "/f",
        "GITOPS_BOT_SIGNING_SECRET": "s",
        "INPUT_GITHUB-TOKEN": "t",
    }
    assert child_environment(environ) == ALWAYS


def test_the_rest_of_the_environment_reaches_terraform() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "AWS_ACCESS_KEY_ID": "k",
        "TF_VAR_region": "eu-west-1",
        "TF_TOKEN_registry_example_com": "t",
        "ARM_CLIENT_SECRET": "s",
        "GOOGLE_CREDENTIALS": "{}",
        "DATADOG_API_KEY": "k",
        "CLOUDFLARE_API_TOKEN": "t",
        "HTTPS_PROXY": "http://proxy:3128",
        "NO_PROXY": "localhost",
        "SSL_CERT_FILE": "/ca.pem",
        "GIT_CONFIG_COUNT": "0",
        "TF_PLUGIN_CACHE_DIR": "/cache",
        "GITHUB_SHA": "c0ffee",
    }
    assert child_environment(environ) == {**environ, **ALWAYS}


def test_nothing_can_turn_on_logs_add_arguments_or_change_the_workspace() -> None:
    environ = {
        "TF_LOG": "trace",
        "TF_LOG_PATH": "/tmp/log",
        "TF_LOG_PROVIDER": "debug",
        "TF_CLI_ARGS": "-lock=false",
        "TF_CLI_ARGS_apply": "-target=a",
        "TF_WORKSPACE": "other",
    }
    assert child_environment(environ) == ALWAYS


def test_input_and_automation_settings_of_the_step_are_overruled() -> None:
    assert child_environment({"TF_INPUT": "1", "TF_IN_AUTOMATION": ""}) == ALWAYS


def test_a_cli_configuration_file_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    assert child_environment({"TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}) == ALWAYS


def test_a_cli_configuration_file_that_is_there_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "terraformrc"
    file.write_text("")
    environ = {"TF_CLI_CONFIG_FILE": str(file)}
    assert child_environment(environ) == {**environ, **ALWAYS}


def test_a_data_folder_is_named_when_one_is_given(tmp_path: Path) -> None:
    assert child_environment({"TF_DATA_DIR": "mine"}, tmp_path) == {**ALWAYS, "TF_DATA_DIR": str(tmp_path)}


def test_the_environment_that_was_given_is_left_alone() -> None:
    environ = {"GITHUB_TOKEN": "t"}
    child_environment(environ)
    assert environ == {"GITHUB_TOKEN": "t"}
