"""Ramble: runs a suite of iowalk. Its figures of merit are the FOM lines of `iowalk run --fom`, by cell.

    ramble repo add docs/examples/ramble
    ramble workspace create -c docs/examples/ramble/ramble.yaml iowalk
"""
from ramble.appkit import *


class Iowalk(ExecutableApplication):
    """Measures how a storage engine does file I/O while a graph is walked over it."""

    name = "iowalk"

    executable("run", "iowalk run --suite {suite} --no-plots --fom --out {experiment_run_dir}/record", use_mpi=False)
    workload("suite", executables=["run"])
    workload_variable("suite", default="quick", description="Name or file of the suite", workloads=["suite"])

    log = "{experiment_run_dir}/{experiment_name}.out"

    figure_of_merit_context("cell", regex=r"^FOM (?P<cell>\S+) \S+ \S+ \S+$", output_format="{cell}")
    figure_of_merit("time", log_file=log, fom_regex=r"^FOM \S+ real_time_ns (?P<time>\S+) ns$",
                    group_name="time", units="ns", contexts=["cell"])
    figure_of_merit("system calls", log_file=log, fom_regex=r"^FOM \S+ syscalls (?P<syscalls>\S+) 1$",
                    group_name="syscalls", units="1", contexts=["cell"])
    figure_of_merit("cells measured", log_file=log, fom_regex=r"^VERDICT \S+ measured=(?P<measured>\d+) ",
                    group_name="measured", units="1")

    success_criteria("verdict", mode="string", match=r"^VERDICT pass ", file=log)
