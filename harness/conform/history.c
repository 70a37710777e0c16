/*
 * Histories and their text: see history.h.
 *
 * Generated histories prefer offsets near the edges of pages and windows, short lengths, and a hot range at the
 * beginning, where most errors of buffers are.
 */
#include "history.h"

#include "../../workloads/support/mix.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS_SUM     9600
#define OPERATIONS_MAX  1000000 /* of a text */
#define OPERATION_BYTES 96      /* enough for the text of one */

enum { USES_OFFSET = 1, USES_LEN = 2, USES_NUMBER = 4 };

/* Operations that wait for a device or another process are rare, so that a history is short in time. */
static const struct {
	const char *name;
	unsigned weight; /* of WEIGHTS_SUM */
	unsigned uses;
} kinds[HISTORY_KINDS_COUNT] = {
	[HISTORY_READ] = {"read", 3600, USES_OFFSET | USES_LEN},
	[HISTORY_WRITE] = {"write", 3600, USES_OFFSET | USES_LEN | USES_NUMBER},
	[HISTORY_MAP] = {"map", 900, USES_OFFSET | USES_LEN},
	[HISTORY_BATCH] = {"batch", 500, USES_OFFSET | USES_LEN | USES_NUMBER},
	[HISTORY_PREFETCH] = {"prefetch", 596, USES_OFFSET | USES_LEN | USES_NUMBER},
	[HISTORY_ADVISE] = {"advise", 100, USES_NUMBER},
	[HISTORY_RESIZE] = {"resize", 240, USES_OFFSET},
	[HISTORY_SYNC] = {"sync", 2, 0},
	[HISTORY_DROP] = {"drop", 3, 0},
	[HISTORY_REOPEN] = {"reopen", 20, 0},
	[HISTORY_REOPEN_READ] = {"reopen-read", 12, 0},
	[HISTORY_COMPARE] = {"compare", 20, USES_NUMBER},
	[HISTORY_SHARE] = {"share", 3, USES_NUMBER},
	[HISTORY_ATTACH] = {"attach", 3, 0},
	[HISTORY_PROBE] = {"probe", 1, 0},
};

/* ---- generating ---- */

size_t history_random(uint64_t *state, size_t bound)
{
	return (size_t)(mix_next(state) % bound);
}

/* Near the edge of a page or a window, most of the time. */
static size_t random_offset(uint64_t *state, size_t size_bytes)
{
	static const size_t edges[] = {256, 4096, 4096, 16384, 65536};
	size_t edge = edges[history_random(state, 5)];
	size_t offset = history_random(state, size_bytes + 1);

	if (history_random(state, 4) == 0)
		return history_random(state, 2) ? offset : offset % 2048; /* a hot range */
	offset = (offset + edge / 2) / edge * edge + history_random(state, 97);
	return offset > 48 ? offset - 48 : offset;
}

static size_t random_len(uint64_t *state)
{
	switch (history_random(state, 16)) {
	case 0:
		return 0;
	case 1:
		return history_random(state,
				      history_random(state, 8) ? 5000 : HISTORY_LEN_MAX_BYTES);
	case 2:
	case 3:
		return history_random(state, 1200);
	default:
		return 1 + history_random(state, 260);
	}
}

static enum history_kind random_kind(uint64_t *state, size_t size_bytes, bool writable,
				     bool is_even)
{
	size_t ticket = history_random(state, WEIGHTS_SUM);
	unsigned kind = 0;

	if (is_even && (size_bytes > 0 || !writable))
		return (enum history_kind)(ticket % HISTORY_KINDS_COUNT);
	while (kind < HISTORY_KINDS_COUNT - 1 && ticket >= kinds[kind].weight)
		ticket -= kinds[kind++].weight;
	if (!writable && history_random(state, 32) == 0)
		return HISTORY_REOPEN; /* other operations on a read-only file test little */
	if (writable && size_bytes == 0 && history_random(state, 4) > 0)
		return HISTORY_RESIZE;
	return (enum history_kind)kind;
}

static void random_range(struct history_operation *operation, uint64_t *state, size_t size_bytes)
{
	operation->len_bytes = random_len(state);
	operation->offset = random_offset(state, size_bytes);
	if (operation->offset + operation->len_bytes > size_bytes && history_random(state, 16) != 0)
		operation->offset =
			size_bytes > operation->len_bytes ? size_bytes - operation->len_bytes : 0;
	if (history_random(state, 1000) == 0)
		operation->offset = UINT64_MAX - history_random(state, 300);
}

/* So that the text of an operation has all of it. */
static void forget_unused(struct history_operation *operation)
{
	unsigned uses = kinds[operation->kind].uses;

	operation->offset = uses & USES_OFFSET ? operation->offset : 0;
	operation->len_bytes = uses & USES_LEN ? operation->len_bytes : 0;
	operation->number = uses & USES_NUMBER ? operation->number : 0;
}

void history_generate(struct history_operation *operations, size_t count, uint64_t seed,
		      bool is_even)
{
	size_t size_bytes = 0;
	bool writable = true;

	for (size_t i = 0; i < count; i++) {
		struct history_operation *operation = &operations[i];

		operation->kind = random_kind(&seed, size_bytes, writable, is_even);
		operation->number = (uint32_t)mix_next(&seed);
		random_range(operation, &seed, size_bytes);
		if (operation->kind == HISTORY_RESIZE) {
			operation->offset =
				random_offset(&seed, history_random(&seed, HISTORY_SIZE_MAX_BYTES));
			if (operation->offset > HISTORY_SIZE_MAX_BYTES)
				operation->offset = HISTORY_SIZE_MAX_BYTES;
			if (writable)
				size_bytes = (size_t)operation->offset;
		}
		if (operation->kind == HISTORY_REOPEN || operation->kind == HISTORY_REOPEN_READ)
			writable = operation->kind == HISTORY_REOPEN;
		forget_unused(operation);
	}
}

/* ---- text ---- */

char *history_text(const struct history_operation *operations, size_t count)
{
	char *text = malloc(count * OPERATION_BYTES + 1), *at = text;

	if (!text)
		return NULL;
	*at = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct history_operation *operation = &operations[i];
		unsigned uses = kinds[operation->kind].uses;

		at += sprintf(at, "%s%s", i ? "," : "", kinds[operation->kind].name);
		if (uses & USES_OFFSET)
			at += sprintf(at, ":%" PRIu64, operation->offset);
		if (uses & USES_LEN)
			at += sprintf(at, "+%zu", operation->len_bytes);
		if (uses & USES_NUMBER)
			at += sprintf(at, "/%" PRIu32, operation->number);
	}
	return text;
}

/* Reads `mark` and a number up to `max`, and moves *at behind it. False if they are not there. */
static bool number_after(const char **at, char mark, uint64_t max, uint64_t *value)
{
	char *end;

	if (**at != mark || (*at)[1] < '0' || (*at)[1] > '9')
		return false;
	errno = 0;
	*value = strtoull(*at + 1, &end, 10);
	*at = end;
	return errno == 0 && *value <= max;
}

static int kind_named(const char *name, size_t name_len)
{
	for (int kind = 0; kind < HISTORY_KINDS_COUNT; kind++) {
		if (strlen(kinds[kind].name) == name_len &&
		    memcmp(kinds[kind].name, name, name_len) == 0)
			return kind;
	}
	return -1;
}

static int unknown_kind(const char *name, size_t name_len, struct why *why)
{
	char valid[200] = "";
	size_t used = 0;

	for (int kind = 0; kind < HISTORY_KINDS_COUNT; kind++)
		used += (size_t)snprintf(valid + used, sizeof(valid) - used, "%s%s",
					 kind ? ", " : "", kinds[kind].name);
	return why_set(why, -EINVAL, "history: unknown operation '%.*s'; valid: %s",
		       (int)(name_len < 20 ? name_len : 20), name, valid);
}

/* One operation of the text at *at, which is moved behind it. */
static int parse_one(const char **at, struct history_operation *operation, struct why *why)
{
	const char *begin = *at;
	size_t name_len = strcspn(begin, ":/,");
	int kind = kind_named(begin, name_len);
	uint64_t len_bytes = 0, number = 0;

	if (kind < 0)
		return unknown_kind(begin, name_len, why);
	unsigned uses = kinds[kind].uses;
	*operation = (struct history_operation){.kind = (enum history_kind)kind};
	*at += name_len;
	bool ok =
		!(uses & USES_OFFSET) ||
		number_after(at, ':', kind == HISTORY_RESIZE ? HISTORY_SIZE_MAX_BYTES : UINT64_MAX,
			     &operation->offset);
	ok = ok && (!(uses & USES_LEN) || number_after(at, '+', HISTORY_LEN_MAX_BYTES, &len_bytes));
	ok = ok && (!(uses & USES_NUMBER) || number_after(at, '/', UINT32_MAX, &number));
	if (!ok || (**at != ',' && **at != '\0'))
		return why_set(why, -EINVAL,
			       "history: '%.*s' is not of the form %s%s%s%s; sizes up to %zu, "
			       "lengths up to %zu",
			       (int)strcspn(begin, ","), begin, kinds[kind].name,
			       uses & USES_OFFSET ? ":OFFSET" : "",
			       uses & USES_LEN ? "+LENGTH" : "",
			       uses & USES_NUMBER ? "/NUMBER" : "", HISTORY_SIZE_MAX_BYTES,
			       HISTORY_LEN_MAX_BYTES);
	operation->len_bytes = (size_t)len_bytes;
	operation->number = (uint32_t)number;
	return 0;
}

int history_parse(const char *text, struct history_operation **operations, size_t *count,
		  struct why *why)
{
	size_t most = 1;

	for (const char *at = text; *at; at++)
		most += *at == ',';
	if (most > OPERATIONS_MAX)
		return why_set(why, -EINVAL, "history: more than %d operations", OPERATIONS_MAX);
	*operations = calloc(most, sizeof(**operations));
	if (!*operations)
		return -ENOMEM;
	*count = 0;
	for (const char *at = text;; at++) {
		int err = parse_one(&at, &(*operations)[*count], why);

		if (err) {
			free(*operations);
			*operations = NULL;
			return err;
		}
		(*count)++;
		if (!*at)
			return 0;
	}
}
