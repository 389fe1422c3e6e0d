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

from tests.bench.generate import write_plan
from tests.kit.aws import AwsAccounts, allow, aws_accounts, provider_problem, role_trust

RESOURCES = 500
LARGE, LARGER, LARGEST = 5_000, 20_000, 100_000
"""Resources of the mixed plans (tests/bench/generate.py)."""
ROUNDS = int(os.environ.get("GITOPS_BOT_BENCH_ROUNDS", "5"))
STARTS = 15
ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".bench"
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
    """One comparison: ours against theirs, the ratio to stay below, and a lower one aimed at, if there is.

    Each side measures itself and returns a figure in `unit`. `warm`: both are done once before.
    """

    name: str
    ours: Callable[[], float]
    theirs: Callable[[], float]
    rounds: int
    target: float
    aim: float | None = None
    unit: str = "s"
    warm: bool = True


def _environment() -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "TF_"))}
    return env | {"TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _run(argv: list[str], env: Mapping[str, str], cwd: Path) -> str:
    done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise CommandFailed(f"{' '.join(argv)} ended with {done.returncode}: {last}")
    return done.stdout


def _seconds(argv: list[str], env: Mapping[str, str], cwd: Path) -> Callable[[], float]:
    """A whole process, from its start to its end."""

    def measure() -> float:
        start = time.perf_counter()
        _run(argv, env, cwd)
        return time.perf_counter() - start

    return measure


def _printed(argv: list[str], scale: float = 1) -> Callable[[], float]:
    """What a process of tests/bench measures itself."""
    return lambda: float(_run(argv, _environment(), ROOT)) * scale


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


def _plan(folder: Path, env: Mapping[str, str], *options: str) -> Callable[[], float]:
    def plan() -> float:
        _fresh(folder)
        return _seconds([str(BOT), "plan", "--environment", "devops", *options, "."], env, folder)()

    return plan


def _three_commands(folder: Path, env: Mapping[str, str]) -> Callable[[], float]:
    commands = (
        ["terraform", "init", "-input=false", "-no-color"],
        ["terraform", "plan", "-input=false", "-no-color", "-out=bare.tfplan"],
        ["terraform", "show", "-json", "-no-color", "bare.tfplan"],
    )

    def three_commands() -> float:
        _fresh(folder)
        return sum(_seconds(command, env, folder)() for command in commands)

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


def _pair_of_loading() -> Pair:
    """What every run does before it asks GitHub anything. Seconds are the processor's, of whole processes."""
    used = [sys.executable, str(Path(__file__).with_name("usage.py")), "seconds", sys.executable, "-c"]
    load = "import gitops_bot.cli, github, gitops_bot.app.step as s; s.load_what_comes_later()"
    libraries = ("botocore.client", "botocore.session", "click", "github", "jinja2", "msgspec", "yaml")
    return Pair(
        "loading of gitops-bot run / import of its libraries",
        _printed([*used, load]),
        _printed([*used, f"import {', '.join(libraries)}"]),
        STARTS,
        2,
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


def _pairs_of_large_plans() -> list[Pair]:
    """Reading, records, redaction and rendering against a bare `json.load` of the same file.

    First without the start of Python and the imports, then as whole processes (`render` makes no records).
    Seconds are the processor's: what else the machine does is not measured. Memory is that of whole
    processes. Growth compares the time per resource.
    """
    folders = {size: SCRATCH / f"{size}-resources" for size in (LARGE, LARGER, LARGEST)}
    for size, folder in folders.items():
        write_plan(size, folder)
    work = [sys.executable, "-m", "tests.bench.work"]
    of_bot = {size: [*work, "bot", str(folder)] for size, folder in folders.items()}
    large = folders[LARGE]
    load = [sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", str(large / "plan.json")]
    render = [str(BOT), "render", str(large / "plan.json"), "--text", str(large / "plan.txt")]
    used = [sys.executable, str(Path(__file__).with_name("usage.py"))]
    seconds, peak = [*used, "seconds"], [*used, "MiB"]
    growth = {size: _printed(argv, 1000 / size) for size, argv in of_bot.items()}
    return [
        Pair(
            f"reading, records, redaction, rendering / json.load ({LARGE} resources, after imports)",
            _printed(of_bot[LARGE]),
            _printed([*work, "json", str(large)]),
            ROUNDS,
            4,
            aim=2,
        ),
        Pair(
            f"gitops-bot render --text / python -c json.load ({LARGE} resources, whole processes)",
            _printed([*seconds, *render]),
            _printed([*seconds, *load]),
            ROUNDS,
            4,
        ),
        Pair(
            f"peak memory of reading, records, redaction, rendering / of json.load ({LARGE} resources)",
            _printed([*peak, *of_bot[LARGE]]),
            _printed([*peak, *load]),
            1,
            2,
            unit="MiB",
            warm=False,
        ),
        Pair(
            f"peak memory of gitops-bot render --text / of json.load ({LARGE} resources)",
            _printed([*peak, *render]),
            _printed([*peak, *load]),
            1,
            2,
            unit="MiB",
            warm=False,
        ),
        *(
            Pair(
                f"time per resource of {size} / of {LARGE} (reading, records, redaction, rendering)",
                growth[size],
                growth[LARGE],
                rounds,
                1.3,
                unit="ms",
                warm=False,
            )
            for size, rounds in ((LARGER, 3), (LARGEST, 1))
        ),
    ]


def _pairs_without_cloud() -> list[Pair]:
    env = _environment()
    mine, bare = _stack("gitops-bot"), _stack("bare")
    return [
        Pair(
            "gitops-bot --version / python -c 'import click'",
            _seconds([str(BOT), "--version"], env, SCRATCH),
            _seconds([sys.executable, "-c", "import click"], env, SCRATCH),
            STARTS,
            1.25,
        ),
        _pair_of_loading(),
        *_pairs_of_large_plans(),
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
        if pair.warm:  # both once unmeasured: caches are warm for both
            pair.ours()
            pair.theirs()
        ours, theirs = [], []
        for _ in range(pair.rounds):
            ours.append(pair.ours())
            theirs.append(pair.theirs())
    except (CommandFailed, OSError, ValueError) as error:
        return f"{pair.name}\n  not measured: {error}"
    mine, bare = statistics.median(ours), statistics.median(theirs)
    ratio = mine / bare
    verdict = "met" if ratio <= pair.target else "MISSED"
    if pair.aim is not None:
        verdict += f"  aim {pair.aim:4.2f}  {'met' if ratio <= pair.aim else 'not yet'}"
    figures = f"{mine:8.3f} {pair.unit}  {bare:8.3f} {pair.unit}"
    times = f"{figures}  ratio {ratio:5.2f}  target {pair.target:4.2f}  {verdict}"
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
