/*
 * A file on a device that cannot read a part of it: a file system of one file (FUSE), whose server gives EIO there. It is mounted in
 * a namespace of the process alone, where needed one of users as well, so that it needs no root, and ends with the process.
 *
 * Source: fuse(4), <linux/fuse.h>, the kernel's filesystems/fuse.rst; mount_namespaces(7), user_namespaces(7).
 */
#ifndef IOWALK_CONFORM_FAILING_DEVICE_H
#define IOWALK_CONFORM_FAILING_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "../../engines/why.h"

#define FAILING_NAME "file" /* in the folder where it is mounted */

struct failing_device {
	size_t size_bytes;
	uint64_t bad_from, bad_to; /* reads and writes that touch this range fail */
	/* Fills in the bytes from `offset` on. */
	void (*fill)(unsigned char *bytes, uint64_t offset, size_t len_bytes);
};

/*
 * Mounts it on an existing folder, for this process and its children, which has one thread. What is written outside the range is forgotten.
 * 0, or -EOPNOTSUPP with the reason.
 */
int failing_device_mount(const struct failing_device *device, const char *folder, struct why *why);

#endif
