/*
 * Google Benchmark for C: one call runs its loop over one function with a fixed number of
 * iterations and returns the result, so that each sample can be recorded at once. gbench_shim.cc is
 * the only C++ file; it builds with releases before and after 1.8.
 */
#ifndef IOWALK_MEASURE_GBENCH_H
#define IOWALK_MEASURE_GBENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One iteration. It measures the time itself and returns it in *seconds, so that preparing and
 * checking are not included. A result other than 0 stops the loop and fails the sample.
 */
typedef int (*gbench_body)(void *context, double *seconds);

struct gbench_result {
	uint64_t iterations;
	double seconds_per_iteration;
};

/* Runs `iterations` ≥ 1 iterations. The error of the body, or -EIO if the loop itself failed. */
int gbench_measure(const char *name, uint64_t iterations, gbench_body body, void *context,
		   struct gbench_result *out);

/* For example "1.7.1"; "unknown" if the headers of the library do not define it. */
const char *gbench_version(void);

#ifdef __cplusplus
}
#endif

#endif
