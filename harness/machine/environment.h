/*
 * The machine that a run was made on. One probe serves environment.json, the captions of figures,
 * and `iowalk doctor`.
 */
#ifndef IOWALK_MACHINE_ENVIRONMENT_H
#define IOWALK_MACHINE_ENVIRONMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../engines/option.h"

#define IOWALK_VERSION "0.1.0"

/*
 * A new JSON object, or NULL if out of memory. `folder` is that of the graph files, whose file
 * system and device are described. Keys that the machine does not provide are left out. Groups:
 * build (version, commit, dirty, compiler, flags, build_type, libraries), machine (host_name,
 * cpu_model, cpus_online, mhz_per_cpu, caches, memory_total_bytes, memory_available_bytes,
 * governor, turbo, transparent_hugepage, aslr, virtualization, load_avg), kernel (release, version,
 * machine, perf_event_paranoid, clock_source), storage (path, file_system, mount_options, device,
 * read_ahead_bytes, rotational, scheduler, total_bytes, free_bytes), job (see job.h), date (UTC, ISO).
 */
json_t *environment_probe(const char *folder);

/* "AMD EPYC, 2 CPUs, Linux 6.18.44, ext4" and "iowalk 0.1.0 (abc1234, dirty)": for captions. */
void environment_caption(const json_t *environment, char *machine, size_t machine_size, char *build,
			 size_t build_size);

/* The build caption of this program. */
void environment_build_caption(char *build, size_t build_size);

#endif
