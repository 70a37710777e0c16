/* Adding a slowdown to the candidate: see injection.h. */
#include "injection.h"

#include "../base/pattern.h"
#include "ask.h"
#include "../../engines/support/choose.h"
#include "../../workloads/support/mix.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value of the wrapper's option with this role. */
static uint64_t *option_of(struct cell *cell, enum option_role role)
{
	int index = option_with_role(cell->engine->options, cell->engine->options_count, role);

	return index < 0 ? NULL : &cell->engine_options[index];
}

/* The cell on an engine that wraps the original one and can make more calls. Its options are the defaults. */
static int wrap_cell(const struct cell *original, struct cell *out, struct why *why)
{
	static const enum option_role needed[] = {OPTION_ROLE_WRAPPED, OPTION_ROLE_SYSCALL_EVERY};
	const struct engine_ops *wrapper = engine_wrapper();
	const struct option_spec *options = wrapper ? wrapper->options : NULL;

	if (!wrapper)
		return why_set(why, -EINVAL, "this build has no engine that wraps another one");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (option_with_role(options, wrapper->options_count, needed[i]) < 0)
			return why_set(why, -EINVAL, "engine %s lacks an option that a gate needs",
				       wrapper->name);
	}
	*out = *original;
	out->engine = wrapper;
	option_defaults(options, wrapper->options_count, out->engine_options);
	option_defaults(options, wrapper->options_count, out->engine_implied);
	int index = option_with_role(options, wrapper->options_count, OPTION_ROLE_WRAPPED);
	return option_parse(&options[index], original->engine->name, &out->engine_options[index],
			    why);
}

/* "injected: 30 % of its time, in 25 % of its processes" */
static int note_injection(const struct gate_injection *injection, char **note)
{
	char share[64] = "";

	if (injection->is_syscall)
		return asprintf(note, "injected: one more system call per walk") < 0 ? -ENOMEM : 0;
	if (injection->share_percent > 0)
		snprintf(share, sizeof(share), ", in %g %% of its %s", injection->share_percent,
			 injection->is_stalls ? "samples" : "processes");
	return asprintf(note, "injected: %g %% of its time%s", injection->percent, share) < 0
		       ? -ENOMEM
		       : 0;
}

static int inject_cell(struct gate *gate, size_t cell, const struct gate_injection *injection)
{
	struct gate_entry *entry = &gate->entries[cell];
	int err = 0;

	for (unsigned side = 0; !err && injection->is_syscall && side < 2; side++)
		err = wrap_cell(&gate->plan->cells[cell], &entry->wrapped[side], &gate->why);
	if (err)
		return err;
	entry->injection = injection;
	return note_injection(injection, &entry->note);
}

static bool is_drawn(const struct gate_injection *injection, uint64_t *state)
{
	double share = injection->share_percent > 0 ? injection->share_percent : 100;

	return (double)(mix_next(state) >> 11) * 0x1p-53 * 100 < share;
}

void gate_inject_times(const struct gate *gate, size_t cell, uint64_t process_seed, json_t *times)
{
	const struct gate_injection *injection = gate->entries[cell].injection;
	uint64_t state = process_seed ^ (uint64_t)cell << 40;
	bool is_slow = injection && !injection->is_syscall &&
		       (injection->is_stalls || is_drawn(injection, &state));

	for (size_t i = 0; is_slow && i < json_array_size(times); i++) {
		double ns = json_number_value(json_array_get(times, i));

		if (!injection->is_stalls || is_drawn(injection, &state))
			json_array_set_new(times, i,
					   json_real(ns * (1 + injection->percent / 100)));
	}
}

static int inject(struct gate *gate, const struct gate_injection *injection)
{
	size_t matched = 0;
	regex_t regex;
	int err = 0;

	if (pattern_compile("", injection->cell, &regex, NULL))
		return why_set(&gate->why, -EINVAL, "'%.100s' is not a regular expression",
			       injection->cell);
	for (size_t i = 0; !err && i < gate->plan->cells_count; i++) {
		if (!pattern_matches(&regex, gate->plan->cells[i].name) ||
		    gate->plan->cells[i].skipped)
			continue;
		matched++;
		err = gate->entries[i].injection ? 0 : inject_cell(gate, i, injection);
	}
	regfree(&regex);
	if (!err && !matched)
		err = why_set(&gate->why, -EINVAL, "no cell to inject into matches '%.100s'",
			      injection->cell);
	return err;
}

int gate_inject(struct gate *gate)
{
	const struct gate_injection *injections = gate->settings->injections;
	int err = 0;

	for (size_t i = 0; !err && i < GATE_INJECTIONS_MAX && injections[i].cell; i++)
		err = inject(gate, &injections[i]);
	return err;
}

/* System calls of one walk, as the baseline counts them with one more per `every` operations. */
static int count_calls(struct gate *gate, size_t cell, uint64_t every, double *calls)
{
	uint64_t *option = option_of(&gate->entries[cell].wrapped[0], OPTION_ROLE_SYSCALL_EVERY);
	json_t *replies = NULL;

	*option = every;
	int result = gate_ask(gate, 0, PASS_COUNT, &cell, 1, &replies);
	*option = 0;
	json_t *metrics = json_object_get(json_array_get(replies, 0), "metrics");
	*calls = json_number_value(json_object_get(metrics, "syscalls"));
	json_decref(replies);
	return result < 0 ? result : 0;
}

/* With a call after each operation, a walk makes as many more calls as it has operations. */
int gate_inject_syscalls(struct gate *gate)
{
	for (size_t i = 0; i < gate->plan->cells_count; i++) {
		struct gate_entry *entry = &gate->entries[i];
		double without = 0, with = 0;

		if (!gate_injects_syscall(entry) || entry->is_excluded)
			continue;
		int err = count_calls(gate, i, 0, &without);
		err = err ? err : count_calls(gate, i, 1, &with);
		if (err)
			return err;
		if (!entry->is_excluded && with > without)
			*option_of(&entry->wrapped[1], OPTION_ROLE_SYSCALL_EVERY) =
				(uint64_t)(with - without);
	}
	return 0;
}
