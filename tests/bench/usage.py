"""What a command used: `python tests/bench/usage.py seconds|MiB COMMAND…`.

Prints the processor's seconds of the whole process, or its peak memory. A process of its own, that imports
next to nothing: on Linux a child's peak is at least what its parent had.
"""

import os
import subprocess
import sys

child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
if sys.argv[1] == "MiB":
    print(usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))
else:
    print(usage.ru_utime + usage.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status))
