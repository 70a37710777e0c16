/*
 * Google Benchmark behind C: one call runs its loop over one body with a fixed count of iterations
 * and hands the result back, so that every sample reaches the record as it ends. The only C++ is
 * gbench_shim.cc, which is kept thin enough to build with releases before and after 1.8.
 */
#ifndef IOWALK_MEASURE_GBENCH_H
#define IOWALK_MEASURE_GBENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One iteration. Measures its own region and returns its length in *seconds, so that what prepares
 * and checks an iteration is outside. Nonzero stops the loop and fails the sample.
 */
typedef int (*gbench_body)(void *context, double *seconds);

struct gbench_result {
	uint64_t iterations;
	double seconds_per_iteration;
};

/* The body's error, or -EIO where the loop itself failed; *out only on 0. iterations ≥ 1. */
int gbench_measure(const char *name, uint64_t iterations, gbench_body body, void *context,
		   struct gbench_result *out);

/* "1.7.1" where the library's headers say, else "unknown". */
const char *gbench_version(void);

#ifdef __cplusplus
}
#endif

#endif
