/*
 * The environment of a run, read from /proc, /sys and the libraries. A key is left out if the
 * machine does not provide its value: absent means unknown, 0 means zero. `caches` has the form of
 * Google Benchmark's context, because readers of that format need it.
 */
#include "environment.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <perfmon/pfmlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "../../references/reference.h"
#include "../base/cgroup.h"
#include "../base/files.h"
#include "../base/proc.h"
#include "../base/storage.h"
#include "../base/sysfs.h"
#include "../base/text.h"
#include "version.h"
#include "../base/clock.h"
#include "job.h"

#define CPUS "/sys/devices/system/cpu"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#if defined(SANITIZED)
static const char build_type[] = "sanitized";
#elif defined(__OPTIMIZE__) && defined(NDEBUG)
static const char build_type[] = "release";
#else
static const char build_type[] = "debug";
#endif

static void set_string(json_t *object, const char *key, const char *value)
{
	/* json_string() returns NULL if the text is not UTF-8; then nothing is set. */
	json_object_set_new(object, key, json_string(value));
}

static void set_integer(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *probe_build(void)
{
	json_t *build = json_object();
	json_t *libraries = json_object();
	char version[32];
	set_string(build, "version", IOWALK_VERSION);
	set_string(build, "commit", IOWALK_COMMIT);
	json_object_set_new(build, "dirty", json_boolean(IOWALK_DIRTY));
	set_string(build, "compiler", IOWALK_COMPILER);
	set_string(build, "flags", IOWALK_CFLAGS);
	set_string(build, "build_type", build_type);
	uint64_t hash, bytes;
	char digits[24];
	if (hash_file("/proc/self/exe", &hash, &bytes) == 0) {
		snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
		set_string(build, "program_hash", digits);
	}
	snprintf(version, sizeof(version), "%d.%d", PFM_MAJ_VERSION(LIBPFM_VERSION),
		 PFM_MIN_VERSION(LIBPFM_VERSION));
	set_string(libraries, "libc", gnu_get_libc_version());
	set_string(libraries, "libpfm_interface", version);
	set_string(libraries, "jansson", jansson_version_str());
	set_string(libraries, "zlib", zlibVersion());
	for (size_t i = 0; i < references_count(); i++) {
		const struct layout_ops *store = reference_at(i);

		if (store->library_version)
			set_string(libraries, store->name, store->library_version());
	}
	json_object_set_new(build, "libraries", libraries);
	return build;
}

/* The number of bits set in a mask like "00000000,0000000f". */
static int64_t mask_count(const char *mask)
{
	int64_t count = 0;
	for (; *mask != '\0'; mask++) {
		char digit[2] = {*mask, '\0'};
		count += __builtin_popcountl((unsigned long)strtoul(digit, NULL, 16));
	}
	return count;
}

/* "32K", "1024K", "32M" as bytes. */
static int64_t size_of(const char *text)
{
	char *unit;
	int64_t number = strtoll(text, &unit, 10);
	if (*unit == 'K')
		return number << 10;
	return *unit == 'M' ? number << 20 : number;
}

static json_t *probe_caches(void)
{
	json_t *caches = json_array();
	for (int i = 0;; i++) {
		char type[32], bytes[32], shared[1024];
		int64_t level;
		if (sysfs_line(type, sizeof(type), CPUS "/cpu0/cache/index%d/type", i) != 0 ||
		    sysfs_line(bytes, sizeof(bytes), CPUS "/cpu0/cache/index%d/size", i) != 0 ||
		    sysfs_number(&level, CPUS "/cpu0/cache/index%d/level", i) != 0 ||
		    sysfs_line(shared, sizeof(shared), CPUS "/cpu0/cache/index%d/shared_cpu_map",
			       i) != 0)
			break;
		json_t *cache = json_object();
		set_string(cache, "type", type);
		set_integer(cache, "level", level);
		set_integer(cache, "size", size_of(bytes));
		set_integer(cache, "num_sharing", mask_count(shared));
		json_array_append_new(caches, cache);
	}
	return caches;
}

/* The hypervisor, by CPUID leaf 0x40000000; "none" on bare metal. */
static void probe_virtualization(json_t *machine)
{
#if defined(__x86_64__)
	unsigned eax, ebx, ecx, edx;
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return;
	if (!(ecx & (1u << 31))) {
		set_string(machine, "virtualization", "none");
		return;
	}
	static const struct {
		const char *signature, *name;
	} known[] = {{"KVMKVMKVM", "kvm"},        {"VMwareVMware", "vmware"},
		     {"Microsoft Hv", "hyper-v"}, {"XenVMMXenVMM", "xen"},
		     {"TCGTCGTCGTCG", "qemu"},    {"bhyve bhyve ", "bhyve"}};
	char signature[13] = "";
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	const char *name = signature[0] != '\0' ? signature : "unknown";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(signature, known[i].signature) == 0)
			name = known[i].name;
	}
	set_string(machine, "virtualization", name);
#else
	char type[64];
	if (sysfs_line(type, sizeof(type), "/sys/hypervisor/type") == 0)
		set_string(machine, "virtualization", type);
#endif
}

static void probe_aslr(json_t *machine)
{
	int64_t randomize;
	int persona = personality(0xffffffff); /* reads the persona, changes nothing */
	if (persona != -1 && (persona & ADDR_NO_RANDOMIZE))
		set_string(machine, "aslr", "off (personality)");
	else if (sysfs_number(&randomize, "/proc/sys/kernel/randomize_va_space") == 0)
		set_string(machine, "aslr",
			   randomize == 0   ? "off"
			   : randomize == 1 ? "partial"
					    : "full");
}

static void probe_frequency(json_t *machine)
{
	char line[64];
	int64_t number;
	if (sysfs_number(&number, CPUS "/cpu0/cpufreq/cpuinfo_max_freq") == 0)
		set_integer(machine, "mhz_per_cpu", number / 1000);
	else if (sysfs_field(line, sizeof(line), "/proc/cpuinfo", "cpu MHz") == 0)
		set_integer(machine, "mhz_per_cpu", (int64_t)(strtod(line, NULL) + 0.5));
	if (sysfs_line(line, sizeof(line), CPUS "/cpu0/cpufreq/scaling_governor") == 0)
		set_string(machine, "governor", line);
	if (sysfs_number(&number, CPUS "/intel_pstate/no_turbo") == 0)
		json_object_set_new(machine, "turbo", json_boolean(number == 0));
	else if (sysfs_number(&number, CPUS "/cpufreq/boost") == 0)
		json_object_set_new(machine, "turbo", json_boolean(number != 0));
}

/* x86 has a name. arm64 has numbers of the maker and the part, which name the core, and often the name of the
 * board or of the kind of virtual machine. */
static bool cpu_model(char *text, size_t size)
{
	static const char *const numbers[] = {"CPU implementer", "CPU part", "CPU variant",
					      "CPU revision"};
	char line[128], board[128];
	if (sysfs_field(text, size, "/proc/cpuinfo", "model name") == 0)
		return true;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (sysfs_field(line, sizeof(line), "/proc/cpuinfo", numbers[i]) == 0)
			text_append(text, size, "%s%s %s", text[0] == '\0' ? "" : ", ", numbers[i],
				    line);
	}
	if (sysfs_line(board, sizeof(board), "/sys/firmware/devicetree/base/model") == 0 ||
	    sysfs_line(board, sizeof(board), "/sys/class/dmi/id/product_name") == 0)
		text_append(text, size, "%s%s", text[0] == '\0' ? "" : ", ", board);
	return text[0] != '\0';
}

static json_t *probe_machine(void)
{
	json_t *machine = json_object();
	char line[256];
	if (gethostname(line, sizeof(line)) == 0)
		set_string(machine, "host_name", line);
	if (cpu_model(line, sizeof(line)))
		set_string(machine, "cpu_model", line);
	set_integer(machine, "cpus_online", sysconf(_SC_NPROCESSORS_ONLN));
	set_integer(machine, "cpus_usable", (int64_t)proc_usable_cpus());
	probe_frequency(machine);
	json_object_set_new(machine, "caches", probe_caches());
	uint64_t bytes;
	if (proc_meminfo("MemTotal", &bytes) == 0)
		set_integer(machine, "memory_total_bytes", (int64_t)bytes);
	struct memory_limit limit;
	memory_limit_read(&limit);
	if (limit.available_bytes != UINT64_MAX)
		set_integer(machine, "memory_available_bytes", (int64_t)limit.available_bytes);
	if (limit.limit_bytes != UINT64_MAX)
		set_integer(machine, "memory_limit_bytes", (int64_t)limit.limit_bytes);
	if (sysfs_line(line, sizeof(line), "/sys/kernel/mm/transparent_hugepage/enabled") == 0) {
		sysfs_choice(line);
		set_string(machine, "transparent_hugepage", line);
	}
	probe_aslr(machine);
	probe_virtualization(machine);
	double load[3];
	if (getloadavg(load, 3) == 3)
		json_object_set_new(machine, "load_avg",
				    json_pack("[f, f, f]", load[0], load[1], load[2]));
	return machine;
}

static json_t *probe_kernel(void)
{
	json_t *kernel = json_object();
	struct utsname names;
	if (uname(&names) == 0) {
		set_string(kernel, "release", names.release);
		set_string(kernel, "version", names.version);
		set_string(kernel, "machine", names.machine);
	}
	int64_t paranoid;
	if (sysfs_number(&paranoid, "/proc/sys/kernel/perf_event_paranoid") == 0)
		set_integer(kernel, "perf_event_paranoid", paranoid);
	char line[64];
	if (sysfs_line(line, sizeof(line),
		       "/sys/devices/system/clocksource/clocksource0/current_clocksource") == 0)
		set_string(kernel, "clock_source", line);
	return kernel;
}

json_t *environment_probe(const char *folder)
{
	json_t *environment = json_object();
	if (environment == NULL)
		return NULL;
	char date[UTC_STAMP_MAX];
	utc_stamp(date);
	set_string(environment, "date", date);
	int err = json_object_set_new(environment, "build", probe_build());
	err |= json_object_set_new(environment, "machine", probe_machine());
	err |= json_object_set_new(environment, "kernel", probe_kernel());
	err |= json_object_set_new(environment, "storage", storage_probe(folder));
	json_t *job = job_probe();
	err |= job == NULL ? 0 : json_object_set_new(environment, "job", job);
	if (err == 0)
		return environment;
	json_decref(environment);
	return NULL;
}

static void put_build_caption(char *build, size_t build_size, const char *version,
			      const char *commit, bool dirty)
{
	snprintf(build, build_size, "iowalk %s (%.7s%s)", version, commit, dirty ? ", dirty" : "");
}

void environment_caption(const json_t *environment, char *machine, size_t machine_size, char *build,
			 size_t build_size)
{
	/* The record may come from another machine or an older version and lack some of these. */
	const char *cpu = "unknown CPU", *release = "?", *file_system = "unknown file system";
	const char *version = "?", *commit = "unknown";
	int dirty = 0;
	json_int_t cpus_count = 0;
	json_t *root = (json_t *)environment;
	json_unpack(root, "{s?{s?s, s?I}}", "machine", "cpu_model", &cpu, "cpus_online",
		    &cpus_count);
	json_unpack(root, "{s?{s?s}, s?{s?s}}", "kernel", "release", &release, "storage",
		    "file_system", &file_system);
	json_unpack(root, "{s?{s?s, s?s, s?b}}", "build", "version", &version, "commit", &commit,
		    "dirty", &dirty);
	int release_len = (int)strcspn(release, "-+");
	snprintf(machine, machine_size, "%s, %lld CPU%s, Linux %.*s, %s", cpu,
		 (long long)cpus_count, cpus_count == 1 ? "" : "s", release_len, release,
		 file_system);
	put_build_caption(build, build_size, version, commit, dirty);
}

void environment_build_caption(char *build, size_t build_size)
{
	put_build_caption(build, build_size, IOWALK_VERSION, IOWALK_COMMIT, IOWALK_DIRTY);
}
