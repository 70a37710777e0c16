/* Noise of the machine during a run: see noise.h. */
#include "noise.h"

#include "../base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LEAST_S 1.0 /* of a session that is judged: the kernel counts in ticks of 10 ms */
/* Above these, medians of repeated runs moved by more than the spread within them. A busy
 * process on two processors is 50 %. */
#define STEAL_MOST_PERCENT  5.0 /* quiet virtual machines have 1 to 2 % */
#define OTHERS_MOST_PERCENT 5.0

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

void noise_begin(struct noise_start *start)
{
	uint64_t fields[FIELDS];
	struct timespec now;

	*start = (struct noise_start){.known = read_stat(fields)};
	if (!start->known)
		return;
	for (int i = 0; i < FIELDS; i++)
		start->total_ticks += fields[i];
	start->busy_ticks = start->total_ticks - fields[IDLE] - fields[IOWAIT] - fields[STEAL];
	start->steal_ticks = fields[STEAL];
	start->own_s = usage_s(RUSAGE_SELF) + usage_s(RUSAGE_CHILDREN);
	clock_gettime(CLOCK_MONOTONIC, &now);
	start->at_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

json_t *noise_end(const struct noise_start *start)
{
	struct noise_start now;

	noise_begin(&now);
	if (!start->known || !now.known)
		return NULL;
	json_t *session = json_pack("{s:f}", "seconds", now.at_s - start->at_s);
	if (now.total_ticks <= start->total_ticks)
		return session;
	double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
	double total_s = (double)(now.total_ticks - start->total_ticks) / ticks_per_s;
	double busy_s = (double)(now.busy_ticks - start->busy_ticks) / ticks_per_s;
	/* The kernel may correct steal downwards. */
	double steal_s = now.steal_ticks < start->steal_ticks
				 ? 0
				 : (double)(now.steal_ticks - start->steal_ticks) / ticks_per_s;
	double others_s = busy_s - (now.own_s - start->own_s);

	json_object_set_new(session, "steal_percent", json_real(100 * steal_s / total_s));
	json_object_set_new(session, "others_percent",
			    json_real(others_s > 0 ? 100 * others_s / total_s : 0.0));
	return session;
}

void noise_text(const json_t *sessions, char *text, size_t size)
{
	double steal = 0, others = 0;
	size_t i;
	json_t *session;

	json_array_foreach((json_t *)sessions, i, session)
	{
		if (json_number_value(json_object_get(session, "seconds")) < LEAST_S)
			continue;
		double value = json_number_value(json_object_get(session, "steal_percent"));
		steal = value > steal ? value : steal;
		value = json_number_value(json_object_get(session, "others_percent"));
		others = value > others ? value : others;
	}
	text[0] = '\0';
	if (steal >= STEAL_MOST_PERCENT)
		text_append(text, size, "the hypervisor took %.0f %% of the processors' time",
			    steal);
	if (others >= OTHERS_MOST_PERCENT)
		text_append(text, size, "%sother processes used %.0f %% of the processors' time",
			    text[0] ? "; " : "", others);
}
