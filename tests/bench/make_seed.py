"""Makes `seed/plan.json` and `seed/plan.txt` with a real Terraform: `python -m tests.bench.make_seed`.

Only `terraform_data` is used, which is built in, so nothing is downloaded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SEED = Path(__file__).with_name("seed")


def main() -> None:
    """Apply `before`, plan `after`."""
    environment = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
    with tempfile.TemporaryDirectory() as place:

        def terraform(*arguments: str) -> bytes:
            command = ["terraform", *arguments, "-no-color"]
            return subprocess.run(
                command, cwd=place, env=environment, stdout=subprocess.PIPE, check=True
            ).stdout

        shutil.copytree(SEED / "before", place, dirs_exist_ok=True)
        terraform("init", "-input=false")
        terraform("apply", "-input=false", "-auto-approve")
        shutil.copytree(SEED / "after", place, dirs_exist_ok=True)
        text = terraform("plan", "-input=false", "-out=plan.tfplan")
        (SEED / "plan.txt").write_bytes(text)
        (SEED / "plan.json").write_bytes(terraform("show", "-json", "plan.tfplan"))


if __name__ == "__main__":
    main()
