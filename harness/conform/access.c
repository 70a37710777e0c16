/* Operations on a range of the file: see playing.h. */
#include "playing.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <string.h>

static bool in_range(const struct player *player, const struct history_operation *operation)
{
	return engine_range_ok(operation->offset, operation->len_bytes, player->size_bytes);
}

bool player_read(struct player *player, const struct history_operation *operation)
{
	int expected = in_range(player, operation) ? 0 : -ERANGE;
	int got =
		PLAY_HOOK(player, player->subject->ops->read(player->engine, operation->offset,
							     player->buffer, operation->len_bytes));

	return player_same_result(player, "read", got, expected) &&
	       (expected || player_same_bytes(player, "read", player->buffer,
					      (size_t)operation->offset, operation->len_bytes));
}

static void fill_bytes(unsigned char *bytes, size_t len_bytes, uint64_t seed)
{
	for (size_t i = 0; i < len_bytes; i += 8) {
		uint64_t word = mix_next(&seed);

		memcpy(bytes + i, &word, len_bytes - i < 8 ? len_bytes - i : 8);
	}
}

static bool play_write(struct player *player, const struct history_operation *operation)
{
	const struct engine_ops *ops = player->subject->ops;

	fill_bytes(player->buffer, operation->len_bytes, operation->number);
	if (player->writable && in_range(player, operation))
		synced_write(&player->synced, (size_t)operation->offset, operation->len_bytes);
	int got = PLAY_HOOK(player, ops->write(player->engine, operation->offset, player->buffer,
					       operation->len_bytes));
	if (!player->writable && player->copies == PLAYER_UNKNOWN)
		player->copies = ops->capabilities & ENGINE_COPY_ON_WRITE && got != -EBADF
					 ? PLAYER_DOES
					 : PLAYER_DOES_NOT;
	bool refused = !player->writable && player->copies == PLAYER_DOES_NOT;
	int expected = refused ? -EBADF : in_range(player, operation) ? 0 : -ERANGE;
	if (!expected && !player_keeps_nothing(player))
		memcpy(player->model + operation->offset, player->buffer, operation->len_bytes);
	return player_same_result(player, "write", got, expected);
}

bool player_map(struct player *player, const struct history_operation *operation)
{
	const struct engine_ops *ops = player->subject->ops;
	const void *bytes = !ops->map
				    ? NULL
				    : PLAY_HOOK(player, ops->map(player->engine, operation->offset,
								 operation->len_bytes));

	if (!in_range(player, operation))
		return !bytes || play_differs(&player->play, "map beyond the end is not NULL");
	if (operation->len_bytes == 0)
		return true;
	if (!bytes && play_has_fault(&player->play))
		return true; /* the caller reads instead */
	if (!bytes && player->subject->must_map)
		return play_differs(&player->play, "map declines a range within size");
	if (player->maps == (bytes ? PLAYER_DOES_NOT : PLAYER_DOES))
		return play_differs(&player->play, "map gives one range and declines others");
	player->maps = bytes ? PLAYER_DOES : PLAYER_DOES_NOT;
	return !bytes || player_same_bytes(player, "map", bytes, (size_t)operation->offset,
					   operation->len_bytes);
}

/* Extents around that of the operation; false if one is beyond the end. */
static bool make_extents(struct player *player, const struct history_operation *operation,
			 struct engine_extent *extents, size_t *count)
{
	uint64_t seed = operation->number;
	bool all_within = true;

	*count = 1 + history_random(&seed, HISTORY_BATCH_MAX);
	for (size_t i = 0; i < *count; i++) {
		extents[i].offset = operation->offset + history_random(&seed, 3) * 4096 * i;
		extents[i].len_bytes = operation->len_bytes;
		extents[i].buffer = player->buffer + i * HISTORY_LEN_MAX_BYTES;
		all_within &= engine_range_ok(extents[i].offset, extents[i].len_bytes,
					      player->size_bytes);
	}
	return all_within;
}

/* Reads the extents as two batches in flight, of which the second may be reaped first. */
static int read_as_two(struct engine *engine, struct engine_extent *extents, size_t count,
		       uint32_t number)
{
	size_t split = number / 4 % (count + 1);
	struct engine_batch batches[2] = {{.extents = extents, .count = split},
					  {.extents = extents + split, .count = count - split}};
	unsigned first = number & 2 ? 1 : 0;

	engine_submit(engine, &batches[0]);
	engine_submit(engine, &batches[1]);
	int err = engine_reap(engine, &batches[first]);
	int other = engine_reap(engine, &batches[1 - first]);

	if (!batches[0].is_read || !batches[1].is_read ||
	    engine_reap(engine, &batches[0]) != batches[0].err)
		return -EPROTO;
	return err ? err : other;
}

static bool play_batch(struct player *player, const struct history_operation *operation)
{
	struct engine_extent extents[HISTORY_BATCH_MAX];
	size_t count;
	int expected = make_extents(player, operation, extents, &count) ? 0 : -ERANGE;
	bool two = operation->number & 1;
	bool same = player_same_result(
		player, two ? "submit and reap" : "read_batch",
		PLAY_HOOK(player,
			  two ? read_as_two(player->engine, extents, count, operation->number)
			      : engine_read_batch(player->engine, extents, count)),
		expected);

	for (size_t i = 0; same && !expected && i < count; i++)
		same = player_same_bytes(player, "read_batch", extents[i].buffer,
					 (size_t)extents[i].offset, (size_t)extents[i].len_bytes);
	return same;
}

static bool play_prefetch(struct player *player, const struct history_operation *operation)
{
	struct engine_extent extents[HISTORY_BATCH_MAX];
	size_t count;

	make_extents(player, operation, extents, &count);
	intercept_arm(player->play.intercept);
	if (player->subject->ops->prefetch)
		player->subject->ops->prefetch(player->engine, extents, count);
	intercept_unarm(player->play.intercept);
	return true;
}

static bool play_advise(struct player *player, const struct history_operation *operation)
{
	static const enum engine_pattern patterns[] = {
		ENGINE_PATTERN_NORMAL, ENGINE_PATTERN_SEQUENTIAL, ENGINE_PATTERN_RANDOM};
	const struct engine_ops *ops = player->subject->ops;
	int got = !ops->advise ? 0
			       : PLAY_HOOK(player, ops->advise(player->engine,
							       patterns[operation->number % 3]));

	return got == -EOPNOTSUPP || player_same_result(player, "advise", got, 0);
}

bool player_access(struct player *player, const struct history_operation *operation)
{
	switch (operation->kind) {
	case HISTORY_READ:
		return player_read(player, operation);
	case HISTORY_WRITE:
		return play_write(player, operation);
	case HISTORY_MAP:
		return player_map(player, operation);
	case HISTORY_BATCH:
		return play_batch(player, operation);
	case HISTORY_PREFETCH:
		return play_prefetch(player, operation);
	default:
		return play_advise(player, operation);
	}
}
