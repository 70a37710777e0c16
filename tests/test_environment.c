/* The environment has its groups on any machine, and every check that warns names a remedy. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../harness/machine/check.h"
#include "../harness/machine/environment.h"
#include "../harness/machine/job.h"

#define CHECKS_MAX 64

static const char *folder(void)
{
	const char *name = getenv("TMPDIR");
	return name != NULL && *name != '\0' ? name : "/tmp";
}

static void has_all_groups(void **state)
{
	(void)state;
	json_t *environment = environment_probe(folder());
	assert_non_null(environment);
	const char *version, *commit, *compiler, *flags, *build_type, *host, *release, *path, *date;
	int dirty, cpus_count;
	json_t *libraries, *caches, *load;
	json_error_t error;
	int err = json_unpack_ex(environment, &error, 0,
				 "{s:{s:s, s:s, s:b, s:s, s:s, s:s, s:o}, s:{s:s, s:i, s:o, s:o}, "
				 "s:{s:s}, s:{s:s}, s:s}",
				 "build", "version", &version, "commit", &commit, "dirty", &dirty,
				 "compiler", &compiler, "flags", &flags, "build_type", &build_type,
				 "libraries", &libraries, "machine", "host_name", &host,
				 "cpus_online", &cpus_count, "caches", &caches, "load_avg", &load,
				 "kernel", "release", &release, "storage", "path", &path, "date",
				 &date);
	if (err != 0)
		fail_msg("%s", error.text);
	assert_string_equal(version, IOWALK_VERSION);
	assert_true(cpus_count >= 1);
	assert_true(json_is_array(caches));
	assert_int_equal(json_array_size(load), 3);
	assert_true(json_object_size(libraries) >= 3);
	assert_int_equal(strlen(date), strlen("2026-01-01T00:00:00Z"));
	json_decref(environment);
}

/* The keys of each cache that readers of Google Benchmark's context require. */
static void caches_have_their_keys(void **state)
{
	(void)state;
	json_t *environment = environment_probe(folder());
	json_t *caches = json_object_get(json_object_get(environment, "machine"), "caches");
	size_t i;
	json_t *cache;
	json_array_foreach(caches, i, cache)
	{
		const char *type;
		int level, size_bytes, num_sharing;
		assert_int_equal(json_unpack(cache, "{s:s, s:i, s:i, s:i}", "type", &type, "level",
					     &level, "size", &size_bytes, "num_sharing",
					     &num_sharing),
				 0);
		assert_true(level >= 1 && size_bytes > 0 && num_sharing >= 1);
	}
	json_decref(environment);
}

static void caption_names_the_recorded_machine(void **state)
{
	(void)state;
	json_t *environment =
		json_pack("{s:{s:s, s:s, s:b}, s:{s:s, s:i}, s:{s:s}, s:{s:s}}", "build", "version",
			  "0.1.0", "commit", "abc1234def", "dirty", 1, "machine", "cpu_model",
			  "AMD EPYC", "cpus_online", 2, "kernel", "release", "6.18.44-amd64",
			  "storage", "file_system", "ext4");
	char machine[128], build[64];
	environment_caption(environment, machine, sizeof(machine), build, sizeof(build));
	assert_string_equal(machine, "AMD EPYC, 2 CPUs, Linux 6.18.44, ext4");
	assert_string_equal(build, "iowalk 0.1.0 (abc1234, dirty)");
	json_decref(environment);
}

static void caption_of_an_empty_record_is_not_empty(void **state)
{
	(void)state;
	json_t *environment = json_object();
	char machine[128] = "", build[64] = "";
	environment_caption(environment, machine, sizeof(machine), build, sizeof(build));
	assert_true(machine[0] != '\0' && build[0] != '\0');
	json_decref(environment);
}

static void every_warning_names_a_remedy(void **state)
{
	(void)state;
	const char *folders[] = {folder(), "/nonexistent"};
	struct check checks[CHECKS_MAX];
	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
		json_t *environment = environment_probe(folders[f]);
		size_t count = doctor_checks(environment, folders[f], checks, CHECKS_MAX);
		assert_true(count >= 15 && count < CHECKS_MAX);
		size_t failed_count = 0;
		for (size_t i = 0; i < count; i++) {
			assert_non_null(checks[i].name);
			if (checks[i].found.text[0] == '\0')
				fail_msg("%s has no text", checks[i].name);
			if ((checks[i].state == CHECK_OK) != (checks[i].remedy.text[0] == '\0'))
				fail_msg("%s: state %d, remedy '%s'", checks[i].name,
					 (int)checks[i].state, checks[i].remedy.text);
			failed_count += checks[i].state == CHECK_FAIL;
		}
		/* Only a problem that prevents a run fails: a folder that cannot be written. */
		assert_int_equal(failed_count, strcmp(folders[f], "/nonexistent") == 0 ? 1 : 0);
		json_decref(environment);
	}
}

static void no_more_checks_than_requested(void **state)
{
	(void)state;
	struct check checks[3] = {{.name = NULL}};
	json_t *environment = environment_probe(folder());
	assert_int_equal(doctor_checks(environment, folder(), checks, 2), 2);
	assert_null(checks[2].name);
	json_decref(environment);
}

/* ---- jobs ---- */

static const char *const job_variables[] = {"SLURM_JOB_ID", "SLURM_CPUS_ON_NODE",
					    "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU",
					    "SLURM_CPU_FREQ_REQ"};
#define JOB_VARIABLES (sizeof(job_variables) / sizeof(*job_variables))

/* The object as text, keys sorted, or "none". values[JOB_VARIABLES]: NULL is not set. */
static void check_job(const char *const values[JOB_VARIABLES], const char *wanted)
{
	for (size_t i = 0; i < JOB_VARIABLES; i++) {
		unsetenv(job_variables[i]);
		if (values[i])
			setenv(job_variables[i], values[i], 1);
	}
	json_t *job = job_probe();
	char *text = job ? json_dumps(job, JSON_SORT_KEYS | JSON_COMPACT) : strdup("none");

	assert_string_equal(text, wanted);
	free(text);
	json_decref(job);
	for (size_t i = 0; i < JOB_VARIABLES; i++)
		unsetenv(job_variables[i]);
}

static void limits_of_a_job(void **state)
{
	(void)state;
	check_job((const char *const[JOB_VARIABLES]){NULL, "4", "100", "1", "high"}, "none");
	check_job((const char *const[JOB_VARIABLES]){"7", "4", "100", "1", "high"},
		  "{\"cpu_frequency\":\"high\",\"cpus\":4,\"id\":\"7\",\"memory_bytes\":104857600,"
		  "\"scheduler\":\"slurm\"}");
	check_job((const char *const[JOB_VARIABLES]){"7", "4", NULL, "25", NULL},
		  "{\"cpus\":4,\"id\":\"7\",\"memory_bytes\":104857600,\"scheduler\":\"slurm\"}");
	/* 0 is all memory; what is no number is unknown. */
	check_job((const char *const[JOB_VARIABLES]){"7", "x", "0", "25", ""},
		  "{\"id\":\"7\",\"scheduler\":\"slurm\"}");
}

static void frequency_of_a_job(void **state)
{
	static const struct {
		const char *governor, *asked; /* NULL: none */
		bool job, warns;
		const char *words; /* of the remedy, or of what was found */
	} cases[] = {
		{NULL, NULL, true, false, "none"},
		{NULL, "high", true, true, "firmware"},
		{"performance", NULL, true, false, "performance"},
		{"powersave", NULL, false, true, "cpupower"},
		{"powersave", NULL, true, true, "srun --cpu-freq=performance"},
		{"powersave", "2000000", true, true, "CpuFreqGovernors"},
		{"userspace", "2000000", true, false, "--cpu-freq=2000000"},
		{"userspace", NULL, true, true, "srun"},
	};
	extern const struct doctor_check check_governor;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *machine = json_pack("{ss*}", "governor", cases[i].governor);
		json_t *job =
			cases[i].job ? json_pack("{ss*}", "cpu_frequency", cases[i].asked) : NULL;
		struct check_context context = {.machine = machine, .job = job};
		struct check check = {.state = CHECK_OK};

		check_governor.look(&context, &check);
		assert_int_equal(check.state, cases[i].warns ? CHECK_WARN : CHECK_OK);
		assert_non_null(strstr(cases[i].warns ? check.remedy.text : check.found.text,
				       cases[i].words));
		json_decref(machine);
		json_decref(job);
	}
}

/* Every file of checks/ is in the table, with a unique name and position. */
static void test_check_table(void **state)
{
	(void)state;
	assert_true(check_table_count >= 21);
	for (size_t i = 0; i < check_table_count; i++) {
		assert_true(*check_table[i]->name);
		assert_non_null(check_table[i]->look);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(check_table[i]->name, check_table[k]->name);
			assert_int_not_equal(check_table[i]->order, check_table[k]->order);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_all_groups),
		cmocka_unit_test(caches_have_their_keys),
		cmocka_unit_test(caption_names_the_recorded_machine),
		cmocka_unit_test(caption_of_an_empty_record_is_not_empty),
		cmocka_unit_test(every_warning_names_a_remedy),
		cmocka_unit_test(no_more_checks_than_requested),
		cmocka_unit_test(limits_of_a_job),
		cmocka_unit_test(frequency_of_a_job),
		cmocka_unit_test(test_check_table),
	};
	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
