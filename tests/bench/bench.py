"""Ratios against the bare tools, all measured in one run: `make bench`. Always ends with exit code 0.

The two sides of a pair take turns, so that a machine that gets slower slows both; medians are compared.
GITOPS_BOT_BENCH_ROUNDS sets how often each plan runs (5).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit.aws import AwsAccounts, allow, aws_accounts, provider_problem, role_trust

RESOURCES = 500
ROUNDS = int(os.environ.get("GITOPS_BOT_BENCH_ROUNDS", "5"))
STARTS = 15
SCRATCH = Path(__file__).resolve().parents[2] / ".bench"
BOT = Path(sys.executable).with_name("gitops-bot")
STACK = f"""resource "terraform_data" "item" {{
  count = {RESOURCES}
  input = {{
    name = "item-${{count.index}}"
    tags = {{ team = "infra", index = count.index }}
  }}
}}
"""


TOPICS = 20
AWS_STACK = f"""terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }}
  }}
}}

resource "aws_sns_topic" "item" {{
  count = {TOPICS}
  name  = "item-${{count.index}}"
}}
"""
ACCOUNT = "222222222222"
AWS_CONFIG = f"""version: 1
aws: {{region: us-east-1}}
environments:
  - name: devops
    aws:
      plan_role: arn:aws:iam::{ACCOUNT}:role/plan
      apply_role: arn:aws:iam::{ACCOUNT}:role/apply
"""


class CommandFailed(Exception):
    """A measured command did not end with exit code 0."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison: ours against theirs, and the ratio to stay below."""

    name: str
    ours: Callable[[], None]
    theirs: Callable[[], None]
    rounds: int
    target: float


def _environment() -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "TF_"))}
    return env | {"TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _run(argv: list[str], env: Mapping[str, str], cwd: Path) -> None:
    done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise CommandFailed(f"{' '.join(argv)} ended with {done.returncode}: {last}")


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _stack(name: str, text: str = STACK) -> Path:
    folder = SCRATCH / name
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(text)
    (folder / ".gitignore").write_text(".terraform/\n*.tfplan\n.terraform.lock.hcl\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q", "-b", "devops"], ["add", "."], ["commit", "-q", "-m", "A stack"]):
        _run([*git, *arguments], _environment(), folder)
    return folder


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder / ".terraform", ignore_errors=True)
    (folder / "bare.tfplan").unlink(missing_ok=True)


def _plan(folder: Path, env: Mapping[str, str], *options: str) -> Callable[[], None]:
    def plan() -> None:
        _fresh(folder)
        _run([str(BOT), "plan", "--environment", "devops", *options, "."], env, folder)

    return plan


def _three_commands(folder: Path, env: Mapping[str, str]) -> Callable[[], None]:
    def three_commands() -> None:
        _fresh(folder)
        _run(["terraform", "init", "-input=false", "-no-color"], env, folder)
        _run(["terraform", "plan", "-input=false", "-no-color", "-out=bare.tfplan"], env, folder)
        _run(["terraform", "show", "-json", "-no-color", "bare.tfplan"], env, folder)

    return three_commands


def _aws_pair(aws: AwsAccounts) -> Pair:
    """With the real AWS provider; the bare commands are handed a session that is ready."""
    person = aws.put_user(ACCOUNT, "bench", allow("sts:AssumeRole", "sts:TagSession"))
    aws.put_role(ACCOUNT, "plan", role_trust(f"arn:aws:iam::{ACCOUNT}:user/bench"), allow("sns:*"))
    config = {"TF_CLI_CONFIG_FILE": os.environ.get("TF_CLI_CONFIG_FILE", os.devnull)}
    mine, bare = _stack("gitops-bot-aws", AWS_STACK), _stack("bare-aws", AWS_STACK)
    (mine / ".gitops-bot.yml").write_text(AWS_CONFIG)
    return Pair(
        f"gitops-bot plan --assume-role / init, plan, show -json ({TOPICS} topics, AWS provider)",
        _plan(mine, {**_environment(), **config, **aws.environ, **person}, "--assume-role"),
        _three_commands(bare, {**_environment(), **config, **aws.environ, **person}),
        ROUNDS,
        1.05,
    )


@contextmanager
def _pairs() -> Iterator[list[Pair | str]]:
    """What to measure, or why something is not."""
    pairs: list[Pair | str] = [*_pairs_without_cloud()]
    problem = provider_problem(os.environ.get("TF_CLI_CONFIG_FILE", os.devnull))
    if problem:
        yield [*pairs, f"with the AWS provider\n  not measured: {problem.splitlines()[-1]}"]
        return
    with aws_accounts(SCRATCH) as aws:
        yield [*pairs, _aws_pair(aws)]


def _pairs_without_cloud() -> list[Pair]:
    env = _environment()
    mine, bare = _stack("gitops-bot"), _stack("bare")
    return [
        Pair(
            "gitops-bot --version / python -c 'import click'",
            lambda: _run([str(BOT), "--version"], env, SCRATCH),
            lambda: _run([sys.executable, "-c", "import click"], env, SCRATCH),
            STARTS,
            1.25,
        ),
        Pair(
            f"gitops-bot plan / init, plan, show -json ({RESOURCES} resources)",
            _plan(mine, env),
            _three_commands(bare, env),
            ROUNDS,
            1.05,
        ),
    ]


def _measure(pair: Pair) -> str:
    try:
        pair.ours()
        pair.theirs()  # both once unmeasured: caches are warm for both
        ours, theirs = [], []
        for _ in range(pair.rounds):
            ours.append(_seconds(pair.ours))
            theirs.append(_seconds(pair.theirs))
    except (CommandFailed, OSError) as error:
        return f"{pair.name}\n  not measured: {error}"
    mine, bare = statistics.median(ours), statistics.median(theirs)
    ratio = mine / bare
    verdict = "met" if ratio <= pair.target else "MISSED"
    times = f"{mine:8.3f} s  {bare:8.3f} s  ratio {ratio:5.2f}  target {pair.target:4.2f}  {verdict}"
    return f"{pair.name}\n  {times}  (medians of {pair.rounds})"


def main() -> None:
    """Measure every pair and print the table."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    try:
        with _pairs() as pairs:
            for pair in pairs:
                print(pair if isinstance(pair, str) else _measure(pair), flush=True)
    except (CommandFailed, OSError) as error:
        print(f"not measured: {error}")
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    main()
