/* Engine and array in lockstep: see player.h. */
#include "child.h"
#include "leaks.h"
#include "neighbor.h"
#include "playing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_BYTES 5000

_Static_assert(HISTORY_BATCH_MAX *HISTORY_LEN_MAX_BYTES >= HISTORY_SIZE_MAX_BYTES,
	       "the buffer holds the whole file");

int player_init(struct player *player, const struct conform_subject *subject, const char *path)
{
	*player = (struct player){.subject = subject, .path = path};
	player->model = malloc(HISTORY_SIZE_MAX_BYTES);
	player->file = malloc(HISTORY_SIZE_MAX_BYTES);
	player->buffer = malloc(HISTORY_BATCH_MAX * HISTORY_LEN_MAX_BYTES);
	int err = synced_init(&player->synced, HISTORY_SIZE_MAX_BYTES);
	if (!err && player->model && player->file && player->buffer)
		return 0;
	player_release(player);
	return -ENOMEM;
}

void player_reset(struct player *player)
{
	player->engine = NULL;
	player->size_bytes = 0;
	player->play.is_excused = false;
	synced_take(&player->synced, player->model, 0);
}

void player_release(struct player *player)
{
	free(player->model);
	free(player->file);
	free(player->buffer);
	synced_release(&player->synced);
}

/* ---- the whole file ---- */

/* Writes to copies are lost. */
static void forget_copies(struct player *player)
{
	if (player->copies == PLAYER_DOES)
		memcpy(player->model, player->file, player->size_bytes);
}

static bool play_drop(struct player *player)
{
	const struct engine_ops *ops = player->subject->ops;
	bool holds = ops->capabilities & ENGINE_HOLDS_FILE;

	forget_copies(player);
	return !ops->drop_cache ||
	       player_same_result(player, "drop_cache",
				  PLAY_HOOK(player, ops->drop_cache(player->engine)),
				  holds ? -EOPNOTSUPP : 0);
}

static bool play_resize(struct player *player, const struct history_operation *operation)
{
	int expected = player->writable ? 0 : -EBADF;
	size_t size_bytes = (size_t)operation->offset;

	if (!expected)
		synced_resize(&player->synced, size_bytes);
	int got = PLAY_HOOK(player, player->subject->ops->resize(player->engine, size_bytes));
	if (!player_same_result(player, "resize", got, expected)) {
		uint64_t kept_bytes = player->subject->ops->size(player->engine);

		return player->play.is_excused && kept_bytes != player->size_bytes &&
		       play_differs(&player->play,
				    "a failed resize from %zu to %zu gives size %" PRIu64,
				    player->size_bytes, size_bytes, kept_bytes);
	}
	if (!expected) {
		if (size_bytes < player->size_bytes)
			memset(player->model + size_bytes, 0, player->size_bytes - size_bytes);
		player->size_bytes = size_bytes;
	}
	return true;
}

static bool play_compare(struct player *player, const struct history_operation *operation)
{
	const struct history_operation whole = {.len_bytes = player->size_bytes};
	struct why why = {""};

	intercept_arm(player->play.intercept);
	if (operation->number & 1)
		engine_begin_walk(player->engine);
	intercept_unarm(player->play.intercept);
	uint64_t size_bytes = player->subject->ops->size(player->engine);
	if (size_bytes != player->size_bytes)
		return play_differs(&player->play, "size is %" PRIu64 ", not %zu", size_bytes,
				    player->size_bytes);
	int health = engine_health(player->engine, &why);
	if (health)
		return play_differs(&player->play, "health gives %d: %.100s", health, why.text);
	return player_read(player, &whole) && player_map(player, &whole) &&
	       player_huge_pages(player);
}

/* Reads all of an instance; -EPROTO if its size is another one. */
static int read_whole(struct engine *engine, unsigned char *bytes, size_t size_bytes)
{
	return engine->ops->size(engine) != size_bytes
		       ? -EPROTO
		       : engine->ops->read(engine, 0, bytes, size_bytes);
}

/* What others see in the file. */
static bool same_as_others(struct player *player, const char *what, const unsigned char *bytes)
{
	if (player->copies == PLAYER_DOES)
		return memcmp(bytes, player->file, player->size_bytes) == 0 ||
		       play_differs(&player->play, "%s: what was written to a copy is in the file",
				    what);
	return player_same_bytes(player, what, bytes, 0, player->size_bytes);
}

/* The file as it is read without the engine. */
static bool compare_file(struct player *player, const char *what)
{
	if (player_keeps_nothing(player))
		return true;
	int fd = open(player->path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, player->buffer, HISTORY_SIZE_MAX_BYTES, 0);

	if (fd >= 0)
		close(fd);
	if (got != (ssize_t)player->size_bytes)
		return play_differs(&player->play, "%s: the file has %zd bytes, not %zu", what, got,
				    player->size_bytes);
	return same_as_others(player, what, player->buffer);
}

/* A sync of the kernel has failed since the last write: its pages count as clean, but are not on the device. */
static bool has_lost(const struct player *player)
{
	return player->play.intercept && atomic_load(&player->play.intercept->lost) &&
	       player->synced.is_written;
}

/* A sync has failed: does a second one promise what the file does not have? */
static bool sync_again(struct player *player)
{
	if (!player->play.is_excused ||
	    PLAY_HOOK(player, player->subject->ops->sync(player->engine)))
		return false;
	if (has_lost(player))
		return play_differs(&player->play,
				    "a second sync reports success, though nothing was "
				    "written again after the first has failed");
	(void)compare_file(player, "after a second sync");
	return false;
}

static bool play_sync(struct player *player)
{
	int got = PLAY_HOOK(player, player->subject->ops->sync(player->engine));

	if (!got && has_lost(player))
		return play_differs(&player->play,
				    "sync reports success, though the kernel's has failed");
	if (!got && player->play.intercept && atomic_load(&player->play.intercept->unsynced))
		return play_differs(&player->play,
				    "sync reports success, with a write after the kernel's");
	if (!player_same_result(player, "sync", got, 0))
		return sync_again(player);
	if (player->writable)
		synced_take(&player->synced, player->model, player->size_bytes);
	return compare_file(player, "after sync");
}

/* ---- sharing ---- */

/* A second instance, opened now, has what was written before. */
static bool compare_second(struct player *player)
{
	const struct engine_ops *ops = player->subject->ops;
	struct engine *second;
	int err = PLAY_HOOK(player, engine_ops_open(ops, player->path, ENGINE_OPEN_READ,
						    player->subject->options, &second));

	if (err)
		return player_same_result(player, "open of a second instance", err, 0);
	err = PLAY_HOOK(player, read_whole(second, player->buffer, player->size_bytes));
	int close_err = PLAY_HOOK(player, ops->close(second));
	return player_same_result(player, "read of a second instance", err, 0) &&
	       same_as_others(player, "second instance", player->buffer) &&
	       player_same_result(player, "close of a second instance", close_err, 0);
}

/* An odd number: the second instance is in another process. */
static bool play_share(struct player *player, const struct history_operation *operation)
{
	int status;

	if (player->writable && !play_sync(player))
		return false;
	if (player_keeps_nothing(player))
		return true;
	if (!(operation->number & 1))
		return compare_second(player);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		player->play.intercept = NULL; /* faults are for one process */
		child_exit(compare_second(player) ? 0
						  : 1); /* player->play.error is shared memory */
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return play_differs(&player->play, "another process: %s", strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	return play_differs(&player->play, "another process: killed by signal %d",
			    WTERMSIG(status));
}

struct attached {
	struct engine *engine;
	unsigned char *bytes;
	size_t size_bytes;
	int err;
};

static void *read_attached(void *context)
{
	struct attached *attached = context;

	for (unsigned round = 0; round < 2 && !attached->err; round++)
		attached->err = read_whole(attached->engine, attached->bytes, attached->size_bytes);
	return NULL;
}

/* Another thread reads by a handle of its own while this one reads by the engine. */
static bool play_attach(struct player *player)
{
	struct attached attached = {.size_bytes = player->size_bytes};
	pthread_t thread;

	if (player->writable || player->copies == PLAYER_DOES)
		return true;
	int err = PLAY_HOOK(player, engine_attach(player->engine, &attached.engine));
	if (err)
		return err == -EOPNOTSUPP || player_same_result(player, "attach", err, 0);
	attached.bytes = calloc(1, HISTORY_SIZE_MAX_BYTES);
	err = attached.bytes ? -pthread_create(&thread, NULL, read_attached, &attached) : -ENOMEM;
	bool same =
		!err &&
		player_read(player, &(struct history_operation){.len_bytes = player->size_bytes});
	if (!err)
		pthread_join(thread, NULL);
	same = same && player_same_result(player, "read of an attached handle", attached.err, 0) &&
	       player_same_bytes(player, "attached handle", attached.bytes, 0, player->size_bytes);
	free(attached.bytes);
	int close_err = PLAY_HOOK(player, player->subject->ops->close(attached.engine));
	return err ? play_differs(&player->play, "a thread: %s", strerror(-err))
		   : same && player_same_result(player, "close of an attached handle", close_err,
						0);
}

/* ---- playing ---- */

/* A file that is there before it is created, to be truncated. */
static bool make_old_file(struct player *player)
{
	int fd = open(player->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	memset(player->buffer, 0xa5, OLD_BYTES);
	bool is_made = fd >= 0 && write(fd, player->buffer, OLD_BYTES) == OLD_BYTES;
	int err = errno;
	if (fd >= 0)
		close(fd);
	return is_made || play_differs(&player->play, "cannot write '%.100s': %s", player->path,
				       strerror(err));
}

static bool play_open(struct player *player, unsigned flags)
{
	struct engine *engine = NULL;
	int err = PLAY_HOOK(player, engine_ops_open(player->subject->ops, player->path, flags,
						    player->subject->options, &engine));

	if (err && engine)
		return play_differs(&player->play, "open fails and gives an instance");
	player->engine = err ? NULL : engine;
	player->writable = flags != ENGINE_OPEN_READ;
	player->maps = player->copies = PLAYER_UNKNOWN;
	player->size_bytes = player_keeps_nothing(player) ? 0 : player->size_bytes;
	memcpy(player->file, player->model, player->size_bytes);
	return player_same_result(player, "open", err, 0);
}

static bool play_reopen(struct player *player, unsigned flags)
{
	const struct history_operation compare = {.kind = HISTORY_COMPARE};
	struct engine_stats last;
	int err = flags == ENGINE_OPEN_READ
			  ? PLAY_HOOK(player, engine_close_counted(player->engine, &last))
			  : PLAY_HOOK(player, player->subject->ops->close(player->engine));

	player->engine = NULL;
	forget_copies(player);
	if (!err && player->writable)
		synced_take(&player->synced, player->model, player->size_bytes);
	return player_same_result(player, "close", err, 0) && compare_file(player, "after close") &&
	       play_open(player, flags) && play_compare(player, &compare);
}

static bool play_hook(struct player *player, const struct history_operation *operation)
{
	switch (operation->kind) {
	case HISTORY_RESIZE:
		return play_resize(player, operation);
	case HISTORY_SYNC:
		return play_sync(player);
	case HISTORY_DROP:
		return play_drop(player);
	case HISTORY_REOPEN:
		return play_reopen(player, ENGINE_OPEN_WRITE);
	case HISTORY_REOPEN_READ:
		return play_reopen(player, ENGINE_OPEN_READ);
	case HISTORY_SHARE:
		return play_share(player, operation);
	case HISTORY_ATTACH:
		return play_attach(player);
	case HISTORY_PROBE:
		return player_probe(player);
	case HISTORY_COMPARE:
		return play_compare(player, operation);
	default:
		return player_access(player, operation);
	}
}

/* As play_hook(), but a fault that reading has met does not end the history. */
static bool play_one(struct player *player, const struct history_operation *operation)
{
	bool same = play_hook(player, operation);

	if (same || !player->play.is_excused || operation->kind > HISTORY_ADVISE ||
	    operation->kind == HISTORY_WRITE)
		return same;
	player->play.is_excused = false;
	return true;
}

static bool close_last(struct player *player)
{
	if (!player->engine)
		return true;
	bool was_excused = player->play.is_excused;
	int err = PLAY_HOOK(player, player->subject->ops->close(player->engine));

	player->engine = NULL;
	return player_same_result(player, "close", err, 0) || was_excused;
}

/* The history, up to a difference or to an error that a fault has caused. */
static bool play_all(struct player *player, const struct history_operation *operations,
		     size_t count, bool *is_created)
{
	size_t i = 0;

	memset(player->model, 0, HISTORY_SIZE_MAX_BYTES);
	player->size_bytes = 0;
	*player->at = 0;
	bool same = make_old_file(player) && play_open(player, ENGINE_OPEN_CREATE);

	*is_created = same;
	for (; same && i < count; i++) {
		*player->at = i;
		same = play_one(player, &operations[i]);
	}
	same = same && play_reopen(player, ENGINE_OPEN_READ);
	bool is_different = !same && !player->play.is_excused;
	same = close_last(player) && same;
	return !is_different && (same || player->play.is_excused);
}

bool player_play(struct player *player, const struct history_operation *operations, size_t count)
{
	size_t open_count = leaks_count(player->path);
	struct neighbor neighbor;
	struct why why = {""};
	bool is_created;

	if (player->play.intercept && neighbor_open(&neighbor, player->subject, player->path, &why))
		return play_differs(&player->play, "a second instance: %.150s", why.text);
	bool same = play_all(player, operations, count, &is_created);
	if (player->play.intercept && neighbor_close(&neighbor, &why))
		same = play_differs(&player->play, "after a fault, another instance: %.120s",
				    why.text);
	if (!same)
		return false;
	size_t left_count = leaks_count(player->path);
	if (left_count != open_count)
		return play_differs(&player->play, "close leaves %zd descriptors or mappings open",
				    (ssize_t)(left_count - open_count));
	if (player->play.intercept && atomic_load(&player->play.intercept->bad_close))
		return play_differs(&player->play, "descriptor %d is closed twice",
				    atomic_load(&player->play.intercept->bad_close) - 1);
	return !is_created || player_keeps_nothing(player) ||
	       synced_check(&player->synced, player->path, &why) == 0 ||
	       play_differs(&player->play, "after a fault: %.150s", why.text);
}
