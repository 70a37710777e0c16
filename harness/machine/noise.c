/* Noise of the machine during a run: see noise.h. */
#include "noise.h"

#include "../base/clock.h"
#include "../base/text.h"
#include "noise_probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEAST_S 1.0 /* of a session that is judged: the kernel counts in ticks of 10 ms */
/* Above these, medians of repeated runs moved by more than the spread within them. A busy
 * process on two processors is 50 %. */
#define STEAL_MOST_PERCENT  5.0 /* quiet virtual machines have 1 to 2 % */
#define OTHERS_MOST_PERCENT 5.0

/* Between probes: with at most 50 ms for each they take at most 1 % of the time. And 1 % of the session, so that
 * an hour has 300 of them. */
#define PROBE_EVERY_S       5.0
#define PROBE_EVERY_PERCENT 1.0

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

static bool read_stat(uint64_t *fields)
{
	FILE *file = fopen("/proc/stat", "re");
	int found = file ? fscanf(file,
				  "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
				  " %" SCNu64 " %" SCNu64 " %" SCNu64,
				  &fields[USER], &fields[NICE], &fields[SYSTEM], &fields[IDLE],
				  &fields[IOWAIT], &fields[IRQ], &fields[SOFTIRQ], &fields[STEAL])
			 : 0;

	if (file)
		fclose(file);
	return found == FIELDS;
}

static double usage_s(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void read_ticks(struct noise_start *start)
{
	uint64_t fields[FIELDS];

	*start = (struct noise_start){.known = read_stat(fields), .at_s = clock_now_s()};
	if (!start->known)
		return;
	for (int i = 0; i < FIELDS; i++)
		start->total_ticks += fields[i];
	start->busy_ticks = start->total_ticks - fields[IDLE] - fields[IOWAIT] - fields[STEAL];
	start->steal_ticks = fields[STEAL];
	start->own_s = usage_s(RUSAGE_SELF) + usage_s(RUSAGE_CHILDREN);
}

static void add_probe(struct noise_start *start)
{
	struct noise_probe probe;

	noise_probe(&probe);
	start->probed_s = clock_now_s();
	json_t *json = noise_probe_json(&probe);
	json_object_set_new(json, "at_s", json_real(start->probed_s - start->at_s));
	json_array_append_new(start->probes, json);
}

void noise_begin(struct noise_start *start)
{
	read_ticks(start);
	start->probes = json_array();
	add_probe(start);
}

void noise_look(struct noise_start *start)
{
	double now_s = clock_now_s(), since_s = now_s - start->probed_s;

	if (since_s >= PROBE_EVERY_S &&
	    since_s >= PROBE_EVERY_PERCENT / 100 * (now_s - start->at_s))
		add_probe(start);
}

static void add_load(json_t *session, const struct noise_start *start,
		     const struct noise_start *now)
{
	if (now->total_ticks <= start->total_ticks)
		return;
	double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	double total_s = (double)(now->total_ticks - start->total_ticks) / ticks_per_s;
	double busy_s = (double)(now->busy_ticks - start->busy_ticks) / ticks_per_s;
	/* The kernel may correct steal downwards. */
	double steal_s = now->steal_ticks < start->steal_ticks
				 ? 0
				 : (double)(now->steal_ticks - start->steal_ticks) / ticks_per_s;
	double others_s = busy_s - (now->own_s - start->own_s);

	json_object_set_new(session, "steal_percent", json_real(100 * steal_s / total_s));
	json_object_set_new(session, "others_percent",
			    json_real(others_s > 0 ? 100 * others_s / total_s : 0.0));
}

json_t *noise_end(struct noise_start *start)
{
	json_t *probes = start->probes, *session = NULL;
	struct noise_start now;

	read_ticks(&now);
	if (start->known && now.known) {
		/* In a short session the one at the begin is enough: another would cost over 1 %. */
		if (now.at_s - start->probed_s >= 100 * NOISE_PROBE_COST_S)
			add_probe(start);
		json_t *sum = noise_probes_sum(probes);
		session = json_pack("{s:f}", "seconds", now.at_s - start->at_s);
		add_load(session, start, &now);
		json_object_update(session, sum);
		json_object_set(session, "probes", probes);
		json_decref(sum);
	}
	json_decref(probes);
	*start = (struct noise_start){.known = false};
	return session;
}

/* Raises *most to the value of a session, if that is greater. */
static void raise_to(double *most, const json_t *session, const char *key)
{
	double value = json_number_value(json_object_get(session, key));

	*most = value > *most ? value : *most;
}

void noise_text(const json_t *sessions, char *text, size_t size)
{
	double steal = 0, others = 0, jitter = 0, gap_ns = 0, slower = 0, core = 0, memory = 0;
	size_t i;
	json_t *session;

	json_array_foreach((json_t *)(uintptr_t)sessions, i, session)
	{
		if (json_number_value(json_object_get(session, "seconds")) < LEAST_S)
			continue;
		raise_to(&steal, session, "steal_percent");
		raise_to(&others, session, "others_percent");
		raise_to(&jitter, session, "jitter_percent");
		raise_to(&gap_ns, session, "gap_ns");
		raise_to(&slower, session, "loop_slower_percent");
		raise_to(&core, session, "core_slower_percent");
		raise_to(&memory, session, "memory_slower_percent");
	}
	text[0] = '\0';
	if (steal >= STEAL_MOST_PERCENT)
		text_append(text, size, "the hypervisor took %.0f %% of the processors' time",
			    steal);
	if (others >= OTHERS_MOST_PERCENT)
		text_append(text, size, "%sother processes used %.0f %% of the processors' time",
			    text[0] ? "; " : "", others);
	if (jitter >= NOISE_JITTER_MOST_PERCENT)
		text_append(text, size,
			    "%sa busy loop lost %.0f %% of its time (at most %.1f ms at once)",
			    text[0] ? "; " : "", jitter, gap_ns / 1e6);
	if (slower >= NOISE_SLOWER_MOST_PERCENT)
		text_append(text, size, "%sthe same loop took %.0f %% longer than at best",
			    text[0] ? "; " : "", slower);
	if (core >= NOISE_CORE_MOST_PERCENT)
		text_append(text, size,
			    "%sindependent instructions took %.1f times as long as at best "
			    "(others use the core)",
			    text[0] ? "; " : "", 1 + core / 100);
	if (memory >= NOISE_MEMORY_MOST_PERCENT)
		text_append(text, size,
			    "%sloads from 4 MiB of memory took %.1f times as long as at best "
			    "(others use the shared cache)",
			    text[0] ? "; " : "", 1 + memory / 100);
}
