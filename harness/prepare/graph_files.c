/* Graph files in the cache folder: see graph_files.h. */
#include "graph_files.h"

#include "../../engines/support/choose.h"
#include "../../workloads/support/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define SUFFIX   ".graph"
#define BUILDING "building."
#define IN_USE   "uses."
/* Larger files are not read as a whole before each run: 12 GB take a minute. */
#define CHECKED_BYTES_MAX (256 << 20)
#define OLD_FILE_S        86400 /* a day: nothing is built for that long */

void graph_file_path(const char *folder, const struct cell *cell, uint64_t content_hash, char *path,
		     size_t path_size)
{
	const struct graph_params *params = &cell->params;
	char identity[512];
	bool seeded = cell->graph->capabilities & GRAPH_USES_SEED;
	bool degreed = cell->graph->capabilities & GRAPH_USES_DEGREE;
	uint64_t degree = degreed ? params->degree : 0;
	size_t used = (size_t)snprintf(identity, sizeof(identity),
				       "%s v%" PRIu32 " n%" PRIu64 " d%" PRIu64 " s%" PRIx64
				       " u%d %016" PRIx64 " %s v%" PRIu32,
				       cell->graph->name, cell->graph->version,
				       params->path ? 0 : params->nodes_count, degree,
				       seeded ? params->seed : 0, params->undirected, content_hash,
				       cell->layout->name, cell->layout->version);

	for (uint32_t i = 0; i < cell->layout->options_count && used < sizeof(identity); i++)
		used += (size_t)snprintf(identity + used, sizeof(identity) - used, " %" PRIu64,
					 cell->layout_options[i]);
	if (params->path)
		snprintf(path, path_size, "%s/%s-%s-%016" PRIx64 SUFFIX, folder, cell->graph->name,
			 cell->layout->name, (uint64_t)XXH3_64bits(identity, strlen(identity)));
	else
		snprintf(path, path_size, "%s/%s-n%" PRIu64 "-d%" PRIu64 "-%s-%016" PRIx64 SUFFIX,
			 folder, cell->graph->name, params->nodes_count, degree, cell->layout->name,
			 (uint64_t)XXH3_64bits(identity, strlen(identity)));
}

/* ---- files in use ---- */

/*
 * A process marks each graph file that it uses by an empty file "uses.<name>" in its own folder,
 * which it holds by a lock: no other process removes the graph file. Marks are made and looked for
 * under a lock of the cache folder, so that a file is not removed between its mark and its use.
 */
static int folder_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		int err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int mark_use(const char *folder, const char *own, const char *path)
{
	char mark[2400];
	int lock = folder_lock(folder);

	if (lock < 0)
		return lock;
	snprintf(mark, sizeof(mark), "%s/" IN_USE "%s", own, strrchr(path, '/') + 1);
	int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	int err = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	close(lock);
	return err;
}

/* Adds the names of the graph files that the owner of a folder uses, if it still holds the folder. */
static void add_uses(int parent, const char *name, json_t *uses)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
	DIR *dir = held ? fdopendir(fd) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, IN_USE, strlen(IN_USE)) == 0)
			json_object_set_new_nocheck(uses, entry->d_name + strlen(IN_USE),
						    json_true());
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/* The names of the graph files that are in use: {name: true}. */
static json_t *names_in_use(const char *folder)
{
	json_t *uses = json_object();
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (uses && dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, BUILDING, strlen(BUILDING)) == 0)
			add_uses(dirfd(dir), entry->d_name, uses);
	if (dir)
		closedir(dir);
	return uses;
}

/* ---- the folder's limit ---- */

struct old_file {
	char name[256];
	uint64_t bytes;
	struct timespec used;
};

static int compare_age(const void *a, const void *b)
{
	const struct old_file *left = a, *right = b;

	if (left->used.tv_sec != right->used.tv_sec)
		return left->used.tv_sec < right->used.tv_sec ? -1 : 1;
	return (left->used.tv_nsec > right->used.tv_nsec) -
	       (left->used.tv_nsec < right->used.tv_nsec);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t name_len = strlen(name), suffix_len = strlen(suffix);

	return name_len > suffix_len && strcmp(name + name_len - suffix_len, suffix) == 0;
}

/* Removes the least recently used files until there is room for `needed_bytes` below the limit.
 * Files in use stay, also if the folder then exceeds the limit. */
static void make_room(const char *folder, uint64_t limit_bytes, uint64_t needed_bytes)
{
	struct old_file *files = NULL;
	size_t count = 0;
	uint64_t total = needed_bytes;
	int lock = folder_lock(folder);
	json_t *uses = lock < 0 ? NULL : names_in_use(folder);
	DIR *dir = uses ? opendir(folder) : NULL;
	struct dirent *entry;
	struct stat status;

	while (dir && (entry = readdir(dir))) {
		if (!ends_with(entry->d_name, SUFFIX) ||
		    fstatat(dirfd(dir), entry->d_name, &status, 0))
			continue;
		struct old_file *grown = realloc(files, (count + 1) * sizeof(*grown));
		if (!grown)
			break;
		files = grown;
		snprintf(files[count].name, sizeof(files[count].name), "%s", entry->d_name);
		files[count].bytes = (uint64_t)status.st_blocks * 512;
		files[count].used = status.st_mtim;
		total += files[count++].bytes;
	}
	if (count)
		qsort(files, count, sizeof(*files), compare_age);
	for (size_t i = 0; dir && i < count && total > limit_bytes; i++) {
		char path[2400];

		if (json_object_get(uses, files[i].name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		if (layout_unlink(path) == 0)
			total -= files[i].bytes;
	}
	free(files);
	if (dir)
		closedir(dir);
	json_decref(uses);
	if (lock >= 0)
		close(lock);
}

/* ---- folders of processes that build ---- */

#define OWN_TRIES 10 /* another process may take a new folder for a left one before it is locked */

int graph_files_own(const char *folder, char *path, size_t path_size)
{
	struct stat there, locked;
	uint32_t number;

	for (int tries = 0; tries < OWN_TRIES; tries++) {
		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			return -EIO;
		snprintf(path, path_size, "%s/" BUILDING "%d.%08" PRIx32, folder, getpid(), number);
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return -errno;
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &locked) == 0 &&
		    stat(path, &there) == 0 && there.st_ino == locked.st_ino)
			return fd;
		close(fd);
	}
	return -EBUSY;
}

/* Removes a folder and the files in it, if no process holds it. */
static void remove_left(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return;
	}
	DIR *dir = fdopendir(fd);
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(fd, entry->d_name, 0);
	}
	unlinkat(parent, name, AT_REMOVEDIR); /* while it is locked */
	if (dir)
		closedir(dir);
	else
		close(fd);
}

void graph_files_clean(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat status;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, BUILDING, strlen(BUILDING)) != 0 ||
		    fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(status.st_mode))
			remove_left(dirfd(dir), entry->d_name);
		else if (S_ISREG(status.st_mode) && time(NULL) - status.st_mtime > OLD_FILE_S)
			unlinkat(dirfd(dir), entry->d_name, 0); /* of a version before folders */
	}
	if (dir)
		closedir(dir);
}

/* ---- building ---- */

/* What files are opened and built with: the engine with ENGINE_BUILDS. A reference ignores it. */
static struct workload_env file_env(const struct cell *cell, const struct graph *graph,
				    const char *path, uint64_t *options)
{
	const struct engine_ops *engine = engine_builder();

	option_defaults(engine->options, engine->options_count, options);
	return (struct workload_env){.engine = engine,
				     .engine_options = options,
				     .layout = cell->layout,
				     .layout_options = cell->layout_options,
				     .path = path,
				     .graph = graph};
}

/*
 * 1 if the file is without damage (of a large one only the header is checked) and has the sizes of the graph; 0 if it has to be built. A damaged or
 * locked file of a reference is an error, because it may belong to another program.
 */
static int file_is_whole(const struct cell *cell, const struct graph *graph, const char *path,
			 struct why *why)
{
	uint64_t options[OPTIONS_MAX];
	struct workload_env env = file_env(cell, graph, path, options);
	struct session session;
	struct stat status;
	int err = access(path, R_OK) ? -ENOENT : session_open(&session, &env, why);

	if (err)
		return (cell->layout->capabilities & LAYOUT_REFERENCE) &&
				       (err == -EBADMSG || err == -EBUSY)
			       ? err
			       : 0;
	bool whole = session.store->nodes_count == graph->stream.nodes_count &&
		     session.store->edges_count == graph->stream.edges_count &&
		     !*session.store->note.text; /* and needs no repair */
	/* All bytes, by their checksums: a damaged file would fail walks, or make them wrong. */
	if (whole && !(cell->layout->capabilities & LAYOUT_REFERENCE) && stat(path, &status) == 0 &&
	    status.st_size <= CHECKED_BYTES_MAX)
		whole = cell->layout->check(session.store) == 0;
	session_close(&session);
	return whole;
}

static int build(const struct cell *cell, const struct graph *graph, const char *path,
		 struct why *why)
{
	uint64_t options[OPTIONS_MAX];
	struct workload_env env = file_env(cell, graph, path, options);
	struct session session;
	int err = session_create(&session, &env, NULL);

	if (err)
		return err;
	err = session.store->ops->bulk(session.store, &graph->stream);
	if (!err)
		err = session.store->ops->sync(session.store);
	/* A graph that is too large for the layout is skipped, not failed. */
	if (err == -E2BIG)
		err = why_set(why, -EOPNOTSUPP, "%s", session.store->why.text);
	if (err == -ENOMEM)
		*why = session.store->why;
	int close_err = session_close(&session);
	return err ? err : close_err;
}

int graph_file_ensure(const char *folder, const char *own, uint64_t limit_bytes,
		      const struct cell *cell, const struct graph *graph, const char *path,
		      uint64_t *file_bytes, struct why *why)
{
	char temporary[2100];
	struct stat status;
	int err = mark_use(folder, own, path);

	if (err)
		return why_set(why, err, "cannot mark '%.200s' as used: %s", path, strerror(-err));
	err = file_is_whole(cell, graph, path, why);
	if (err < 0) {
		struct why reason = *why;
		return why_set(why, err, "'%.100s': %.90s%s", path, reason.text,
			       err == -EBADMSG ? "; remove it" : "");
	}
	if (err > 0) {
		utimensat(AT_FDCWD, path, NULL, 0); /* marks it as used for make_room() */
	} else {
		uint64_t needed_bytes =
			layout_file_bytes(cell->layout, cell->layout_options,
					  graph->stream.nodes_count, graph->stream.edges_count);
		make_room(folder, limit_bytes, needed_bytes);
		snprintf(temporary, sizeof(temporary), "%s/graph", own);
		*why = (struct why){0};
		err = build(cell, graph, temporary, why);
		if (!err)
			err = layout_rename(cell->layout, temporary, path);
		if (err) {
			layout_unlink(temporary);
			if (err == -EOPNOTSUPP || (err == -ENOMEM && *why->text))
				return err;
			return why_set(why, err, "cannot build '%s' (%" PRIu64 " bytes): %s", path,
				       needed_bytes, strerror(-err));
		}
	}
	if (stat(path, &status))
		return why_set(why, -errno, "cannot read the status of '%s': %s", path,
			       strerror(errno));
	*file_bytes = (uint64_t)status.st_size;
	return 0;
}
