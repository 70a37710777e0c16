// Google Benchmark's loop for C callers: see gbench.h.
//
// Each call registers one benchmark with manual timing and a fixed number of iterations. A reporter that
// prints nothing keeps the result. The repetitions of the library are not used: it reports them only after
// the last one, and a crash would lose them.

#include "gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <vector>

namespace
{

class KeepReporter : public benchmark::BenchmarkReporter
{
      public:
	bool ReportContext(const Context &) override
	{
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type != Run::RT_Iteration || run.iterations <= 0)
				continue;
			iterations = static_cast<uint64_t>(run.iterations);
			seconds = run.real_accumulated_time;
		}
	}

	uint64_t iterations = 0;
	double seconds = 0;
};

/*
 * The library reads $BENCHMARK_FILTER, $BENCHMARK_REPETITIONS and so on before main() starts. Nothing in the
 * environment may change what is measured, so all that matter are set to their defaults here.
 */
void ignore_environment()
{
	static bool done = false;
	char name[] = "iowalk";
	char flags[][48] = {"--benchmark_filter=",
			    "--benchmark_list_tests=false",
			    "--benchmark_repetitions=1",
			    "--benchmark_enable_random_interleaving=false",
			    "--benchmark_report_aggregates_only=false",
			    "--benchmark_display_aggregates_only=false",
			    "--benchmark_out=",
			    "--benchmark_perf_counters=",
			    ("--benchmark_min_time=" GBENCH_MIN_TIME),
			    "--benchmark_min_warmup_time=0",
			    "--v=0"};
	std::vector<char *> argv = {name};

	if (done)
		return;
	for (auto &flag : flags)
		argv.push_back(flag);
	int argc = static_cast<int>(argv.size());
	argv.push_back(nullptr);
	benchmark::Initialize(&argc, argv.data());
	done = true;
}

} // namespace

extern "C" int gbench_measure(const char *name, uint64_t iterations, gbench_body body,
			      void *context, struct gbench_result *out)
{
	int err = 0;
	KeepReporter reporter;

	ignore_environment();
	benchmark::ClearRegisteredBenchmarks();
	benchmark::RegisterBenchmark(name,
				     [&](benchmark::State &state) {
					     for (auto _ : state) {
						     double seconds = 0;

						     err = body(context, &seconds);
						     if (err) {
							     state.SkipWithError("failed");
							     break;
						     }
						     state.SetIterationTime(seconds);
					     }
				     })
		->Iterations(static_cast<benchmark::IterationCount>(iterations))
		->UseManualTime();
	benchmark::RunSpecifiedBenchmarks(&reporter);
	benchmark::ClearRegisteredBenchmarks();
	if (err)
		return err;
	if (reporter.iterations != iterations)
		return -EIO;
	out->iterations = reporter.iterations;
	out->seconds_per_iteration = reporter.seconds / static_cast<double>(reporter.iterations);
	return 0;
}

extern "C" const char *gbench_version(void)
{
#ifdef BENCHMARK_VERSION
	return BENCHMARK_VERSION;
#else
	return "unknown";
#endif
}
