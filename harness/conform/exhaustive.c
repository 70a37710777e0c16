/* See exhaustive.h. Histories share a process, CHUNK of them, because a fork takes longer than most of them. */
#include "exhaustive.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK UINT64_C(2000)

static const char alphabet_text[] =
	"read:0+0,read:4090+300,read:8990+20,read:5+100,write:0+0/1,write:5+100/1,write:4090+20/2,"
	"write:8990+20/3,write:20000+1/4,map:0+100,map:8990+20,batch:0+64/5,batch:90+3000/6,"
	"prefetch:0+4096/3,advise/2,resize:0,resize:4096,resize:10000,sync,drop,reopen,reopen-read,"
	"compare/1,share/0,attach,probe";

static const char made_text[] = "resize:9000,write:0+9000/5,reopen";

/* A text that is right, or else the program is wrong. */
static size_t parse(const char *text, struct history_operation **operations)
{
	size_t count = 0;

	return history_parse(text, operations, &count, NULL) ? 0 : count;
}

/* The letters: parsed once, never freed. */
static const struct history_operation *alphabet(size_t *count)
{
	static struct history_operation *letters;
	static size_t letters_count;

	if (!letters)
		letters_count = parse(alphabet_text, &letters);
	*count = letters_count;
	return letters;
}

uint64_t exhaustive_count(size_t length)
{
	size_t letters_count;
	uint64_t of_length = 1, sum = 0;

	(void)alphabet(&letters_count);
	for (size_t i = 0; i < length && i < EXHAUSTIVE_LENGTH; i++) {
		of_length *= letters_count;
		sum += of_length;
	}
	return 2 * sum; /* of an empty file and of one with bytes */
}

size_t exhaustive_history(uint64_t i, struct history_operation *operations)
{
	struct history_operation *made = NULL;
	size_t letters_count, length = 1;
	size_t count = i % 2 ? parse(made_text, &made) : 0;
	const struct history_operation *letters = alphabet(&letters_count);

	if (count)
		memcpy(operations, made, count * sizeof(*made));
	free(made);
	while (length < EXHAUSTIVE_LENGTH && i >= exhaustive_count(length))
		length++;
	i = (i - exhaustive_count(length - 1)) / 2;
	for (; length-- > 0 && letters_count > 0; i /= letters_count)
		operations[count++] = letters[i % letters_count];
	return count;
}

/* ---- a chunk of them in one process ---- */

struct shared {
	char error[PLAY_ERROR_BYTES];
	volatile size_t at;
	volatile uint64_t number; /* of the history that is played */
	volatile uint64_t operations_count;
	volatile bool failed, done;
};

struct chunk {
	const struct conform_subject *subject;
	const char *path;
	uint64_t from, to; /* numbers */
	struct shared *shared;
};

static void play_chunk(void *context)
{
	struct chunk *chunk = context;
	struct shared *shared = chunk->shared;
	struct player player;

	if (player_init(&player, chunk->subject, chunk->path))
		return; /* not done: that is told */
	player.play.error = shared->error;
	player.at = &shared->at;
	for (uint64_t i = chunk->from; !shared->failed && i < chunk->to; i++) {
		struct history_operation operations[EXHAUSTIVE_LENGTH_MAX];
		size_t count = exhaustive_history(i, operations);

		shared->number = i;
		player_reset(&player);
		shared->failed = !player_play(&player, operations, count);
		shared->operations_count = shared->operations_count + count;
	}
	shared->done = true;
}

/* The history by itself: shrunk, or told as it is if it only fails after others. */
static int tell(const struct chunk *chunk, const struct shared *shared, struct outcome *outcome)
{
	struct history_operation operations[EXHAUSTIVE_LENGTH_MAX];
	size_t count = exhaustive_history(shared->number, operations);
	struct trial trial;
	int err = trial_run(chunk->subject, chunk->path, operations, count, NULL, CONFORM_LIMIT_S,
			    &trial);

	if (err || signals_caught())
		return err;
	if (trial.failed)
		return conform_shrink(chunk->subject, chunk->path, operations, &count, NULL, &trial,
				      outcome);
	trial.at = shared->at;
	snprintf(trial.error, sizeof(trial.error), "after other histories only: %.150s",
		 shared->error);
	conform_failed(chunk->subject, operations, count, NULL, &trial, outcome);
	return 0;
}

static int run_chunk(struct chunk *chunk, struct outcome *outcome)
{
	struct shared *shared = chunk->shared;
	int status = 0;

	shared->failed = shared->done = false;
	shared->operations_count = 0;
	int err = child_run(play_chunk, chunk, CONFORM_LIMIT_S, NULL, NULL, &status);
	if (!err && child_has_failed(status, shared->done, CONFORM_LIMIT_S, shared->error,
				     sizeof(shared->error)))
		shared->failed = true;
	if (!err && !signals_caught()) {
		outcome->histories_count += shared->number - chunk->from + 1;
		outcome->operations_count += shared->operations_count;
		if (shared->failed)
			err = tell(chunk, shared, outcome);
	}
	unlink(chunk->path);
	player_remove_folder(chunk->path);
	return err;
}

int conform_exhaustive(const struct conform_subject *subject, const struct conform_setup *setup,
		       struct outcome *outcome)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t count = exhaustive_count(setup->length ? setup->length : EXHAUSTIVE_LENGTH);
	double began_s = clock_now_s();
	char path[4096];
	int err = 0;

	if (shared == MAP_FAILED)
		return -errno;
	conform_path(setup, path, sizeof(path));
	for (uint64_t i = 0; !err && outcome->state == OUTCOME_PASSED && i < count; i += CHUNK) {
		struct chunk chunk = {subject, path, i, i + CHUNK < count ? i + CHUNK : count,
				      shared};

		if (signals_caught())
			break;
		err = run_chunk(&chunk, outcome);
	}
	munmap(shared, sizeof(*shared));
	outcome->seconds = clock_now_s() - began_s;
	return err;
}
