/*
 * The machine, and what of it makes numbers unreliable. One probe serves environment.json (what the
 * run was taken on), the picture captions, and `iowalk doctor`.
 */
#ifndef IOWALK_MACHINE_ENVIRONMENT_H
#define IOWALK_MACHINE_ENVIRONMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../engines/option.h"

#define IOWALK_VERSION "0.1.0"

/*
 * A new JSON object, or NULL without memory. `folder` is where graph files lie (its file system and
 * device are described). Keys are left out where the machine does not tell. Groups: build (version,
 * commit, dirty, compiler, flags, build_type, libraries), machine (host_name, cpu_model,
 * cpus_online, mhz_per_cpu, caches, memory_total_bytes, memory_available_bytes, governor, turbo,
 * transparent_hugepage, aslr, virtualization, load_avg), kernel (release, version, machine,
 * perf_event_paranoid, clock_source), storage (path, file_system, mount_options, device,
 * read_ahead_bytes, rotational, scheduler, total_bytes, free_bytes), date (UTC, ISO).
 */
json_t *environment_probe(const char *folder);

/* "AMD EPYC, 2 CPUs, Linux 6.18.44, ext4" and "iowalk 0.1.0 (abc1234, dirty)": for captions. */
void environment_caption(const json_t *environment, char *machine, size_t machine_size, char *build,
			 size_t build_size);

/* The second of the two for this program itself. */
void environment_build_caption(char *build, size_t build_size);

enum check_state { CHECK_OK, CHECK_WARN, CHECK_FAIL };

/* One line of `doctor`: what was looked at, what was found, and what to do about it. */
struct check {
	const char *name;
	enum check_state state;
	struct why found;
	struct why remedy; /* empty where OK */
};

/* Fills at most `max` checks, returns how many. FAIL: runs will not work; WARN: numbers suffer. */
size_t environment_checks(const json_t *environment, const char *folder, struct check *out,
			  size_t max);

#endif
