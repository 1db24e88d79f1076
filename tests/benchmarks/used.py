"""Run a command and print the CPU seconds and the peak memory in KiB that it used: `used.py COMMAND...`.

A process of its own, for the system counts the memory of whoever starts a process as that process's at first.
"""

import os
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
sys.stdout.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}\n")
sys.exit(os.waitstatus_to_exitcode(status))
