/* Can the cached pages of a file be counted, and dropped from the page cache? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../prepare/cache_state.h"
#include "../check.h"

#define PROBE_BYTES (1u << 20) /* size of the test file */

/* Writes a file, counts its resident pages, drops them and counts again. 0, or negative errno with the
 * reason in check->found. */
static int try_cache(const char *path, int fd, struct check *check)
{
	static const char block[4096];
	for (unsigned i = 0; i < PROBE_BYTES / sizeof(block); i++) {
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			return why_set(&check->found, -EIO, "cannot write a file of 1 MiB: %s",
				       strerror(errno));
	}
	struct residency full, empty;
	int err = cache_residency(path, &full);
	if (err == 0)
		err = cache_drop(path);
	if (err == 0)
		err = cache_residency(path, &empty);
	if (err != 0)
		return why_set(&check->found, err, "cannot count the resident pages of a file: %s",
			       strerror(-err));
	why_set(&check->found, 0,
		"%s: %" PRIu64 " of %" PRIu64 " pages resident before a drop, %" PRIu64 " after",
		full.source, full.resident_count, full.pages_count, empty.resident_count);
	return full.resident_count < full.pages_count || empty.resident_count != 0 ? -EBUSY : 0;
}

static void look(const struct check_context *context, struct check *check)
{
	char *path = NULL;
	if (asprintf(&path, "%s/.iowalk-probe-XXXXXX", context->folder) < 0) {
		why_set(&check->found, 0, "not tested: %s", strerror(ENOMEM));
		check_warn(check, "free some memory");
		return;
	}
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		why_set(&check->found, 0, "not tested: cannot create a file: %s", strerror(errno));
		check_warn(check, "make the folder writable");
	} else {
		if (try_cache(path, fd, check) != 0)
			check_warn(
				check,
				"cold cells cannot be measured: choose a folder on a local disk");
		close(fd);
		unlink(path);
	}
	free(path);
}

const struct doctor_check check_page_cache = {.name = "page cache", .order = 500, .look = look};
