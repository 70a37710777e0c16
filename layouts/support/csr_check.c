/* Layout `csr`: whether the offsets use each target once, and the targets are nodes. Reads the file once, in its order. */
#include "csr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define OFFSETS_MAX   8192  /* 64 KiB in one read */
#define TARGETS_BYTES 65536 /* as much: no slower than 256 KiB */

struct check {
	struct csr_store *store;
	uint64_t directions; /* sum of csr_direction_hash() */
	uint64_t offsets[OFFSETS_MAX + 1];
	unsigned char targets[TARGETS_BYTES];
};

int csr_bad_range(struct csr_store *store, uint64_t node, uint64_t begin, uint64_t end)
{
	return why_set(&store->base.why, -EBADMSG,
		       "csr: node %" PRIu64 " has targets %" PRIu64 " to %" PRIu64 " of %" PRIu64,
		       node, begin, end, store->base.edges_count);
}

/* The targets of `node`, of which `count` are at `ids`. */
static int check_ids(struct check *check, uint64_t node, const void *ids, uint64_t count)
{
	struct store *base = &check->store->base;
	struct neighbors found = {.ids = ids, .count = count};

	for (uint64_t i = 0; i < count; i++) {
		uint64_t id = neighbor_id(base, &found, i);
		check->directions += csr_direction_hash(node, id);
		if (id >= base->nodes_count)
			return why_set(&base->why, -EBADMSG,
				       "csr: node %" PRIu64 " has neighbour %" PRIu64
				       ", but there are %" PRIu64 " nodes",
				       node, id, base->nodes_count);
	}
	return 0;
}

/* The targets of nodes first .. first + count, whose offsets rise; they are one run in the file. */
static int check_targets(struct check *check, uint64_t first, uint64_t count)
{
	struct csr_store *store = check->store;
	const uint64_t *offsets = check->offsets;
	uint64_t in_one_read = sizeof(check->targets) / store->id_bytes, end = offsets[count];

	for (uint64_t at = offsets[0], i = 0; at < end;) {
		uint64_t stop = end - at < in_one_read ? end : at + in_one_read;
		int err = store->base.engine->ops->read(store->base.engine,
							csr_target_at(store, at), check->targets,
							(stop - at) * store->id_bytes);
		for (uint64_t from = at; !err && at < stop;) {
			while (offsets[i + 1] <= at)
				i++;
			uint64_t last = offsets[i + 1] < stop ? offsets[i + 1] : stop;
			err = check_ids(check, first + i,
					check->targets + (at - from) * store->id_bytes, last - at);
			at = last;
		}
		if (err)
			return err;
	}
	return 0;
}

/* All nodes; the offset behind the last one goes to *end. */
static int check_nodes(struct check *check, uint64_t *end)
{
	struct csr_store *store = check->store;
	uint64_t nodes_count = store->base.nodes_count;

	*end = 0;
	for (uint64_t first = 0; first < nodes_count; first += OFFSETS_MAX) {
		uint64_t count =
			nodes_count - first < OFFSETS_MAX ? nodes_count - first : OFFSETS_MAX;
		int err = store->base.engine->ops->read(store->base.engine, csr_offset_at(first),
							check->offsets,
							(count + 1) * sizeof(check->offsets[0]));
		if (err)
			return err;
		for (uint64_t i = 0; i < count; i++) {
			uint64_t begin = check->offsets[i], next = check->offsets[i + 1];
			if ((i == 0 && begin != *end) || begin > next ||
			    next > store->base.edges_count)
				return csr_bad_range(store, first + i, begin, next);
		}
		err = check_targets(check, first, count);
		if (err)
			return err;
		*end = check->offsets[count];
	}
	return 0;
}

int csr_check(struct store *base)
{
	struct csr_store *store = (struct csr_store *)base;
	int err = csr_build_pending(store);

	if (!err)
		err = checksums_check(&store->checksums, &base->why);
	if (err)
		return err;
	struct check *check = malloc(sizeof(*check));
	uint64_t used = 0;

	if (!check)
		return -ENOMEM;
	check->store = store;
	check->directions = 0;
	err = check_nodes(check, &used);
	if (!err && used != base->edges_count)
		err = why_set(&base->why, -EBADMSG,
			      "csr: the offsets use %" PRIu64 " of %" PRIu64 " targets", used,
			      base->edges_count);
	if (!err && (check->directions == 0) != base->both_ways)
		err = why_set(
			&base->why, -EBADMSG,
			"csr: the header says that edges %s there in both directions; they %s",
			base->both_ways ? "are" : "are not", base->both_ways ? "are not" : "are");
	free(check);
	return err;
}
