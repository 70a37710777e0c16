"""ReFrame: runs a suite of iowalk, checks its verdict, and keeps the time and system calls of each cell.

    reframe -c docs/examples/reframe/iowalk_check.py -r --performance-report -S suite=quick

Each cell and metric is a performance variable, found in the FOM lines of `iowalk run --fom`.
"""
import re

import reframe as rfm
import reframe.utility.sanity as sn
import reframe.utility.typecheck as typ

FOM = r"^FOM (?P<cell>\S+) (?P<metric>\S+) (?P<value>\S+) (?P<unit>\S+)$"
VERDICT = r"^VERDICT (?P<verdict>pass|fail|incomplete) measured=(?P<measured>\d+) failed=(?P<failed>\d+)"
METRICS = ("real_time_ns", "syscalls")


@rfm.simple_test
class IowalkCheck(rfm.RunOnlyRegressionTest):
    suite = variable(str, value="quick")
    metrics = variable(typ.List[str], value=list(METRICS))
    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    executable = "iowalk"
    time_limit = "1h"
    exclusive_access = True

    @run_before("run")
    def set_options(self):
        self.executable_opts = ["run", "--suite", self.suite, "--no-plots", "--fom", "--out", "record"]

    @sanity_function
    def all_cells_verified(self):
        return sn.assert_eq(sn.extractsingle(VERDICT, self.stdout, "verdict"), "pass")

    @run_before("performance")
    def set_figures(self):
        with open(sn.evaluate(self.stdout), encoding="utf-8") as output: # in the stage folder
            lines = [match for match in (re.match(FOM, line.rstrip("\n")) for line in output) if match]
        self.perf_variables = {
            match["cell"] + " " + match["metric"]: sn.make_performance_function(
                sn.defer(float(match["value"])), match["unit"])
            for match in lines if match["metric"] in self.metrics}
