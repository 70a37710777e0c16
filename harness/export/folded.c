/*
 * Folded stacks: a line per stack of each profiled cell, its frames separated by semicolons and its time at the
 * end. Readers: flamegraph.pl, speedscope, inferno.
 *
 * Source: https://github.com/brendangregg/FlameGraph (stackcollapse-perf.pl writes the same).
 */
#include "format.h"
#include "support/stacks.h"

#include <math.h>
#include <string.h>

/* A frame's name must not hold the separator or a line's end. */
static void put_frame(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == ';' || *name == '\n' ? ':' : *name, out);
}

static void write_stack(void *context, const struct exported_stack *stack)
{
	FILE *out = context;

	for (size_t kind = 0; kind < EXPORTED_TIMES_COUNT; kind++) {
		double ns = stack->ns[kind];

		if (!(ns >= 0.5)) /* a whole number follows */
			continue;
		put_frame(out, stack->cell);
		for (size_t i = 0; i < stack->frames_count; i++) {
			fputc(';', out);
			put_frame(out, stack->frames[i]);
		}
		if (kind != EXPORTED_CPU)
			fprintf(out, ";[%s]", exported_time_names[kind]);
		fprintf(out, " %.0f\n", ns);
	}
}

static int write_folded(const struct run *run, FILE *out)
{
	return export_stacks(run, write_stack, out);
}

const struct export_format export_folded = {
	.name = "folded",
	.summary = "stacks of profiles, frame;frame;frame and nanoseconds a walk: flamegraph.pl, "
		   "speedscope",
	.of_profiles = true,
	.write = write_folded,
};
