/*
 * What `iowalk doctor` looks at: one function a check, in the order they are shown. A check says
 * what it found, and where that stands in the way of good numbers, what to do about it. Where it
 * can be tried it is tried: system calls are counted, a file is dropped from the page cache.
 */
#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../prepare/cache_state.h"
#include "../count/counters.h"
#include "../base/sysfs.h"
#include "../base/clock.h"

#define MIB (1024.0 * 1024.0)
#define GIB (1024.0 * MIB)

#define PROBE_BYTES          (1u << 20) /* of the file that is dropped from the cache */
#define MEMORY_LEAST_GIB     1.0        /* the quick suite's largest graph, twice */
#define FREE_LEAST_GIB       2.0        /* what the cache folder may grow to */
#define DESCRIPTORS_LEAST    256        /* counting takes some 60, engines and stores the rest */
#define LOAD_MOST            0.5        /* a CPU, above which others disturb the timing */
#define CLOCK_READINGS_COUNT 20000      /* about a millisecond */
#define CLOCK_SLOW_NS        100.0      /* a vDSO clock takes 20 to 50, one by system call more */

struct context {
	const json_t *machine, *kernel, *storage, *build; /* NULL where not in the environment */
	const char *folder;
	struct counter_info *counters;
	size_t counters_count;
};

static const char *text_of(const json_t *group, const char *key)
{
	return json_string_value(json_object_get(group, key));
}

static void warn(struct check *check, const char *remedy)
{
	check->state = CHECK_WARN;
	why_set(&check->remedy, 0, "%s", remedy);
}

static void check_build(const struct context *context, struct check *check)
{
	const char *type = text_of(context->build, "build_type");
	why_set(&check->found, 0, "%s build", type == NULL ? "unknown" : type);
	if (type == NULL || strcmp(type, "release") != 0)
		warn(check,
		     "measure with a release build: make, without SANITIZE, with -O2 -DNDEBUG");
}

static void check_folder(const struct context *context, struct check *check)
{
	if (access(context->folder, W_OK | X_OK) == 0) {
		why_set(&check->found, 0, "%s is writable", context->folder);
		return;
	}
	check->state = CHECK_FAIL;
	why_set(&check->found, 0, "cannot write to %s: %s", context->folder, strerror(errno));
	why_set(&check->remedy, 0, "make the folder, or choose another for graph files");
}

static void check_file_system(const struct context *context, struct check *check)
{
	const char *type = text_of(context->storage, "file_system");
	const char *device = text_of(context->storage, "device");
	if (type == NULL) {
		why_set(&check->found, 0, "the file system is not known");
		warn(check, "choose a folder on a local file system for graph files");
		return;
	}
	why_set(&check->found, 0, "%s on %s", type, device == NULL ? "?" : device);
	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0)
		warn(check, "files here are memory and never cold: choose a folder on a disk");
	else if (strncmp(type, "nfs", 3) == 0 || strncmp(type, "fuse", 4) == 0 ||
		 strcmp(type, "9p") == 0 || strcmp(type, "virtiofs") == 0)
		warn(check,
		     "a server's cache lies behind this one: choose a folder on a local disk");
}

static void check_free_space(const struct context *context, struct check *check)
{
	const json_t *value = json_object_get(context->storage, "free_bytes");
	double free_gib = json_number_value(value) / GIB;
	if (value == NULL)
		why_set(&check->found, 0, "not known");
	else
		why_set(&check->found, 0, "%.1f GiB free", free_gib);
	if (value == NULL || free_gib < FREE_LEAST_GIB)
		warn(check, "free some space, or choose another folder, for large graphs");
}

/* Writes a file, reads its residency, drops it, reads again. 0, or negative errno with what was
 * found. */
static int try_cache(const char *path, int fd, struct check *check)
{
	static const char block[4096];
	for (unsigned i = 0; i < PROBE_BYTES / sizeof(block); i++) {
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			return why_set(&check->found, -EIO, "cannot write a file of 1 MiB: %s",
				       strerror(errno));
	}
	struct residency full, empty;
	int err = cache_residency(path, &full);
	if (err == 0)
		err = cache_drop(path);
	if (err == 0)
		err = cache_residency(path, &empty);
	if (err != 0)
		return why_set(&check->found, err, "cannot ask for a file's pages: %s",
			       strerror(-err));
	why_set(&check->found, 0,
		"by %s, %" PRIu64 " of %" PRIu64 " pages before a drop, %" PRIu64 " after",
		full.source, full.resident_count, full.pages_count, empty.resident_count);
	return full.resident_count < full.pages_count || empty.resident_count != 0 ? -EBUSY : 0;
}

static void check_page_cache(const struct context *context, struct check *check)
{
	char *path = NULL;
	if (asprintf(&path, "%s/.iowalk-probe-XXXXXX", context->folder) < 0) {
		why_set(&check->found, 0, "not tried: %s", strerror(ENOMEM));
		warn(check, "free some memory");
		return;
	}
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		why_set(&check->found, 0, "not tried: cannot create a file: %s", strerror(errno));
		warn(check, "make the folder writable");
	} else {
		if (try_cache(path, fd, check) != 0)
			warn(check,
			     "cold samples will be refused: choose a folder on a local disk");
		close(fd);
		unlink(path);
	}
	free(path);
}

static void check_file_limit(const struct context *context, struct check *check)
{
	(void)context;
	struct rlimit file_size, files;
	if (getrlimit(RLIMIT_FSIZE, &file_size) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0) {
		why_set(&check->found, 0, "not known: %s", strerror(errno));
		return;
	}
	bool sized = file_size.rlim_cur != RLIM_INFINITY;
	if (sized)
		why_set(&check->found, 0, "%ju descriptors, files up to %.0f MiB",
			(uintmax_t)files.rlim_cur, (double)file_size.rlim_cur / MIB);
	else
		why_set(&check->found, 0, "%ju descriptors, files of any size",
			(uintmax_t)files.rlim_cur);
	if (sized)
		warn(check, "large graphs will not fit: ulimit -f unlimited");
	else if (files.rlim_cur < DESCRIPTORS_LEAST)
		warn(check, "raise the limit of open files: ulimit -n 1024");
}

static void check_cpus(const struct context *context, struct check *check)
{
	json_int_t count = json_integer_value(json_object_get(context->machine, "cpus_online"));
	why_set(&check->found, 0, "%lld online", (long long)count);
	if (count < 2)
		warn(check, "with one CPU all else that runs disturbs the timing: use two or more");
}

static void check_load(const struct context *context, struct check *check)
{
	const json_t *loads = json_object_get(context->machine, "load_avg");
	double load = json_number_value(json_array_get(loads, 0));
	double cpus = json_number_value(json_object_get(context->machine, "cpus_online"));
	if (loads == NULL) {
		why_set(&check->found, 0, "not known");
		return;
	}
	why_set(&check->found, 0, "%.2f in the last minute", load);
	if (load > LOAD_MOST * cpus)
		warn(check, "something else is running: stop it, or wait until it is done");
}

/* The state of one of DAMON's threads, of those whose scheme takes pages away; see the kernel's
 * admin-guide/mm/damon/. */
static bool evicts(int thread)
{
	static const char admin[] = "/sys/kernel/mm/damon/admin/kdamonds";
	char state[16], action[32];
	int64_t schemes = 0;

	if (sysfs_line(state, sizeof(state), "%s/%d/state", admin, thread) != 0 ||
	    strcmp(state, "on") != 0 ||
	    sysfs_number(&schemes, "%s/%d/contexts/0/schemes/nr_schemes", admin, thread) != 0)
		return false;
	for (int i = 0; i < (int)schemes; i++) {
		if (sysfs_line(action, sizeof(action), "%s/%d/contexts/0/schemes/%d/action", admin,
			       thread, i) == 0 &&
		    (strcmp(action, "pageout") == 0 || strcmp(action, "cold") == 0))
			return true;
	}
	return false;
}

static void check_reclaim(const struct context *context, struct check *check)
{
	char enabled[8];
	int64_t threads = 0;

	(void)context;
	if (sysfs_line(enabled, sizeof(enabled), "/sys/module/damon_reclaim/parameters/enabled") ==
		    0 &&
	    *enabled == 'Y') {
		why_set(&check->found, 0, "DAMON reclaims pages that were not used for a while");
		warn(check, "echo N > /sys/module/damon_reclaim/parameters/enabled; else long warm "
			    "cells lose pages");
		return;
	}
	sysfs_number(&threads, "/sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds");
	for (int i = 0; i < (int)threads; i++) {
		if (!evicts(i))
			continue;
		why_set(&check->found, 0, "DAMON thread %d evicts pages (pageout)", i);
		warn(check, "echo off > /sys/kernel/mm/damon/admin/kdamonds/*/state; else long "
			    "warm cells lose pages");
		return;
	}
	why_set(&check->found, 0, "DAMON evicts no pages");
}

static void check_governor(const struct context *context, struct check *check)
{
	const char *governor = text_of(context->machine, "governor");
	if (governor == NULL) {
		why_set(&check->found, 0, "none here: the host or the firmware sets the frequency");
		return;
	}
	why_set(&check->found, 0, "%s", governor);
	if (strcmp(governor, "performance") != 0)
		warn(check, "cpupower frequency-set -g performance");
}

static void check_turbo(const struct context *context, struct check *check)
{
	const json_t *turbo = json_object_get(context->machine, "turbo");
	if (turbo == NULL) {
		why_set(&check->found, 0, "not told here");
		return;
	}
	why_set(&check->found, 0, "%s", json_is_true(turbo) ? "on" : "off");
	if (json_is_true(turbo))
		warn(check,
		     "the clock changes with heat and load: write 1 to intel_pstate/no_turbo, or "
		     "0 to cpufreq/boost, in /sys/devices/system/cpu");
}

static void check_clock(const struct context *context, struct check *check)
{
	const char *source = text_of(context->kernel, "clock_source");
	uint64_t from_ns = clock_now_ns(), to_ns = from_ns;
	for (int i = 0; i < CLOCK_READINGS_COUNT; i++)
		to_ns = clock_now_ns();
	double cost_ns = (double)(to_ns - from_ns) / CLOCK_READINGS_COUNT;
	why_set(&check->found, 0, "%s, %.0f ns a reading", source == NULL ? "unknown" : source,
		cost_ns);
	if (cost_ns > CLOCK_SLOW_NS)
		warn(check,
		     "reading the clock is a system call here and latencies grow by it: boot with "
		     "clocksource=tsc, or kvm-clock in a guest");
}

static void check_memory(const struct context *context, struct check *check)
{
	const json_t *value = json_object_get(context->machine, "memory_available_bytes");
	double available_gib = json_number_value(value) / GIB;
	if (value == NULL) {
		why_set(&check->found, 0, "not known");
		return;
	}
	why_set(&check->found, 0, "%.1f GiB available", available_gib);
	if (available_gib < MEMORY_LEAST_GIB)
		warn(check, "files will not stay cached: free memory, or walk smaller graphs");
}

/* Recorded because results depend on it; neither state is wrong. */
static void check_huge_pages(const struct context *context, struct check *check)
{
	const char *state = text_of(context->machine, "transparent_hugepage");
	why_set(&check->found, 0, "%s", state == NULL ? "none in this kernel" : state);
}

static void check_aslr(const struct context *context, struct check *check)
{
	const char *state = text_of(context->machine, "aslr");
	why_set(&check->found, 0, "%s", state == NULL ? "not known" : state);
}

static const struct counter_info *info_of(const struct context *context, const char *name)
{
	for (size_t i = 0; i < context->counters_count; i++) {
		if (strcmp(context->counters[i].name, name) == 0)
			return &context->counters[i];
	}
	return NULL;
}

/* The counter's own words: "what is wrong; what to do". */
static void report_counter(const struct counter_info *info, struct check *check)
{
	if (info == NULL) {
		why_set(&check->found, 0, "not tried");
		return;
	}
	if (info->available) {
		why_set(&check->found, 0, "%s", info->source);
		return;
	}
	const char *text = info->why.text;
	const char *remedy = strstr(text, "; ");
	int found_len = remedy == NULL ? (int)strlen(text) : (int)(remedy - text);
	why_set(&check->found, 0, "%.*s", found_len, text);
	warn(check, remedy == NULL ? "see iowalk list counters" : remedy + 2);
}

static void check_syscalls(const struct context *context, struct check *check)
{
	report_counter(info_of(context, "syscalls"), check);
}

static void check_faults(const struct context *context, struct check *check)
{
	report_counter(info_of(context, "faults_minor"), check);
}

static void check_hardware(const struct context *context, struct check *check)
{
	report_counter(info_of(context, "cycles"), check);
}

static void check_paranoid(const struct context *context, struct check *check)
{
	const json_t *value = json_object_get(context->kernel, "perf_event_paranoid");
	json_int_t level = json_integer_value(value);
	if (value == NULL) {
		why_set(&check->found, 0, "no perf events in this kernel");
		return;
	}
	const struct counter_info *syscalls = info_of(context, "syscalls");
	bool privileged = syscalls != NULL && syscalls->available;
	why_set(&check->found, 0, "%lld%s", (long long)level,
		level > 1 && privileged ? ", which does not bind this user" : "");
	if (level > 1 && !privileged)
		warn(check, "sysctl kernel.perf_event_paranoid=1, or run as root");
}

static bool find_command(const char *name, char *path, size_t path_size)
{
	const char *folders = getenv("PATH");
	while (folders != NULL && *folders != '\0') {
		size_t len = strcspn(folders, ":");
		snprintf(path, path_size, "%.*s/%s", (int)len, folders, name);
		if (len > 0 && access(path, X_OK) == 0)
			return true;
		folders += len + (folders[len] == ':');
	}
	return false;
}

static void check_gnuplot(const struct context *context, struct check *check)
{
	(void)context;
	char path[512];
	if (find_command("gnuplot", path, sizeof(path))) {
		why_set(&check->found, 0, "%.200s", path);
		return;
	}
	why_set(&check->found, 0, "not found");
	warn(check, "reports will have no plots: apt-get install gnuplot-nox");
}

static void check_strace(const struct context *context, struct check *check)
{
	(void)context;
	char path[512];
	if (find_command("strace", path, sizeof(path)))
		why_set(&check->found, 0, "%.200s", path);
	else
		why_set(&check->found, 0, "not found: only a test needs it, and is skipped");
}

static const struct {
	const char *name;
	void (*look)(const struct context *context, struct check *check);
} checks[] = {
	{"build", check_build},
	{"folder", check_folder},
	{"file system", check_file_system},
	{"free space", check_free_space},
	{"page cache", check_page_cache},
	{"limits", check_file_limit},
	{"CPUs", check_cpus},
	{"load", check_load},
	{"reclaim", check_reclaim},
	{"governor", check_governor},
	{"turbo", check_turbo},
	{"clock", check_clock},
	{"memory", check_memory},
	{"huge pages", check_huge_pages},
	{"address randomisation", check_aslr},
	{"system call counts", check_syscalls},
	{"fault counts", check_faults},
	{"hardware counters", check_hardware},
	{"perf_event_paranoid", check_paranoid},
	{"gnuplot", check_gnuplot},
	{"strace", check_strace},
};

size_t environment_checks(const json_t *environment, const char *folder, struct check *out,
			  size_t max)
{
	struct counter_info infos[COUNTERS_MAX];
	struct context context = {
		.machine = json_object_get(environment, "machine"),
		.kernel = json_object_get(environment, "kernel"),
		.storage = json_object_get(environment, "storage"),
		.build = json_object_get(environment, "build"),
		.folder = folder,
		.counters = infos,
	};
	struct counters *counters = NULL;
	if (counters_new(COUNTERS_AUTO, &counters) == 0) {
		size_t have = counters_describe(counters, infos, COUNTERS_MAX);
		context.counters_count = have < COUNTERS_MAX ? have : COUNTERS_MAX;
	}
	size_t count = 0;
	for (; count < sizeof(checks) / sizeof(checks[0]) && count < max; count++) {
		out[count] = (struct check){.name = checks[count].name, .state = CHECK_OK};
		checks[count].look(&context, &out[count]);
	}
	counters_free(counters);
	return count;
}
