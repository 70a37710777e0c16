/* Layout `csr`: whether the offsets use each target once, and the targets are nodes; and whether the in-edges are the
 * out-edges. Reads the file once, in its order. */
#include "csr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define OFFSETS_MAX   8192  /* 64 KiB in one read */
#define TARGETS_BYTES 65536 /* as much: no slower than 256 KiB */

struct check {
	struct csr_store *store;
	const struct csr_lists *lists; /* those being read */
	bool incoming;
	uint64_t directions; /* sum of csr_direction_hash() of out-edges */
	uint64_t edges;      /* sum of csr_edge_hash() of out-edges, less those of in-edges */
	uint64_t
		degrees; /* sum of csr_edge_hash() of nodes and their numbers of out-edges, less those in the in-lists */
	uint64_t offsets[OFFSETS_MAX + 1];
	unsigned char targets[TARGETS_BYTES];
};

int csr_bad_range(struct csr_store *store, const struct csr_lists *lists, uint64_t node,
		  uint64_t begin, uint64_t end)
{
	return why_set(&store->base.why, -EBADMSG,
		       "csr: node %" PRIu64 " has %s %" PRIu64 " to %" PRIu64 " of %" PRIu64, node,
		       lists == &store->in ? "in-edges" : "targets", begin, end, lists->ids_count);
}

/* An id in the list of `node`. */
static int check_id(struct check *check, uint64_t node, uint64_t id)
{
	struct store *base = &check->store->base;

	if (id >= base->nodes_count)
		return why_set(&base->why, -EBADMSG,
			       "csr: node %" PRIu64 " has %s %" PRIu64 ", but there are %" PRIu64
			       " nodes",
			       node, check->incoming ? "in-neighbour" : "neighbour", id,
			       base->nodes_count);
	if (check->incoming) {
		check->edges -= csr_edge_hash(id, node);
	} else {
		check->edges += csr_edge_hash(node, id);
		check->directions += csr_direction_hash(node, id);
	}
	return 0;
}

/* Of the list of `node`, ids[count] from the one with index `from` on. */
static int check_ids(struct check *check, uint64_t node, const void *ids, uint64_t from,
		     uint64_t count)
{
	struct neighbors found = {.ids = ids, .count = count};
	uint64_t i = 0;
	int err = 0;

	if (check->incoming && from == 0 && count > 0) {
		check->degrees -= csr_edge_hash(node, neighbor_id(&check->store->base, &found, 0));
		i = 1;
	}
	for (; !err && i < count; i++)
		err = check_id(check, node, neighbor_id(&check->store->base, &found, i));
	return err;
}

/* The targets of nodes first .. first + count, whose offsets rise; they are one run in the file. */
static int check_targets(struct check *check, uint64_t first, uint64_t count)
{
	struct csr_store *store = check->store;
	const uint64_t *offsets = check->offsets;
	uint64_t in_one_read = sizeof(check->targets) / store->id_bytes, end = offsets[count];

	for (uint64_t at = offsets[0], i = 0; at < end;) {
		uint64_t stop = end - at < in_one_read ? end : at + in_one_read;
		int err = store->base.engine->ops->read(
			store->base.engine, csr_id_at(store, check->lists, at), check->targets,
			(stop - at) * store->id_bytes);
		for (uint64_t from = at; !err && at < stop;) {
			while (offsets[i + 1] <= at)
				i++;
			uint64_t last = offsets[i + 1] < stop ? offsets[i + 1] : stop;
			err = check_ids(check, first + i,
					check->targets + (at - from) * store->id_bytes,
					at - offsets[i], last - at);
			at = last;
		}
		if (err)
			return err;
	}
	return 0;
}

/* The offsets of nodes first .. first + count, of which the first is to be `begin`. */
static int check_offsets(struct check *check, uint64_t first, uint64_t count, uint64_t begin)
{
	struct csr_store *store = check->store;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t from = check->offsets[i], end = check->offsets[i + 1];

		if ((i == 0 && from != begin) || from > end || end > check->lists->ids_count)
			return csr_bad_range(store, check->lists, first + i, from, end);
		if (check->incoming && from == end)
			return why_set(&store->base.why, -EBADMSG,
				       "csr: the in-edges of node %" PRIu64
				       " do not begin with the number of its out-edges",
				       first + i);
		if (!check->incoming)
			check->degrees += csr_edge_hash(first + i, end - from);
	}
	return 0;
}

/* The lists of all nodes. */
static int check_lists(struct check *check, const struct csr_lists *lists)
{
	struct csr_store *store = check->store;
	uint64_t nodes_count = store->base.nodes_count, used = 0;

	check->lists = lists;
	check->incoming = lists == &store->in;
	for (uint64_t first = 0; first < nodes_count; first += OFFSETS_MAX) {
		uint64_t count =
			nodes_count - first < OFFSETS_MAX ? nodes_count - first : OFFSETS_MAX;
		int err = store->base.engine->ops->read(store->base.engine,
							csr_offset_at(lists, first), check->offsets,
							(count + 1) * sizeof(check->offsets[0]));
		if (!err)
			err = check_offsets(check, first, count, used);
		if (!err)
			err = check_targets(check, first, count);
		if (err)
			return err;
		used = check->offsets[count];
	}
	if (used != lists->ids_count)
		return why_set(&store->base.why, -EBADMSG,
			       "csr: the offsets use %" PRIu64 " of %" PRIu64 " %s", used,
			       lists->ids_count, check->incoming ? "in-edges" : "targets");
	return 0;
}

static int check_both(struct check *check)
{
	struct csr_store *store = check->store;
	struct store *base = &store->base;
	int err = check_lists(check, &store->out);

	if (!err && (check->directions == 0) != base->both_ways)
		err = why_set(
			&base->why, -EBADMSG,
			"csr: the header says that edges %s there in both directions; they %s",
			base->both_ways ? "are" : "are not", base->both_ways ? "are not" : "are");
	if (err || !base->in_edges)
		return err;
	err = check_lists(check, &store->in);
	if (!err && check->edges != 0)
		err = why_set(&base->why, -EBADMSG, "csr: the in-edges are not the out-edges");
	if (!err && check->degrees != 0)
		err = why_set(&base->why, -EBADMSG,
			      "csr: the in-edges have another number of out-edges for a node");
	return err;
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

	if (!check)
		return -ENOMEM;
	check->store = store;
	check->directions = check->edges = check->degrees = 0;
	err = check_both(check);
	free(check);
	return err;
}
