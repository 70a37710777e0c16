/*
 * What a process does to the files of one folder, recorded below its engine: each write with its bytes, each change of a
 * length or a name, each sync, in order. The calls are seen as those that are made to fail (intercept.h); stores into a
 * mapping, and what an io_uring writes, are found by comparing the file with what was recorded, at each such call and at
 * each recording_mark().
 *
 * Syncs are recorded, but not executed: what a device keeps is up to the images (images.h).
 */
#ifndef IOWALK_CONFORM_RECORDING_H
#define IOWALK_CONFORM_RECORDING_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RECORDING_FILES_MAX    16
#define RECORDING_NAMES_MAX    16
#define RECORDING_NAME_BYTES   64
#define RECORDING_EVENTS_MAX   20000
#define RECORDING_SECTOR_BYTES ((size_t)512) /* the least that a device writes whole */
#define RECORDING_PAGE_BYTES   ((size_t)4096)
#define RECORDING_ALL          UINT32_MAX /* every file: of syncfs() */

enum recorded_kind {
	RECORDED_WRITE, /* bytes[len_bytes] at `offset` */
	RECORDED_SIZE,  /* the length is now len_bytes */
	RECORDED_NAME,  /* name `to` is the file, name `from` is gone; -1: none */
	RECORDED_SYNC,  /* `file` from `offset` for len_bytes, with its length and name */
	RECORDED_BEGIN, /* operation begins: a mark */
	RECORDED_END,
};

struct recorded_event {
	enum recorded_kind kind;
	uint32_t file; /* index: one for each inode */
	uint64_t offset, len_bytes;
	unsigned char *bytes;
	int from, to;     /* indices of names */
	size_t operation; /* of a mark */
};

struct recorded_file {
	int fd; /* of this process; keeps the inode's number from being used again */
	dev_t device;
	ino_t inode;
	unsigned char *bytes; /* [capacity]: as recorded so far, zeros beyond size_bytes */
	size_t size_bytes, capacity;
	bool is_mapped;
};

struct recording {
	const char *folder;            /* the caller's; without symbolic links */
	struct recorded_event *events; /* [count] */
	size_t count, capacity;
	struct recorded_file files[RECORDING_FILES_MAX]; /* [files_count] */
	uint32_t files_count;
	char names[RECORDING_NAMES_MAX]
		  [RECORDING_NAME_BYTES];    /* [names_count], relative to the folder */
	int names_file[RECORDING_NAMES_MAX]; /* the file that has it now, or -1 */
	int names_count;
	int pending; /* a name that the call before may have created, or -1 */
	int err;     /* the first error: the recording is incomplete */
};

void recording_init(struct recording *recording, const char *folder);
void recording_release(struct recording *recording);

/*
 * In the parent, before a call of the child is executed; `process` is the child's pidfd. Returns whether the call is not to
 * be executed and gives 0.
 */
bool recording_watch(void *recording, pid_t child, int process, const struct seccomp_data *data);

/* In the child: an operation begins or ends. */
void recording_mark(enum recorded_kind kind, size_t operation);

/* In the child: compare mapped files now. */
void recording_look(void);

#endif
