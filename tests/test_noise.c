/* The yardsticks of noise find gaps and a slow processor, and nothing where there is nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness/machine/noise.h"
#include "../harness/machine/noise_probe.h"

/* A clock of 25 ns a reading that jumps by gap_ns at every gap_every-th reading. */
static uint64_t fake_ns, readings, gap_every, gap_ns;

static uint64_t fake_clock(void)
{
	readings++;
	return fake_ns += gap_every && readings % gap_every == 0 ? gap_ns : 25;
}

static struct noise_probe probe_fake(uint64_t every, uint64_t length_ns)
{
	struct noise_probe probe;

	fake_ns = readings = 0;
	gap_every = every;
	gap_ns = length_ns;
	noise_probe_with(fake_clock, &probe);
	return probe;
}

static void no_gaps(void **state)
{
	(void)state;
	struct noise_probe probe = probe_fake(0, 0);
	assert_true(probe.jitter_percent == 0 && probe.gap_ns == 0);
	assert_true(probe.loop_ns == 25);
	assert_true(probe.memory_ns * 65536 == 25);
	assert_true(probe.core_ns > 25 / 120.1 && probe.core_ns < 25 / 119.9);
}

static void short_gaps_do_not_count(void **state)
{
	(void)state;
	struct noise_probe probe = probe_fake(100, 2000);
	assert_true(probe.jitter_percent == 0);
}

/* 399 steps of 25 ns and a gap of 10 us: half of the time. */
static void gaps_are_the_share_of_time(void **state)
{
	(void)state;
	struct noise_probe probe = probe_fake(400, 9975 + 25);
	assert_true(probe.jitter_percent > 49.5 && probe.jitter_percent < 50.5);
	assert_true(probe.gap_ns == 10000);
}

/* Longer than the spin itself: the share is of the time that really passed. */
static void one_long_gap(void **state)
{
	(void)state;
	struct noise_probe probe = probe_fake(400000, 30000000);
	assert_true(probe.jitter_percent > 74 && probe.jitter_percent < 76);
}

static void probes_are_summed_up(void **state)
{
	(void)state;
	json_t *probes = json_pack("[{s:f, s:f, s:f}, {s:f, s:f, s:f}]", "jitter_percent", 1.0,
				   "gap_ns", 5000.0, "loop_ns", 100.0, "jitter_percent", 3.0,
				   "gap_ns", 4000.0, "loop_ns", 150.0);
	json_t *sum = noise_probes_sum(probes);
	assert_true(json_number_value(json_object_get(sum, "jitter_percent")) == 2);
	assert_true(json_number_value(json_object_get(sum, "gap_ns")) == 5000);
	assert_true(json_number_value(json_object_get(sum, "loop_ns")) == 100);
	assert_true(json_number_value(json_object_get(sum, "loop_slower_percent")) == 25);
	assert_null(json_object_get(sum, "memory_ns")); /* older records have none */
	json_decref(sum);
	json_object_set_new(json_array_get(probes, 0), "memory_ns", json_real(30));
	json_object_set_new(json_array_get(probes, 1), "memory_ns", json_real(20));
	sum = noise_probes_sum(probes);
	assert_true(json_number_value(json_object_get(sum, "memory_ns")) == 20);
	assert_true(json_number_value(json_object_get(sum, "memory_slower_percent")) == 25);
	json_decref(sum);
	json_array_clear(probes);
	sum = noise_probes_sum(probes);
	assert_int_equal(json_object_size(sum), 0);
	json_decref(sum);
	json_decref(probes);
}

/* The text of a session of `seconds` with these values. */
static void text_of(double seconds, double jitter, double slower, double core, double memory,
		    char *text, size_t size)
{
	json_t *sessions =
		json_pack("[{s:f, s:f, s:f, s:f, s:f, s:f}]", "seconds", seconds, "jitter_percent",
			  jitter, "gap_ns", 12e6, "loop_slower_percent", slower,
			  "core_slower_percent", core, "memory_slower_percent", memory);
	noise_text(sessions, text, size);
	json_decref(sessions);
}

static void text_names_what_matters(void **state)
{
	char text[256];
	(void)state;
	text_of(10, 4.9, 9.9, 9.9, 49, text, sizeof(text));
	assert_string_equal(text, "");
	text_of(10, 24, 0, 0, 0, text, sizeof(text));
	assert_string_equal(text, "a busy loop lost 24 % of its time (at most 12.0 ms at once)");
	text_of(10, 0, 30, 0, 0, text, sizeof(text));
	assert_string_equal(text, "the same loop took 30 % longer than at best");
	text_of(10, 0, 0, 0, 120, text, sizeof(text));
	assert_string_equal(text, "loads from 4 MiB of memory took 2.2 times as long as at best "
				  "(others use the shared cache)");
	text_of(10, 0, 0, 42, 0, text, sizeof(text));
	assert_string_equal(text, "independent instructions took 1.4 times as long as at best "
				  "(others use the core)");
	text_of(0.5, 24, 30, 70, 130, text, sizeof(text));
	assert_string_equal(text, "");
	noise_text(NULL, text, sizeof(text));
	assert_string_equal(text, "");
}

/* Two busy processes on the processor of this one take two thirds of it. */
static void busy_processes_are_found(void **state)
{
	cpu_set_t all, one;
	struct noise_probe probe;
	double jitter = 0;
	pid_t pids[2];

	(void)state;
	if (sched_getaffinity(0, sizeof(all), &all))
		skip();
	CPU_ZERO(&one);
	for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	}
	if (sched_setaffinity(0, sizeof(one), &one))
		skip();
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		while (pids[i] == 0)
			continue;
	}
	for (int i = 0; i < 10; i++) {
		noise_probe(&probe);
		jitter += probe.jitter_percent / 10;
	}
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	sched_setaffinity(0, sizeof(all), &all);
	assert_true(jitter > 20);
	assert_true(probe.loop_ns > 10000);
	assert_true(probe.core_ns > 20);  /* no core does 50 of them in 1 ns */
	assert_true(probe.memory_ns > 1); /* no load from beyond the first level takes less */
}

static void a_session_has_its_probes(void **state)
{
	struct noise_start start;
	(void)state;
	noise_begin(&start);
	for (int i = 0; i < 1000; i++)
		noise_look(&start); /* not yet due */
	json_t *session = noise_end(&start);
	if (!session)
		skip();
	assert_int_equal(json_array_size(json_object_get(session, "probes")), 1);
	assert_true(json_number_value(json_object_get(session, "loop_ns")) > 0);
	json_decref(session);
	noise_begin(&start);
	start.at_s -= 30;
	start.probed_s -= 6;
	noise_look(&start); /* due */
	noise_look(&start);
	start.probed_s -= 5;
	session = noise_end(&start); /* the third */
	assert_int_equal(json_array_size(json_object_get(session, "probes")), 3);
	json_decref(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_gaps),
		cmocka_unit_test(short_gaps_do_not_count),
		cmocka_unit_test(gaps_are_the_share_of_time),
		cmocka_unit_test(one_long_gap),
		cmocka_unit_test(probes_are_summed_up),
		cmocka_unit_test(text_names_what_matters),
		cmocka_unit_test(busy_processes_are_found),
		cmocka_unit_test(a_session_has_its_probes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
