/*
 * Huge pages of file mappings.
 *
 * The effect of madvise(MADV_HUGEPAGE) depends on the file system and the kernel: ext4 and xfs read
 * ahead in folios of 2 MiB (since Linux 6.16 and 5.18), tmpfs does if it is mounted or configured
 * so, others never do. The call succeeds in all cases. Therefore the probe creates a file, maps it,
 * touches it, and reads from /proc/self/smaps what it got; the share of a mapping is read from the
 * same file.
 *
 * Source: madvise(2), proc_pid_smaps(5), the kernel's admin-guide/mm/transhuge.
 */
#include "huge_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_BYTES  ((size_t)2 << 20) /* of a huge page on x86-64 and arm64 with 4 KiB pages */
#define PROBE_BYTES (4 * HUGE_BYTES)  /* contains an aligned huge page, which is read ahead whole */
#define TOUCH_BYTES ((size_t)16 << 10) /* any step shorter than a huge page would do */

int huge_pages_count(const void *base, size_t len_bytes, uint64_t *huge_bytes,
		     uint64_t *mapped_bytes)
{
	uintptr_t first = (uintptr_t)base, last = first + len_bytes;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool within = false;
	char line[512];

	if (!smaps)
		return -EOPNOTSUPP;
	while (fgets(line, sizeof(line), smaps)) {
		uint64_t from, to, kib;
		char name[32];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2)
			within = from < last && to > first;
		if (!within || sscanf(line, "%31[A-Za-z]: %" SCNu64 " kB", name, &kib) != 2)
			continue;
		if (strcmp(name, "Rss") == 0)
			*mapped_bytes += kib << 10;
		else if (strcmp(name, "AnonHugePages") == 0 ||
			 strcmp(name, "ShmemPmdMapped") == 0 || strcmp(name, "FilePmdMapped") == 0)
			*huge_bytes += kib << 10;
	}
	fclose(smaps);
	return 0;
}

/* A file of PROBE_BYTES that has been written to the device and dropped from the cache. */
static int make_file(int fd)
{
	unsigned char *bytes = malloc(HUGE_BYTES);
	struct engine_file file = {.fd = fd, .writable = true, .size_bytes = PROBE_BYTES};
	int err = bytes ? 0 : -ENOMEM;

	if (bytes)
		memset(bytes, 1, HUGE_BYTES);
	for (uint64_t at = 0; !err && at < PROBE_BYTES; at += HUGE_BYTES)
		err = engine_file_write(&file, at, bytes, HUGE_BYTES);
	free(bytes);
	return err ? err : engine_file_drop(&file);
}

/* Maps the file, touches all of it, and counts. */
static int look(int fd, uint64_t *huge_bytes)
{
	volatile unsigned char *base = mmap(NULL, PROBE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	uint64_t mapped_bytes = 0;
	int err;

	if (base == MAP_FAILED)
		return -errno;
	err = madvise((void *)base, PROBE_BYTES, MADV_HUGEPAGE) < 0 ? -errno : 0;
	for (size_t at = 0; !err && at < PROBE_BYTES; at += TOUCH_BYTES)
		(void)base[at];
	if (!err)
		err = huge_pages_count((const void *)base, PROBE_BYTES, huge_bytes, &mapped_bytes);
	munmap((void *)base, PROBE_BYTES);
	return err;
}

int huge_pages_probe(const char *folder, struct why *why)
{
	uint64_t huge_bytes = 0;
	char path[4096];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/.iowalk-probe-XXXXXX", folder) >= (int)sizeof(path))
		return why_set(why, -EOPNOTSUPP, "no huge pages: the folder's name is too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return why_set(why, -EOPNOTSUPP, "no huge pages: cannot make a file in '%.80s': %s",
			       folder, strerror(errno));
	err = make_file(fd);
	if (!err)
		err = look(fd, &huge_bytes);
	close(fd);
	unlink(path);
	if (err == -EINVAL)
		return why_set(why, -EOPNOTSUPP,
			       "no huge pages: the kernel was built without (or they are off: "
			       "/sys/kernel/mm/transparent_hugepage/enabled)");
	if (err)
		return why_set(why, -EOPNOTSUPP, "no huge pages in '%.80s': %s", folder,
			       strerror(-err));
	if (!huge_bytes)
		return why_set(why, -EOPNOTSUPP,
			       "no huge pages in '%.80s': its file system maps files by single "
			       "pages (ext4 does not from Linux 6.16 on, tmpfs mounted with "
			       "huge=advise)",
			       folder);
	return 0;
}
