"""The peak memory of a command: `python tests/bench/peak.py COMMAND…` prints it in MiB.

A process of its own, that imports next to nothing: on Linux a child's peak is at least what its parent had.
"""

import os
import subprocess
import sys

child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
