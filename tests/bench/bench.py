"""What is measured, all in one run: `make bench`. Always ends with exit code 0.

Ratios against the bare tools where there is something to compare with. The rows are the targets of speed that
the project has set itself. GITOPS_BOT_BENCH_ROUNDS sets how often the longer ones run (5);
`make bench ROWS=demo` measures those rows only whose name holds the word.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.events import Events, events, millions
from tests.bench.figures import Figure, Measure, NotMeasured, Ratio, Row, measured
from tests.bench.generate import write_plan
from tests.kit.aws import AwsAccounts, allow, aws_accounts, provider_problem, role_trust

FEW, MANY = 20, 500
"""Resources of the stacks that Terraform plans."""
LARGE, LARGER, LARGEST = 5_000, 20_000, 100_000
"""Resources of the mixed plans (tests/bench/generate.py)."""
PROJECTS = 11
ROUNDS = int(os.environ.get("GITOPS_BOT_BENCH_ROUNDS", "5"))
STARTS = 15
ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".bench"
BOT = str(Path(sys.executable).with_name("gitops-bot"))
STACK = """resource "terraform_data" "item" {{
  count = {count}
  input = {{
    name = "item-${{count.index}}"
    tags = {{ team = "infra", index = count.index }}
  }}
}}
"""
AWS_STACK = f"""terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }}
  }}
}}

resource "aws_sns_topic" "item" {{
  count = {FEW}
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


# --- how something is measured -------------------------------------------------------------------


def _environment() -> dict[str, str]:
    """This machine's, without what would steer Terraform, a step, or how Python keeps its bytecode."""
    left_out = ("GITHUB_", "TF_", "GITOPS_BOT_", "PYTHONDONTWRITEBYTECODE")
    env = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return env | {"TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _run(argv: list[str], env: Mapping[str, str], cwd: Path, ends: int = 0) -> str:
    done = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != ends:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise NotMeasured(f"{' '.join(argv)} ended with {done.returncode}: {last}")
    return done.stdout


def _seconds(argv: list[str], env: Mapping[str, str], cwd: Path, ends: int = 0) -> Measure:
    """A whole process, from its start to its end."""

    def measure() -> float:
        start = time.perf_counter()
        _run(argv, env, cwd, ends)
        return time.perf_counter() - start

    return measure


def _printed(argv: list[str], scale: float = 1) -> Measure:
    """What a process of tests/bench measures itself."""
    return lambda: float(_run(argv, _environment(), ROOT)) * scale


def _used(what: str, argv: list[str]) -> Measure:
    """The processor's `seconds` or the peak `MiB` of a whole process."""
    return _printed([sys.executable, str(Path(__file__).with_name("usage.py")), what, *argv])


def _difference(one: Measure, other: Measure, scale: float = 1) -> Measure:
    return lambda: (one() - other()) * scale


# --- starting, and the runs of events ---------------------------------------------------------------


def _rows_of_starting() -> Iterator[Row]:
    env = _environment()
    yield Ratio(
        "gitops-bot --version / python -c 'import click'",
        _seconds([BOT, "--version"], env, SCRATCH),
        _seconds([sys.executable, "-c", "import click"], env, SCRATCH),
        STARTS,
        1.15,
    )


def _rows_of_events(run: Events) -> Iterator[Row]:
    """Seconds are the processor's, with every program a run starts and without the sandbox that answers."""
    yield Figure("run of an ignored event", _counted(run), 1, 500, "M instructions")
    yield Ratio("run of an ignored event / import click", run.ignored, run.click, STARTS, 2)
    yield Ratio(
        "run of a pull request without bare Terraform / import click",
        _difference(run.pull_request, run.bare_terraform),
        run.click,
        STARTS,
        5,
    )


def _counted(run: Events) -> Measure:
    def count() -> float:
        if shutil.which("valgrind") is None:
            raise NotMeasured("valgrind is not installed")
        return run.ignored(millions)

    return count


# --- plan, against Terraform itself -----------------------------------------------------------------


def _stack(name: str, text: str) -> Path:
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


def _plan(folder: Path, env: Mapping[str, str], *options: str) -> Measure:
    def plan() -> float:
        _fresh(folder)
        return _seconds([BOT, "plan", "--environment", "devops", *options, "."], env, folder)()

    return plan


def _three_commands(folder: Path, env: Mapping[str, str]) -> Measure:
    commands = (
        ["terraform", "init", "-input=false", "-no-color"],
        ["terraform", "plan", "-input=false", "-no-color", "-out=bare.tfplan"],
        ["terraform", "show", "-json", "-no-color", "bare.tfplan"],
    )

    def three_commands() -> float:
        _fresh(folder)
        return sum(_seconds(command, env, folder)() for command in commands)

    return three_commands


def _rows_of_plans() -> Iterator[Row]:
    env = _environment()
    for count, target in ((FEW, 1.8), (MANY, 1.2)):
        text = STACK.format(count=count)
        mine, bare = _stack(f"gitops-bot-{count}", text), _stack(f"bare-{count}", text)
        yield Ratio(
            f"gitops-bot plan / init, plan, show -json ({count} terraform_data)",
            _plan(mine, env),
            _three_commands(bare, env),
            ROUNDS,
            target,
        )
    yield Figure(
        "own processor time of gitops-bot plan for each further project",
        _difference(_own_seconds(PROJECTS), _own_seconds(1), 1000 / (PROJECTS - 1)),
        ROUNDS,
        10,
        "ms",
    )


def _own_seconds(projects: int) -> Measure:
    """The processor's seconds of `plan` of so many projects, without those of Terraform and git."""
    folder, file = _stack(f"{projects}-projects", ""), SCRATCH / f"{projects}-projects.seconds"
    listed = ", ".join(f"{{name: p{n}, dir: p{n}}}" for n in range(projects))
    (folder / ".gitops-bot.yml").write_text(
        f"version: 1\nenvironments: [{{name: devops}}]\nprojects: [{listed}]\n"
    )
    for number in range(projects):
        (folder / f"p{number}").mkdir()
        (folder / f"p{number}" / "main.tf").write_text(STACK.format(count=2))
    argv = [
        sys.executable,
        "-m",
        "tests.bench.own",
        str(file),
        "plan",
        "--environment",
        "devops",
        str(folder),
    ]

    def measure() -> float:
        _run(argv, _environment(), ROOT)
        return float(file.read_text())

    return measure


def _row_of_aws(aws: AwsAccounts) -> Row:
    """With the real AWS provider; the bare commands are handed a session that is ready."""
    person = aws.put_user(ACCOUNT, "bench", allow("sts:AssumeRole", "sts:TagSession"))
    aws.put_role(ACCOUNT, "plan", role_trust(f"arn:aws:iam::{ACCOUNT}:user/bench"), allow("sns:*"))
    config = {"TF_CLI_CONFIG_FILE": os.environ.get("TF_CLI_CONFIG_FILE", os.devnull)}
    mine, bare = _stack("gitops-bot-aws", AWS_STACK), _stack("bare-aws", AWS_STACK)
    (mine / ".gitops-bot.yml").write_text(AWS_CONFIG)
    return Ratio(
        f"gitops-bot plan --assume-role / init, plan, show -json ({FEW} topics, AWS provider)",
        _plan(mine, {**_environment(), **config, **aws.environ, **person}, "--assume-role"),
        _three_commands(bare, {**_environment(), **config, **aws.environ, **person}),
        ROUNDS,
        1.03,
    )


# --- reports of large plans -------------------------------------------------------------------------


def _rows_of_large_plans() -> Iterator[Row]:
    """Against a bare `json.load` of the same file. Seconds are the processor's: what else the machine does is
    not measured. Growth compares the time per resource."""
    folders = {size: SCRATCH / f"{size}-resources" for size in (LARGE, LARGER, LARGEST)}
    for size, folder in folders.items():
        write_plan(size, folder)
    large = folders[LARGE]
    load = [sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", str(large / "plan.json")]
    render = [BOT, "render", str(large / "plan.json"), "--text", str(large / "plan.txt")]
    version = [BOT, "--version"]
    work = [sys.executable, "-m", "tests.bench.work"]
    of_bot = {size: [*work, "bot", str(folder)] for size, folder in folders.items()}
    for form, target in (("markdown", 1.2), ("html", 2.5)):
        yield Ratio(
            f"(gitops-bot render --text --format {form}) - (--version) / json.load ({LARGE} resources)",
            _difference(_used("seconds", [*render, "--format", form]), _used("seconds", version)),
            _printed([*work, "json", str(large)]),
            ROUNDS,
            target,
        )
    yield Ratio(
        f"peak memory of gitops-bot render --text / of json.load ({LARGE} resources)",
        _used("MiB", render),
        _used("MiB", load),
        1,
        1.2,
        unit="MiB",
        warm=False,
    )
    yield Ratio(
        f"reading, records, redaction, rendering / json.load ({LARGE} resources, after imports)",
        _printed(of_bot[LARGE]),
        _printed([*work, "json", str(large)]),
        ROUNDS,
        1.5,
    )
    for size, rounds in ((LARGER, 3), (LARGEST, 1)):
        yield Ratio(
            f"time per resource of {size} / of {LARGE} (reading, records, redaction, rendering)",
            _printed(of_bot[size], 1000 / size),
            _printed(of_bot[LARGE], 1000 / LARGE),
            rounds,
            1.2,
            unit="ms",
            warm=False,
        )


# --- whole stories ----------------------------------------------------------------------------------


def _rows_of_stories() -> Iterator[Row]:
    env = _environment()
    yield Figure(
        "the demo, whole", _seconds([BOT, "demo", "--out", str(SCRATCH / "demo")], env, ROOT), 1, 45, "s"
    )
    yield Figure("set-up of the action, without uv at hand", _set_up(env), 3, 4, "s")


def _set_up(env: Mapping[str, str]) -> Measure:
    """The action's script in a fresh folder; the program that it starts then says that there is no event."""

    def measure() -> float:
        temp = SCRATCH / "runner-temp"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        path = [p for p in env["PATH"].split(os.pathsep) if not (Path(p) / "uv").exists()]
        given = {**env, "RUNNER_TEMP": str(temp), "PATH": os.pathsep.join(path)}
        return _seconds(["bash", str(ROOT / "gitops_bot/action.sh")], given, ROOT, ends=2)()

    return measure


# --- the table ----------------------------------------------------------------------------------------


@contextmanager
def _rows() -> Iterator[Iterator[Row | str]]:
    """What to measure, or why something is not."""
    with ExitStack() as stack:

        def rows() -> Iterator[Row | str]:
            yield from _rows_of_starting()
            (SCRATCH / "stage").mkdir()
            yield from _rows_of_events(stack.enter_context(events(SCRATCH / "stage")))
            yield from _rows_of_plans()
            problem = provider_problem(os.environ.get("TF_CLI_CONFIG_FILE", os.devnull))
            if problem:
                yield f"with the AWS provider\n  not measured: {problem.splitlines()[-1]}"
            else:
                yield _row_of_aws(stack.enter_context(aws_accounts(SCRATCH)))
            yield from _rows_of_large_plans()
            yield from _rows_of_stories()

        yield rows()


def main() -> None:
    """Measure every row, or those named in ROWS, and print the table."""
    wanted = os.environ.get("ROWS", "")
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir()
    try:
        with _rows() as rows:
            for row in rows:
                if isinstance(row, str):
                    print(row, flush=True)
                elif wanted in row.name:
                    print(measured(row), flush=True)
    except (NotMeasured, OSError) as error:
        print(f"not measured: {error}")
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    main()
