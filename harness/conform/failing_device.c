/* See failing_device.h. */
#include "failing_device.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define WRITE_MAX_BYTES ((size_t)128 << 10)
#define BUFFER_BYTES    (WRITE_MAX_BYTES + 4096) /* a request with its heads */
#define FILE_NODE       2                        /* FUSE_ROOT_ID is the folder */
#define VALID_S         3600                     /* of what is looked up */

/* ---- the server ---- */

static void answer(int fd, uint64_t unique, int err, const void *data, size_t len_bytes)
{
	struct fuse_out_header head = {.len = (uint32_t)(sizeof(head) + (err ? 0 : len_bytes)),
				       .error = err,
				       .unique = unique};
	struct iovec parts[] = {{&head, sizeof(head)}, {(void *)(uintptr_t)data, len_bytes}};

	/* A process that was killed no longer waits for it. */
	if (writev(fd, parts, err || !len_bytes ? 1 : 2) < 0)
		return;
}

static struct fuse_attr attributes(const struct failing_device *device, uint64_t node)
{
	struct fuse_attr attr = {.ino = node, .nlink = 1, .uid = geteuid(), .gid = getegid()};

	attr.blksize = 4096;
	attr.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	attr.size = node == FUSE_ROOT_ID ? 0 : device->size_bytes;
	attr.blocks = (attr.size + 511) / 512;
	return attr;
}

static bool is_bad(const struct failing_device *device, uint64_t offset, uint64_t len_bytes)
{
	return offset < device->bad_to && offset + len_bytes > device->bad_from;
}

static void answer_read(const struct failing_device *device, int fd, uint64_t unique,
			const struct fuse_read_in *in, unsigned char *bytes)
{
	uint64_t left = in->offset < device->size_bytes ? device->size_bytes - in->offset : 0;
	size_t len_bytes = left < in->size ? (size_t)left : in->size;

	if (len_bytes > BUFFER_BYTES || is_bad(device, in->offset, len_bytes)) {
		answer(fd, unique, -EIO, NULL, 0);
		return;
	}
	device->fill(bytes, in->offset, len_bytes);
	answer(fd, unique, 0, bytes, len_bytes);
}

static void answer_init(int fd, uint64_t unique, const struct fuse_init_in *in)
{
	/* The size of an answer tells its version: that of 7.23 to 7.35. */
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
				    .minor = in->minor < 31 ? in->minor : 31,
				    .max_readahead = in->max_readahead,
				    .max_background = 16,
				    .max_write = WRITE_MAX_BYTES};

	answer(fd, unique, 0, &out, sizeof(out));
}

static void answer_one(const struct failing_device *device, int fd,
		       const struct fuse_in_header *head, const void *in, unsigned char *bytes)
{
	struct fuse_attr_out attr = {.attr_valid = VALID_S,
				     .attr = attributes(device, head->nodeid)};
	struct fuse_entry_out entry = {.nodeid = FILE_NODE,
				       .entry_valid = VALID_S,
				       .attr_valid = VALID_S,
				       .attr = attributes(device, FILE_NODE)};
	struct fuse_open_out opened = {.fh = 0};
	const struct fuse_write_in *write_in = in;
	struct fuse_write_out written = {.size = write_in->size};

	switch (head->opcode) {
	case FUSE_INIT:
		answer_init(fd, head->unique, in);
		return;
	case FUSE_LOOKUP:
		answer(fd, head->unique, strcmp(in, FAILING_NAME) == 0 ? 0 : -ENOENT, &entry,
		       sizeof(entry));
		return;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		answer(fd, head->unique, 0, &attr, sizeof(attr));
		return;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(fd, head->unique, 0, &opened, sizeof(opened));
		return;
	case FUSE_READ:
		answer_read(device, fd, head->unique, in, bytes);
		return;
	case FUSE_WRITE:
		answer(fd, head->unique,
		       is_bad(device, write_in->offset, write_in->size) ? -EIO : 0, &written,
		       sizeof(written));
		return;
	case FUSE_FLUSH:
	case FUSE_FSYNC:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(fd, head->unique, 0, NULL, 0);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return; /* without an answer */
	default:
		answer(fd, head->unique, -ENOSYS, NULL, 0);
	}
}

/* Until the file system is unmounted. */
static void serve(const struct failing_device *device, int fd)
{
	static union {
		struct fuse_in_header head;
		unsigned char bytes[BUFFER_BYTES];
	} request;
	static unsigned char bytes[BUFFER_BYTES];

	for (;;) {
		ssize_t got = read(fd, &request, sizeof(request));

		if (got < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN))
			continue; /* ENOENT: the request was interrupted */
		if (got < (ssize_t)sizeof(request.head))
			return;
		answer_one(device, fd, &request.head, request.bytes + sizeof(request.head), bytes);
	}
}

/* ---- mounting ---- */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return is_written;
}

/* Mounts of this process are its own from now on. */
static bool leave_namespace(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char uid_map[40], gid_map[40];

	if (unshare(CLONE_NEWNS) == 0)
		return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	snprintf(uid_map, sizeof(uid_map), "%u %u 1", uid, uid);
	snprintf(gid_map, sizeof(gid_map), "%u %u 1", gid, gid);
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uid_map) &&
	       write_text("/proc/self/gid_map", gid_map) &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

int failing_device_mount(const struct failing_device *device, const char *folder, struct why *why)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	pid_t parent = getpid();
	char options[120];

	if (fd < 0)
		return why_set(why, -EOPNOTSUPP, "no device that fails: /dev/fuse: %s",
			       strerror(errno));
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
		 geteuid(), getegid());
	if (!leave_namespace() ||
	    mount("iowalk", folder, "fuse.iowalk", MS_NOSUID | MS_NODEV, options)) {
		int err = errno;

		close(fd);
		return why_set(why, -EOPNOTSUPP, "no device that fails: FUSE cannot be mounted: %s",
			       strerror(err));
	}
	pid_t server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(0);
		if (getppid() == parent)
			serve(device, fd);
		child_exit(0);
	}
	close(fd);
	return server > 0 ? 0 : why_set(why, -EOPNOTSUPP, "no process for a device that fails");
}
