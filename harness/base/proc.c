/* Reads /proc: see proc.h. Source: proc(5), proc_interrupts(5) */
#include "proc.h"
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int proc_program(char *path, size_t path_size)
{
	ssize_t len = readlink("/proc/self/exe", path, path_size);

	if (len < 0)
		return -errno;
	if ((size_t)len >= path_size)
		return -ENAMETOOLONG;
	path[len] = '\0';
	return 0;
}

static int kib_field(const char *path, const char *key, uint64_t *bytes)
{
	char text[64], *end;
	int err = sysfs_field(text, sizeof(text), path, key);

	if (err)
		return err;
	uint64_t kib = strtoull(text, &end, 10);
	if (end == text)
		return -EINVAL;
	*bytes = kib * 1024;
	return 0;
}

int proc_meminfo(const char *key, uint64_t *bytes)
{
	return kib_field("/proc/meminfo", key, bytes);
}

int proc_status(const char *key, uint64_t *bytes)
{
	return kib_field("/proc/self/status", key, bytes);
}

int proc_smaps(const char *key, uint64_t *bytes)
{
	return kib_field("/proc/self/smaps_rollup", key, bytes);
}

unsigned proc_usable_cpus(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	return online > 0 ? (unsigned)online : 1; /* more processors than the set has room for */
}

int proc_boot_id(char *text, size_t text_size)
{
	return sysfs_line(text, text_size, "/proc/sys/kernel/random/boot_id");
}

int proc_io_open(void)
{
	int fd = open("/proc/self/io", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int proc_io_read(int fd, uint64_t *read_bytes, uint64_t *write_bytes)
{
	char text[512];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	const char *reads = strstr(text, "\nread_bytes: ");
	const char *writes = strstr(text, "\nwrite_bytes: ");
	if (reads == NULL || writes == NULL)
		return -EIO;
	*read_bytes = strtoull(reads + strlen("\nread_bytes: "), NULL, 10);
	*write_bytes = strtoull(writes + strlen("\nwrite_bytes: "), NULL, 10);
	return 0;
}

/* The line is "TLB:  123  456   TLB shootdowns", a number a processor. */
bool proc_tlb_shootdowns(uint64_t *shootdowns)
{
	char line[8192];
	bool found = false;
	FILE *file = fopen("/proc/interrupts", "re");
	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		char *text = line + strspn(line, " "), *end;
		if (strncmp(text, "TLB:", 4) != 0)
			continue;
		found = true;
		*shootdowns = 0;
		for (text += 4;; text = end) {
			uint64_t count = strtoull(text, &end, 10);
			if (end == text)
				break;
			*shootdowns += count;
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
}
