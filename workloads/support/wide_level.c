/* Wide levels of a walk: see wide_level.h. */
#include "wide_level.h"

#include <errno.h>
#include <string.h>

#define ALPHA        14 /* edges left / edges of the level */
#define BETA         24 /* all nodes / nodes of the level */
#define SAMPLE_NODES 64

#define BYTES_HIGH UINT64_C(0x8080808080808080)

static inline void set_bit(uint64_t *bits, uint64_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* ---- between queue, levels and bitmaps ---- */

/* One bit for each of eight levels: is the node reached? */
static uint64_t reached_bits(const uint8_t *levels)
{
	uint64_t bytes;

	_Static_assert(WALK_LEVEL_UNREACHED == 0xff, "a byte of ones");
	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");
	memcpy(&bytes, levels, sizeof(bytes));
	bytes = ~bytes; /* 0: unreached */
	bytes = ((bytes & ~BYTES_HIGH) + ~BYTES_HIGH) | bytes;
	/* The highest bit of each byte to one byte, by a multiplication. */
	return ((bytes & BYTES_HIGH) >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static uint64_t visited_word(const struct walk *walk, uint64_t word)
{
	uint64_t first = word * 64, bits = 0;

	if (walk->nodes_count - first >= 64) {
		for (unsigned i = 0; i < 8; i++)
			bits |= reached_bits(walk->levels + first + 8 * i) << 8 * i;
		return bits;
	}
	for (uint64_t i = first; i < walk->nodes_count; i++)
		bits |= (uint64_t)(walk->levels[i] != WALK_LEVEL_UNREACHED) << (i % 64);
	return bits | ~UINT64_C(0)
			      << (walk->nodes_count % 64); /* no nodes are there to be reached */
}

void wide_begin(struct walk *walk, const uint64_t *nodes, uint64_t count)
{
	uint64_t words = walk_words(walk);

	for (uint64_t word = 0; word < words; word++)
		walk->visited[word] = visited_word(walk, word);
	memset(walk->level_bits, 0, words * sizeof(*walk->level_bits));
	memset(walk->next_bits, 0, words * sizeof(*walk->next_bits));
	for (uint64_t i = 0; i < count; i++)
		set_bit(walk->level_bits, nodes[i]);
}

uint64_t wide_take(const uint64_t *bits, bool inverted, uint64_t *word, uint64_t end,
		   uint64_t *nodes, uint64_t capacity)
{
	uint64_t count = 0, flip = inverted ? ~UINT64_C(0) : 0;

	for (; *word < end && capacity - count >= 64; ++*word) {
		for (uint64_t left = bits[*word] ^ flip; left; left &= left - 1)
			nodes[count++] = *word * 64 + (unsigned)__builtin_ctzll(left);
	}
	return count;
}

uint64_t wide_finish(struct walk *walk, uint32_t depth, uint64_t begin, uint64_t end)
{
	uint8_t level = walk_level_byte(depth);
	uint64_t count = 0;

	for (uint64_t word = begin; word < end; word++) {
		uint64_t fresh = walk->next_bits[word] & ~walk->visited[word];

		walk->next_bits[word] = 0;
		walk->level_bits[word] = fresh;
		walk->visited[word] |= fresh;
		for (uint64_t left = fresh; left; left &= left - 1) {
			uint64_t node = word * 64 + (unsigned)__builtin_ctzll(left);

			walk->levels[node] = level;
			if (level == WALK_LEVEL_DEEP)
				walk->deep[node] = depth;
			count++;
		}
	}
	return count;
}

/* ---- down: the neighbours of each node of the level ---- */

static inline __attribute__((always_inline)) int visit_ids(uint64_t nodes_count,
							   uint64_t *next_bits,
							   const struct neighbors *found,
							   bool narrow_ids, uint64_t *bad_id)
{
	const uint32_t *ids32 = found->ids;
	const uint64_t *ids64 = found->ids;

	for (size_t k = 0; k < found->count; k++) {
		uint64_t id = narrow_ids ? ids32[k] : ids64[k];

		if (__builtin_expect(id >= nodes_count, 0)) {
			*bad_id = id;
			return -EBADMSG;
		}
		set_bit(next_bits, id);
	}
	return 0;
}

int wide_visit(const struct walk *walk, struct wide_worker *worker, const uint64_t *nodes,
	       const struct neighbors *found, size_t count)
{
	bool narrow_ids = worker->store->narrow_ids;
	uint64_t nodes_count = walk->nodes_count, bad_id;

	for (size_t i = 0; i < count; i++) {
		int err = narrow_ids ? visit_ids(nodes_count, worker->next_bits, &found[i], true,
						 &bad_id)
				     : visit_ids(nodes_count, worker->next_bits, &found[i], false,
						 &bad_id);
		if (err)
			return walk_bad_neighbor(worker->store, nodes[i], bad_id);
		worker->edges_count += found[i].count;
	}
	return 0;
}

static int expand_nodes(const struct walk *walk, struct wide_worker *worker, const uint64_t *nodes,
			uint64_t nodes_count)
{
	struct store *store = worker->store;
	struct frontier level = {.nodes = nodes, .count = nodes_count};

	while (level.next < level.count) {
		uint64_t began_ns = worker->sink ? clock_now_ns() : 0;
		ssize_t count =
			store->ops->neighbors_batch(store, &level, worker->found, worker->window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		int err = wide_visit(walk, worker, nodes + level.next - count, worker->found,
				     (size_t)count);
		if (err)
			return err;
		if (worker->sink)
			worker->sink->record(worker->sink, clock_now_ns() - began_ns);
	}
	return 0;
}

int wide_expand(const struct walk *walk, struct wide_worker *worker, uint64_t begin, uint64_t end)
{
	int err = 0;

	while (!err && begin < end) {
		uint64_t count = wide_take(walk->level_bits, false, &begin, end, worker->nodes,
					   worker->nodes_capacity);

		err = expand_nodes(walk, worker, worker->nodes, count);
	}
	return err;
}

/* ---- up: the nodes not reached look for a neighbour on the level ---- */

/* Has one of ids[from, count) a bit in the level? */
static inline __attribute__((always_inline)) int find_parent(const struct walk *walk,
							     const struct neighbors *found,
							     size_t from, bool narrow_ids,
							     uint64_t *bad_id)
{
	const uint32_t *ids32 = found->ids;
	const uint64_t *ids64 = found->ids, *level_bits = walk->level_bits;

	for (size_t k = from; k < found->count; k++) {
		uint64_t id = narrow_ids ? ids32[k] : ids64[k];

		if (__builtin_expect(id >= walk->nodes_count, 0)) {
			*bad_id = id;
			return -EBADMSG;
		}
		if (level_bits[id / 64] >> (id % 64) & 1)
			return 1;
	}
	return 0;
}

/* In a list of in-edges the first number is that of the out-edges; of both_ways it is as long as the list. */
static int visit_up(const struct walk *walk, struct wide_worker *worker, const uint64_t *nodes,
		    size_t count)
{
	struct store *store = worker->store;
	bool narrow_ids = store->narrow_ids, in_edges = !store->both_ways;
	uint64_t bad_id;

	for (size_t i = 0; i < count; i++) {
		const struct neighbors *found = &worker->found[i];
		int has = narrow_ids ? find_parent(walk, found, in_edges, true, &bad_id)
				     : find_parent(walk, found, in_edges, false, &bad_id);
		if (has < 0)
			return walk_bad_neighbor(store, nodes[i], bad_id);
		worker->next_bits[nodes[i] / 64] |= (uint64_t)has << (nodes[i] % 64);
		worker->edges_count += in_edges ? neighbor_id(store, found, 0) : found->count;
	}
	return 0;
}

int wide_expand_up(const struct walk *walk, struct wide_worker *worker, uint64_t begin,
		   uint64_t end)
{
	struct store *store = worker->store;
	const struct layout_ops *ops = store->ops;
	ssize_t (*batch)(struct store *, struct frontier *, struct neighbors *, size_t) =
		store->both_ways ? ops->neighbors_batch : ops->in_neighbors_batch;

	while (begin < end) {
		struct frontier part = {.nodes = worker->nodes};

		part.count = wide_take(walk->visited, true, &begin, end, worker->nodes,
				       worker->nodes_capacity);
		while (part.next < part.count) {
			ssize_t count = batch(store, &part, worker->found, worker->window);
			if (count <= 0)
				return count < 0 ? (int)count : -EIO;
			int err = visit_up(walk, worker, part.nodes + part.next - count,
					   (size_t)count);
			if (err)
				return err;
		}
	}
	return 0;
}

/* Estimates the edges of the level from up to SAMPLE_NODES of its nodes, evenly over the ids. */
static int estimate_edges(struct walk *walk, struct wide_worker *worker, uint64_t level_count,
			  uint64_t *edges_count)
{
	uint64_t nodes[SAMPLE_NODES], words = walk_words(walk), sum = 0;
	uint64_t step = words / SAMPLE_NODES + 1;
	struct frontier sample = {.nodes = nodes};

	for (uint64_t from = 0; from < words; from += step) {
		uint64_t word = from;

		while (word < words && word < from + step && !walk->level_bits[word])
			word++;
		if (word < words && word < from + step)
			nodes[sample.count++] =
				word * 64 + (unsigned)__builtin_ctzll(walk->level_bits[word]);
	}
	while (sample.next < sample.count) {
		ssize_t count = worker->store->ops->neighbors_batch(worker->store, &sample,
								    worker->found, worker->window);
		if (count <= 0)
			return count < 0 ? (int)count : -EIO;
		for (ssize_t i = 0; i < count; i++)
			sum += worker->found[i].count;
	}
	*edges_count = sample.count ? sum * level_count / sample.count : 0;
	return 0;
}

/*
 * Up from the level where its edges are more than a share of those that are left, and down again where the level
 * has few nodes: both rules, and the values, are those of Beamer and others, table II.
 */
static int choose_direction(struct walk *walk, struct wide_worker *worker, uint64_t level_count,
			    bool *up)
{
	struct store *store = worker->store;
	uint64_t left, edges_count = 0;
	bool can = wide_can_go_up(store) && !worker->sink;

	if (!can || walk->direction != WALK_DIRECTION_AUTO) {
		*up = can && walk->direction == WALK_DIRECTION_UP;
		return 0;
	}
	if (*up) {
		*up = level_count >= walk->nodes_count / BETA;
		return 0;
	}
	left = store->edges_count - walk->position.edges_count;
	int err = estimate_edges(walk, worker, level_count, &edges_count);
	*up = !err && edges_count > left / ALPHA;
	return err;
}

/* ---- the levels of one thread ---- */

/* Expands the level, by the team if there is one and it is worth it. Gives the number of nodes of the next.
 * in_order[level_count] are the level's nodes if they are in a list already, else NULL. */
static int walk_level(struct walk *walk, struct wide_worker *worker, uint64_t level_count,
		      const uint64_t *in_order, bool up, uint64_t *next_count)
{
	uint64_t words = walk_words(walk);
	uint32_t depth = walk->position.depth + 1;
	struct walk_team *team =
		walk->team && level_count >= walk->team->nodes_min ? walk->team : NULL;
	int err = walk_reserve_deep(walk, depth);

	if (!err)
		err = team       ? team->expand(team, up, &worker->edges_count)
		      : up       ? wide_expand_up(walk, worker, 0, words)
		      : in_order ? expand_nodes(walk, worker, in_order, level_count)
				 : wide_expand(walk, worker, 0, words);
	if (!err)
		*next_count = team ? team->finish(team, depth) : wide_finish(walk, depth, 0, words);
	return err;
}

/* `up` and in_order are for the first level, which may be expanded in part already. */
static int walk_on(struct walk *walk, struct wide_worker *worker, uint64_t level_count,
		   const uint64_t *in_order, bool up, struct level_sink *levels)
{
	struct walk_position *position = &walk->position;
	uint64_t words = walk_words(walk), word = 0;
	uint64_t edges_before = position->edges_count - position->level_edges_count;

	for (;;) {
		uint64_t count;
		int err = walk_level(walk, worker, level_count, in_order, up, &count);

		if (err)
			return err;
		position->edges_count = up ? worker->store->edges_count - worker->edges_count
					   : position->edges_count + worker->edges_count;
		worker->edges_count = 0;
		position->depth++;
		if (levels)
			levels->record(levels, level_count, position->edges_count - edges_before);
		edges_before = position->edges_count;
		level_count = count;
		in_order = NULL;
		if (count <= walk->wide_min || position->depth >= walk->depth_max)
			break;
		err = choose_direction(walk, worker, level_count, &up);
		if (err)
			return err;
	}
	position->head = position->end = 0;
	if (level_count <= walk->wide_min)
		position->end = wide_take(walk->level_bits, false, &word, words, walk->queue,
					  walk->queue_capacity);
	return 0;
}

static struct wide_worker only_worker(struct walk *walk, struct store *store, size_t window,
				      struct latency_sink *sink)
{
	return (struct wide_worker){.store = store,
				    .next_bits = walk->next_bits,
				    .nodes = walk->queue,
				    .nodes_capacity = walk->queue_capacity,
				    .found = walk->found,
				    .window = window,
				    .sink = sink};
}

static bool is_sorted(const uint64_t *nodes, uint64_t count)
{
	uint64_t i = 1;

	for (; i + 4 <= count; i += 4) { /* four at once: half the instructions */
		if ((nodes[i - 1] >= nodes[i]) | (nodes[i] >= nodes[i + 1]) |
		    (nodes[i + 1] >= nodes[i + 2]) | (nodes[i + 2] >= nodes[i + 3]))
			return false;
	}
	for (; i < count; i++) {
		if (nodes[i - 1] >= nodes[i])
			return false;
	}
	return true;
}

int wide_walk(struct walk *walk, struct store *store, size_t window, struct latency_sink *sink,
	      struct level_sink *levels)
{
	struct wide_worker worker = only_worker(walk, store, window, sink);
	uint64_t count = walk->position.end - walk->position.head;

	const uint64_t *nodes = walk->queue + walk->position.head;
	bool up = false;
	bool listed = !walk->team && !wide_can_go_up(store) && is_sorted(nodes, count);

	/* The bits of consecutive nodes are slow to set one by one: each waits for the store of the one before. */
	wide_begin(walk, nodes, listed ? 0 : count);
	int err = choose_direction(walk, &worker, count, &up);
	return err ? err : walk_on(walk, &worker, count, listed ? nodes : NULL, up, levels);
}

int wide_take_over(struct walk *walk, struct store *store, const struct frontier *level,
		   const struct neighbors *found, size_t count, size_t window,
		   struct latency_sink *sink, struct level_sink *levels)
{
	struct wide_worker worker = only_worker(walk, store, window, sink);

	wide_begin(walk, level->nodes + level->next, level->count - level->next);
	for (uint64_t i = walk->position.head; i < walk->position.end; i++) {
		uint64_t node = walk->queue[i];

		set_bit(walk->next_bits, node);
		walk->visited[node / 64] &= ~(UINT64_C(1) << (node % 64));
	}
	int err = wide_visit(walk, &worker, level->nodes + level->next - count, found, count);
	if (sink)
		sink->record(sink, clock_now_ns() - walk->began_ns);
	return err ? err : walk_on(walk, &worker, level->count, NULL, false, levels);
}
