/*
 * The latency pass of a cell: see passes.h. The workload reads the clock around each of its
 * operations; each thread records into its own histogram.
 */
#include "measurement.h"

#include <errno.h>
#include <string.h>

int measure_latency(struct measurement *m, json_t *metrics, uint64_t *iterations)
{
	static const struct {
		const char *name;
		double quantile;
	} wanted[] = {{"lat_ns_p50", .5},  {"lat_ns_p90", .9},    {"lat_ns_p95", .95},
		      {"lat_ns_p99", .99}, {"lat_ns_p999", .999}, {"lat_ns_p9999", .9999}};

	if (!measure_ops(m)->run_latency)
		return -EOPNOTSUPP;
	histogram_reset(&m->histogram);
	for (unsigned i = 0; i < m->cell->threads_count; i++)
		histogram_reset(&m->threads[i].histogram);
	for (uint64_t i = 0; i < m->latency_iterations; i++) {
		int err = measure_before_walk(m);
		if (err)
			return err;
		err = measure_ops(m)->run_latency(m->state, &m->threads[0].sink);
		if (err)
			return measure_failed(m, measure_action(m), err);
		err = measure_check(m);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < m->cell->threads_count; i++)
		histogram_add(&m->histogram, &m->threads[i].histogram);
	*iterations = m->latency_iterations;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		uint64_t lat_ns = histogram_quantile(&m->histogram, wanted[i].quantile);
		json_object_set_new(metrics, wanted[i].name, json_integer((json_int_t)lat_ns));
	}
	json_object_set_new(metrics, "lat_ns_max",
			    json_integer((json_int_t)m->histogram.max_value));
	json_object_set_new(metrics, "lat_count",
			    json_integer((json_int_t)m->histogram.total_count));
	return 0;
}
