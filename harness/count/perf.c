/*
 * Perf events in groups. libpfm4 encodes an event's name as a perf_event_attr. It is loaded when the
 * first event is named: relocating its tables takes about as long as the rest of a process's start,
 * and most processes name no event.
 *
 * Only the leader of a group is created disabled. The others count whenever it does, so one ioctl
 * starts or stops the whole group at the same moment.
 *
 * A group of children is inherited by them (attr.inherit) and stays disabled in this process: the copy in
 * a child is enabled by its execve(2) (attr.enable_on_exec), and so are those that its children
 * inherit. Reading an event gives the sum over all copies; the kernel does not give those of a group together.
 *
 * The kernel hands the events of a process and of its child to each other, instead of changing them, when it
 * switches between the two while both have the same ones. The events whose descriptors are here
 * would go to the child, and end with it. Therefore there is one more event that is not inherited, the anchor.
 *
 * Sources: perf_event_open(2), pfm_get_os_event_encoding(3), dlopen(3); context_equiv() in the kernel's
 * kernel/events/core.c.
 */
#include "perf.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Includes <perfmon/perf_event.h>, which conflicts with <linux/perf_event.h>. */
#include <perfmon/pfmlib_perf_event.h>

#define READ_TIMES (PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING)

#define PFM_LIBRARY "libpfm.so.4"
_Static_assert(PFM_MAJ_VERSION(LIBPFM_VERSION) == 4, "the header is of the library that is loaded");

struct pfm {
	void *library;
	typeof(pfm_initialize) *initialize;
	typeof(pfm_get_os_event_encoding) *encode;
	typeof(pfm_strerror) *error_text;
};

/* Loaded once and never unloaded: at its exit it frees its tables. NULL, with the reason, if it cannot be. */
static const struct pfm *load_pfm(struct why *why)
{
	static struct pfm pfm;

	if (pfm.library)
		return &pfm;
	void *library = dlopen(PFM_LIBRARY, RTLD_NOW);
	if (library) {
		pfm.initialize = dlsym(library, "pfm_initialize");
		pfm.encode = dlsym(library, "pfm_get_os_event_encoding");
		pfm.error_text = dlsym(library, "pfm_strerror");
	}
	if (!library || !pfm.initialize || !pfm.encode || !pfm.error_text) {
		why_set(why, -EOPNOTSUPP, "cannot load libpfm4: %s", dlerror());
		return NULL;
	}
	pfm.library = library;
	return &pfm;
}

/* pfm_initialize() may be called any number of times. */
static int encode(const char *event, struct perf_event_attr *attr, struct why *why)
{
	const struct pfm *pfm = load_pfm(why);
	if (!pfm)
		return -EOPNOTSUPP;
	*attr = (struct perf_event_attr){.size = sizeof(*attr)};
	pfm_perf_encode_arg_t argument = {.attr = attr, .size = sizeof(argument)};
	pfm_err_t err = pfm->initialize();
	if (err == PFM_SUCCESS)
		err = pfm->encode(event, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT, &argument);
	if (err == PFM_SUCCESS)
		return 0;
	return why_set(why, -EOPNOTSUPP, "libpfm4 cannot encode %s: %s", event,
		       pfm->error_text(err));
}

static int add(struct perf_group *group, const char *event, struct perf_event_attr *attr,
	       struct why *why)
{
	if (group->events_count == PERF_GROUP_MAX)
		return why_set(why, -E2BIG, "cannot open %s: the group is full", event);
	int leader = group->events_count == 0 ? -1 : group->fds[0];
	if (group->of_children && leader == -1) {
		attr->disabled = 1;
		group->anchor_fd =
			(int)syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	}
	attr->disabled = leader == -1;
	attr->read_format = READ_TIMES | (group->of_children ? 0 : PERF_FORMAT_GROUP);
	attr->inherit = group->of_children;
	attr->enable_on_exec = group->of_children && leader == -1;
	long fd = syscall(SYS_perf_event_open, attr, group->thread_id, -1, leader,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd < 0) {
		int err = -errno;
		if (group->of_children && leader == -1 && group->anchor_fd >= 0)
			close(group->anchor_fd);
		return why_set(why, err, "cannot open %s: %s", event, strerror(-err));
	}
	group->fds[group->events_count] = (int)fd;
	return (int)group->events_count++;
}

int perf_group_add(struct perf_group *group, const char *event, bool user_only, struct why *why)
{
	struct perf_event_attr attr;
	int err = encode(event, &attr, why);
	if (err != 0)
		return err;
	attr.exclude_kernel = user_only;
	return add(group, event, &attr, why);
}

int perf_group_add_tracepoint(struct perf_group *group, uint64_t id, const char *filter,
			      struct why *why)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = id};
	int index = add(group, "the tracepoint", &attr, why);
	if (index < 0 || filter == NULL)
		return index;
	if (ioctl(group->fds[index], PERF_EVENT_IOC_SET_FILTER, filter) == 0)
		return index;
	int err = -errno;
	close(group->fds[index]);
	group->events_count--;
	return why_set(why, err, "cannot filter for %s: %s", filter, strerror(-err));
}

void perf_group_close(struct perf_group *group)
{
	if (group->of_children && group->events_count > 0 && group->anchor_fd >= 0)
		close(group->anchor_fd);
	while (group->events_count > 0)
		close(group->fds[--group->events_count]);
}

int perf_group_enable(const struct perf_group *group)
{
	if (group->events_count == 0 || group->of_children)
		return 0;
	return ioctl(group->fds[0], PERF_EVENT_IOC_ENABLE, 0) == 0 ? 0 : -errno;
}

int perf_group_disable(const struct perf_group *group)
{
	if (group->events_count == 0 || group->of_children)
		return 0;
	return ioctl(group->fds[0], PERF_EVENT_IOC_DISABLE, 0) == 0 ? 0 : -errno;
}

static int read_singly(const struct perf_group *group, struct perf_reading *out)
{
	out->events_count = group->events_count;
	for (unsigned i = 0; i < group->events_count; i++) {
		struct {
			uint64_t value, enabled_ns, running_ns;
		} one;
		ssize_t got = read(group->fds[i], &one, sizeof(one));
		if (got != (ssize_t)sizeof(one))
			return got < 0 ? -errno : -EIO;
		out->values[i] = one.value;
		out->enabled_ns = one.enabled_ns;
		out->running_ns = one.running_ns;
	}
	return 0;
}

int perf_group_read(const struct perf_group *group, struct perf_reading *out)
{
	if (group->events_count == 0)
		return 0;
	if (group->of_children)
		return read_singly(group, out);
	size_t len_bytes = (3 + (size_t)group->events_count) * sizeof(uint64_t);
	ssize_t got = read(group->fds[0], out, len_bytes);
	if (got < 0)
		return -errno;
	return (size_t)got == len_bytes ? 0 : -EIO;
}
