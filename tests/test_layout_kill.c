/*
 * A writer that is killed. A child process inserts nodes and edges, syncs at intervals, and is
 * killed by SIGKILL before or during one of the writes, resizes and syncs of its engine; a seed
 * selects which one. Then its file is opened: either the graph has everything that was synced, is
 * in a state that it had once, and check() succeeds; or open() fails with a reason. It is never a
 * different graph. Each layout is tested, with the engines in turn. The same for a process that
 * compacts, killed at each operation.
 *
 * IOWALK_KILL_MOMENTS: the number of kills per layout, 200 by default.
 *
 * Long: the engine that is killed and the two parts that use it.
 */
#include "support/stores.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../layouts/support/header.h"
#include "../workloads/support/session.h"

#define STEPS      900 /* inserts of a writer */
#define SYNC_EVERY 130

/* Shared with the child. */
struct progress {
	uint64_t operations_count;           /* calls of the engine */
	uint64_t synced_nodes, synced_edges; /* when the last sync returned */
	bool synced;
};

static struct progress *progress;

/* ---- the engine that kills ---- */

struct killer {
	struct engine engine;
	struct engine_ops ops; /* of `inner`, with the counting hooks replaced */
	struct engine *inner;
	uint64_t kill_at; /* index of the operation that is killed; UINT64_MAX: none */
	uint64_t variant; /* how much of it is done; kill_at by default */
};

static bool is_time(struct killer *killer)
{
	return progress->operations_count++ == killer->kill_at;
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	_exit(99);
}

static int killer_write(struct engine *engine, uint64_t offset, const void *buffer,
			size_t len_bytes)
{
	struct killer *killer = (struct killer *)engine;

	if (is_time(killer)) {
		/*
		 * None, a part or all of it is written. The header's 256 bytes are in one page,
		 * which the kernel writes without checking for signals: none or all.
		 */
		size_t part = len_bytes * (size_t)(killer->variant % 4) / 3;

		if (offset < HEADER_BYTES)
			part = killer->variant % 2 ? len_bytes : 0;

		if (part)
			killer->inner->ops->write(killer->inner, offset, buffer, part);
		die();
	}
	return killer->inner->ops->write(killer->inner, offset, buffer, len_bytes);
}

static int killer_resize(struct engine *engine, uint64_t size_bytes)
{
	struct killer *killer = (struct killer *)engine;

	if (is_time(killer)) {
		if (killer->variant % 2)
			killer->inner->ops->resize(killer->inner, size_bytes);
		die();
	}
	return killer->inner->ops->resize(killer->inner, size_bytes);
}

static int killer_sync(struct engine *engine)
{
	struct killer *killer = (struct killer *)engine;

	if (is_time(killer)) {
		if (killer->variant % 2)
			killer->inner->ops->sync(killer->inner);
		die();
	}
	return killer->inner->ops->sync(killer->inner);
}

static uint64_t killer_size(const struct engine *engine)
{
	const struct engine *inner = ((const struct killer *)engine)->inner;

	return inner->ops->size(inner);
}

static int killer_read(struct engine *engine, uint64_t offset, void *buffer, size_t len_bytes)
{
	struct engine *inner = ((struct killer *)engine)->inner;

	return inner->ops->read(inner, offset, buffer, len_bytes);
}

static const void *killer_map(struct engine *engine, uint64_t offset, size_t len_bytes)
{
	struct engine *inner = ((struct killer *)engine)->inner;

	return inner->ops->map(inner, offset, len_bytes);
}

static int killer_close(struct engine *engine)
{
	struct killer *killer = (struct killer *)engine;
	int err = killer->inner->ops->close(killer->inner);

	free(killer);
	return err;
}

static void killer_stats(const struct engine *engine, struct engine_stats *out)
{
	const struct engine *inner = ((const struct killer *)engine)->inner;

	inner->ops->stats(inner, out);
}

static void killer_init(struct killer *killer, struct engine *inner, uint64_t kill_at)
{
	killer->inner = inner;
	killer->kill_at = killer->variant = kill_at;
	killer->ops = (struct engine_ops){
		.magic = ENGINE_MAGIC,
		.abi_major = ENGINE_ABI_MAJOR,
		.struct_size = sizeof(struct engine_ops),
		.name = inner->ops->name,
		.capabilities = inner->ops->capabilities,
		.size = killer_size,
		.resize = killer_resize,
		.read = killer_read,
		.write = killer_write,
		.sync = killer_sync,
		.map = inner->ops->map ? killer_map : NULL,
	};
	killer->engine = (struct engine){.ops = &killer->ops};
}

/* ---- the writer ---- */

/* Step i inserts a node, or an edge between two existing nodes; no node gets many edges. */
static bool step_is_node(uint64_t i)
{
	return i < 5 || mix_at(31, i) % 5 < 2;
}

static struct edge step_edge(uint64_t i, uint64_t nodes_count)
{
	return (struct edge){mix_at(32, i) % nodes_count, mix_at(33, i) % nodes_count};
}

/* No assertions: this runs in the child, whose exit status names the failure. */
static int write_steps(const struct pair *pair, const char *path, uint64_t kill_at)
{
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	struct engine *inner;
	struct killer killer;
	struct store *store;
	struct why why;

	small_options(pair->engine, engine_options);
	option_defaults(pair->layout->options, pair->layout->options_count, layout_options);
	if (pair->engine->open(path, ENGINE_OPEN_CREATE, engine_options, &inner))
		return 1;
	killer_init(&killer, inner, kill_at);
	struct store_config config = {.engine = &killer.engine,
				      .path = path,
				      .options = layout_options,
				      .writable = true};
	if (layout_ops_create(pair->layout, &config, &store, &why))
		return 2;
	for (uint64_t i = 0; i < STEPS; i++) {
		struct edge edge = step_edge(i, store->nodes_count + !store->nodes_count);

		if (step_is_node(i) ? pair->layout->insert_node(store)
				    : pair->layout->insert_edge(store, edge.from, edge.to))
			return 3;
		if (i % SYNC_EVERY != SYNC_EVERY - 1)
			continue;
		if (pair->layout->sync(store))
			return 4;
		progress->synced_nodes = store->nodes_count;
		progress->synced_edges = store->edges_count;
		progress->synced = true;
	}
	return pair->layout->close(store) || inner->ops->close(inner) ? 5 : 0;
}

/* Returns whether it was killed. */
static bool run_writer(const struct pair *pair, const char *path, uint64_t kill_at)
{
	int status;

	memset(progress, 0, sizeof(*progress));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write_steps(pair, path, kill_at));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s on %s: the writer failed: %d", pair->layout->name, pair->engine->name,
			 status);
	return false;
}

/* ---- the file of the killed writer ---- */

/* The graph after the step at which it had this many nodes and edges. */
static void model_at(struct model *model, uint64_t nodes_count, uint64_t edges_count)
{
	for (uint64_t i = 0; i < STEPS; i++) {
		if (model->nodes_count == nodes_count && model->edges_count == edges_count)
			return;
		struct edge edge = step_edge(i, model->nodes_count + !model->nodes_count);

		if (step_is_node(i))
			model->nodes_count++;
		else
			model_add(model, edge.from, edge.to);
	}
	assert_int_equal(model->nodes_count, nodes_count);
	assert_int_equal(model->edges_count, edges_count);
}

/* 1: opened and right; 0: refused with a reason. */
static unsigned look_at(const struct pair *writer, const char *path)
{
	struct pair reader = {.layout = writer->layout};
	struct model model = {0};
	struct opened opened;
	struct why why = {""};

	for (size_t e = 0; e < engine_table_count; e++) {
		if (strcmp(engine_table[e]->name, "pread") == 0)
			reader.engine = engine_table[e];
	}
	assert_non_null(reader.engine);
	int err = opened_open(&opened, &reader, path, ENGINE_OPEN_READ, &why);
	if (err) {
		if (err != -EBADMSG || !*why.text)
			fail_msg("%s on %s: open gives %d '%s'", writer->layout->name,
				 writer->engine->name, err, why.text);
		/* A log loses nothing that was synced. */
		if (strcmp(writer->layout->name, "records") == 0 && progress->synced)
			fail_msg("records on %s: '%s' after a sync", writer->engine->name,
				 why.text);
		return 0;
	}
	assert_true(opened.store->nodes_count >= progress->synced_nodes);
	assert_true(opened.store->edges_count >= progress->synced_edges);
	model_at(&model, opened.store->nodes_count, opened.store->edges_count);
	assert_store(opened.store, &model);
	opened_check(&opened);
	opened_close(&opened);

	/* A graph that was opened can be extended. */
	opened_must(&opened, &reader, path, ENGINE_OPEN_WRITE);
	assert_int_equal(opened.store->ops->insert_node(opened.store), 0);
	assert_int_equal(opened.store->ops->insert_edge(opened.store, model.nodes_count, 0), 0);
	model_add(&model, model.nodes_count, 0);
	model.nodes_count++;
	opened_close(&opened);
	opened_must(&opened, &reader, path, ENGINE_OPEN_READ);
	assert_store(opened.store, &model);
	opened_check(&opened);
	opened_close(&opened);
	model_release(&model);
	return 1;
}

static void test_killed_writers(void **state)
{
	const char *text = getenv("IOWALK_KILL_MOMENTS"), *path = test_path("killed");
	uint64_t moments_count = text ? strtoull(text, NULL, 10) : 200;

	(void)state;
	for (size_t l = 0; l < layout_table_count; l++) {
		const struct engine_ops *engines[64];
		size_t engines_count = 0;
		struct pair pair = {0};
		unsigned found_count = 0, refused_count = 0;

		while (pair_next(&pair)) {
			if (pair.layout == layout_table[l] && engines_count < 64 &&
			    (pair.engine->capabilities & ENGINE_PERSISTENT))
				engines[engines_count++] = pair.engine;
		}
		pair.layout = layout_table[l];
		for (size_t e = 0; e < engines_count; e++) {
			pair.engine = engines[e];
			/* A writer that is not killed gives the number of operations. */
			assert_false(run_writer(&pair, path, UINT64_MAX));
			assert_int_equal(look_at(&pair, path), 1);
			uint64_t total = progress->operations_count;

			for (uint64_t i = e; i < moments_count; i += engines_count) {
				assert_true(run_writer(&pair, path, mix_at(34, i) % total));
				if (look_at(&pair, path))
					found_count++;
				else
					refused_count++;
			}
			remove_graph(path);
		}
		if (engines_count)
			print_message("%s: %u writers killed: %u found as synced, %u refused\n",
				      pair.layout->name, found_count + refused_count, found_count,
				      refused_count);
	}
}

/* ---- a file that is compacted ---- */

/* For killer_open(), which gets only the arguments of an engine. */
static const struct engine_ops *compact_engine;
static uint64_t compact_kill_at, compact_variant;

static int killer_open(const char *path, unsigned flags, const uint64_t *options,
		       struct engine **out)
{
	struct killer *killer = calloc(1, sizeof(*killer));
	struct engine *inner;

	if (!killer)
		return -ENOMEM;
	int err = compact_engine->open(path, flags, options, &inner);
	if (err) {
		free(killer);
		return err;
	}
	killer_init(killer, inner, compact_kill_at);
	killer->variant = compact_variant;
	killer->ops.close = killer_close;
	killer->ops.stats = killer_stats;
	*out = &killer->engine;
	return 0;
}

static int compact_graph(const struct pair *pair, const char *path, uint64_t kill_at,
			 uint64_t variant)
{
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	struct engine_ops engine = *pair->engine;
	struct workload_counts counts = {0};
	struct why why = {""};
	const struct workload_env env = {.engine = &engine,
					 .engine_options = engine_options,
					 .layout = pair->layout,
					 .layout_options = layout_options,
					 .path = path};

	small_options(pair->engine, engine_options);
	option_defaults(pair->layout->options, pair->layout->options_count, layout_options);
	engine.open = killer_open;
	compact_engine = pair->engine;
	compact_kill_at = kill_at;
	compact_variant = variant;
	progress->operations_count = 0;
	return session_compact(&env, &counts, &why);
}

/* Returns whether it was killed. */
static bool run_compact(const struct pair *pair, const char *path, uint64_t kill_at,
			uint64_t variant)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(compact_graph(pair, path, kill_at, variant) ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s on %s: compacting failed: %d", pair->layout->name, pair->engine->name,
			 status);
	return false;
}

struct file_copy {
	unsigned char *bytes;
	size_t len_bytes;
};

static struct file_copy file_load(const char *path)
{
	struct file_copy copy;
	FILE *file = fopen(path, "rb");

	if (!file)
		fail_msg("there is no '%s'", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	copy.len_bytes = (size_t)ftell(file);
	copy.bytes = malloc(copy.len_bytes + 1);
	assert_non_null(copy.bytes);
	rewind(file);
	assert_int_equal(fread(copy.bytes, 1, copy.len_bytes, file), copy.len_bytes);
	fclose(file);
	return copy;
}

static void file_store(const struct file_copy *copy, const char *path)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(copy->bytes, 1, copy->len_bytes, file), copy->len_bytes);
	assert_int_equal(fclose(file), 0);
}

/* Returns whether open() gave a note. */
static bool assert_graph(const struct pair *pair, const char *path, struct model *model)
{
	struct opened opened;

	opened_must(&opened, pair, path, ENGINE_OPEN_READ);
	assert_store(opened.store, model);
	opened_check(&opened);
	bool noted = *opened.store->note.text;
	opened_close(&opened);
	return noted;
}

static void assert_same_file(const char *path, const struct file_copy *copy)
{
	struct file_copy now = file_load(path);

	assert_int_equal(now.len_bytes, copy->len_bytes);
	assert_memory_equal(now.bytes, copy->bytes, copy->len_bytes);
	free(now.bytes);
}

/* Kills at each operation: before it, at two places within it, and after it. */
static unsigned kill_compacts(const struct pair *pair, const char *path, struct model *model)
{
	char sidecar[512], aside[512];
	unsigned killed_count = 0;

	snprintf(sidecar, sizeof(sidecar), "%s%s", path, pair->layout->sidecar);
	snprintf(aside, sizeof(aside), "%s.compact", path);
	struct file_copy graph = file_load(path), index = file_load(sidecar);
	assert_false(run_compact(pair, path, UINT64_MAX, 0));
	uint64_t total = progress->operations_count;
	struct file_copy small = file_load(path), small_index = file_load(sidecar);
	assert_true(total > 3);
	assert_true(small.len_bytes < graph.len_bytes / 2);

	for (uint64_t i = 0; i < total * 4; i++) {
		file_store(&graph, path);
		file_store(&index, sidecar);
		assert_true(run_compact(pair, path, i / 4, i % 4));
		/* All operations come before the file is replaced. */
		assert_same_file(path, &graph);
		assert_false(assert_graph(pair, path, model));
		killed_count++;
		if (i % 8)
			continue;
		/* The files left by the killed process do not hinder the next compaction. */
		assert_false(run_compact(pair, path, UINT64_MAX, 0));
		assert_false(assert_graph(pair, path, model));
		assert_int_equal(access(aside, F_OK), -1);
	}
	/*
	 * Killed between the two renames: the new index is beside the old file, which is detected.
	 */
	file_store(&graph, path);
	file_store(&small_index, sidecar);
	file_store(&small, aside);
	assert_true(assert_graph(pair, path, model));
	assert_false(run_compact(pair, path, UINT64_MAX, 0));
	assert_false(assert_graph(pair, path, model));
	struct file_copy again = file_load(path);
	assert_int_equal(again.len_bytes, small.len_bytes);
	free(again.bytes);
	free(graph.bytes);
	free(index.bytes);
	free(small.bytes);
	free(small_index.bytes);
	return killed_count;
}

static void test_killed_compacts(void **state)
{
	const char *path = test_path("killed");
	struct pair pair = {0};

	(void)state;
	while (pair_next(&pair)) {
		struct model model = {0};

		/* With ENGINE_COPY_ON_WRITE no index is stored. */
		if (!pair.layout->compact || !(pair.engine->capabilities & ENGINE_PERSISTENT) ||
		    (pair.engine->capabilities & ENGINE_COPY_ON_WRITE))
			continue;
		memset(progress, 0, sizeof(*progress));
		assert_int_equal(write_steps(&pair, path, UINT64_MAX), 0);
		/* Nodes that change again and are written again by each sync. */
		struct opened opened;
		opened_must(&opened, &pair, path, ENGINE_OPEN_WRITE);
		model_at(&model, opened.store->nodes_count, opened.store->edges_count);
		for (uint64_t i = 0; i < 2000; i++) {
			assert_int_equal(pair.layout->insert_edge(opened.store, i % 50, i % 7), 0);
			model_add(&model, i % 50, i % 7);
			if (i % 50 == 49)
				assert_int_equal(pair.layout->sync(opened.store), 0);
		}
		opened_close(&opened);
		unsigned killed_count = kill_compacts(&pair, path, &model);
		print_message("%s on %s: %u compacts killed, the old file each time\n",
			      pair.layout->name, pair.engine->name, killed_count);
		remove_graph(path);
		model_release(&model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_writers),
					   cmocka_unit_test(test_killed_compacts)};

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (progress == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests_name("killed writers", tests, folder_setup, folder_teardown);
}
