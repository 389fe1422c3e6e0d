"""`gitops-bot`, with its own processor seconds in a file: `python -m tests.bench.own FILE ARGUMENTS…`.

Its own are without those of the programs it starts.
"""

from __future__ import annotations

import resource
import runpy
import sys
from pathlib import Path

file = Path(sys.argv[1])
sys.argv[1:] = sys.argv[2:]
try:
    runpy.run_module("gitops_bot", run_name="__main__", alter_sys=True)
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    file.write_text(str(used.ru_utime + used.ru_stime))
