/* The list of counters: the source of each or, if it is absent, the reason and the remedy. */
#include "internal.h"

#include <errno.h>
#include <string.h>

const struct counter_event counters_basic_events[BASIC_COUNT] = {
	{"faults_minor", "PERF_COUNT_SW_PAGE_FAULTS_MIN", "page faults without I/O"},
	{"faults_major", "PERF_COUNT_SW_PAGE_FAULTS_MAJ", "page faults that waited for I/O"},
	{"context_switches", "PERF_COUNT_SW_CONTEXT_SWITCHES", "switches to another thread"},
};

const char *counters_basic_source(const struct counters *counters, int which)
{
	return counters->basic_index[which] < 0 || counters->perf_off ? "getrusage"
								      : "perf:software";
}

const char *counters_hardware_source(const struct counters *counters)
{
	return counters->hardware_user_only ? "perf:hardware:user" : "perf:hardware";
}

const char counters_syscalls_source[] = "perf:raw_syscalls:sys_enter";
const char counters_tracer_source[] = "ptrace";

const char *counters_mode_word(enum counters_mode mode)
{
	static const char *const words[] = {
		[COUNTERS_AUTO] = "auto", [COUNTERS_PTRACE] = "ptrace", [COUNTERS_NONE] = "none"};
	return (size_t)mode < sizeof(words) / sizeof(*words) ? words[mode] : NULL;
}

int counters_mode_parse(const char *word, enum counters_mode *mode)
{
	const char *known;
	*mode = COUNTERS_AUTO;
	if (word == NULL)
		return 0;
	while ((known = counters_mode_word(*mode)) != NULL && strcmp(known, word) != 0)
		++*mode;
	return known == NULL ? -EINVAL : 0;
}

/* The reason and the remedy for an absent counter. */
static void explain(const struct counters *counters, int index, const char *reason,
		    const char *remedy, struct why *why)
{
	if (counters->mode != COUNTERS_AUTO)
		why_set(why, index, "perf events were not asked for");
	else
		why_set(why, index, "%s; %s", reason, remedy);
}

static void explain_calls(const struct counters *counters, struct why *why)
{
	static const char paranoid[] =
		"run as root, or set kernel.perf_event_paranoid to 1 and make "
		"tracefs readable (mount -o remount,mode=755 /sys/kernel/tracing)";
	struct why both;
	why_set(&both, 0, "%s; %s", counters->syscalls_why.text, counters->tracer_why.text);
	explain(counters, counters->syscalls.all_index, both.text, paranoid, why);
}

static const char *hardware_remedy(int index)
{
	if (index == -EACCES || index == -EPERM)
		return "run as root or lower kernel.perf_event_paranoid to 1";
	if (index == -EINVAL)
		return "the processor has no counter free for it";
	return "there is no PMU: use a machine, or a virtual machine type, that has one";
}

size_t counters_describe(const struct counters *counters, struct counter_info *out, size_t max)
{
	struct counter_info all[2 + BASIC_COUNT + 5 + HARDWARE_COUNT] = {0};
	size_t count = 0;

	for (int i = 0; i < 2; i++) {
		struct counter_info *info = &all[count++];
		info->name = i == 0 ? "syscalls" : "syscalls_<name>";
		info->help =
			i == 0 ? "system calls in all" : "the same by name, for each that happened";
		bool is_perf = counters->syscalls.all_index >= 0;
		info->available = is_perf || counters->tracer != NULL;
		info->source = is_perf ? counters_syscalls_source : counters_tracer_source;
		if (!info->available) {
			info->source = NULL;
			explain_calls(counters, &info->why);
		}
	}
	for (int i = 0; i < BASIC_COUNT; i++)
		all[count++] = (struct counter_info){.name = counters_basic_events[i].name,
						     .help = counters_basic_events[i].help,
						     .available = true,
						     .source = counters_basic_source(counters, i)};
	all[count++] =
		(struct counter_info){"faults_minor_rusage",
				      "minor faults, those the kernel makes for itself included",
				      true,
				      "getrusage",
				      {""}};
	all[count++] = (struct counter_info){
		"faults_major_rusage", "major faults, likewise", true, "getrusage", {""}};
	for (int i = 0; i < 2; i++)
		all[count++] = (struct counter_info){
			.name = i == 0 ? "device_read_bytes" : "device_write_bytes",
			.help = i == 0 ? "fetched from the device by this process"
				       : "made dirty for the device by this process",
			.available = counters->io_fd >= 0,
			.source = counters->io_fd >= 0 ? "/proc/self/io" : NULL,
			.why = counters->io_why};
	all[count++] = (struct counter_info){
		.name = "tlb_shootdowns",
		.help = "interrupts to flush another processor's TLB, of the whole machine",
		.available = counters->has_tlb,
		.source = counters->has_tlb ? "/proc/interrupts" : NULL,
		.why = {"/proc/interrupts has no line TLB"}};
	for (size_t i = 0; i < HARDWARE_COUNT; i++) {
		struct counter_info *info = &all[count++];
		int index = counters->hardware_index[i];
		info->name = hardware_events[i].name;
		info->help = hardware_events[i].help;
		info->available = index >= 0;
		info->source = info->available ? counters_hardware_source(counters) : NULL;
		if (!info->available)
			explain(counters, index, counters->hardware_why[i].text,
				hardware_remedy(index), &info->why);
	}
	for (size_t i = 0; i < count && i < max; i++)
		out[i] = all[i];
	return count;
}
