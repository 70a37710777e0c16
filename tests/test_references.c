/* References: each option's value gives the same graph; damaged, foreign and locked files. */
#include <fcntl.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/stores.h"

static struct store_config config_of(const uint64_t *options, const char *path, bool writable)
{
	return (struct store_config){.path = path, .options = options, .writable = writable};
}

static void build(const struct layout_ops *reference, const uint64_t *options, const char *path,
		  struct model *model, bool bulk, enum store_durability durability)
{
	struct store_config config = config_of(options, path, true);
	struct edge_stream stream = model_stream(model);
	struct store *store;

	config.durability = durability;
	assert_int_equal(layout_ops_create(reference, &config, &store, NULL), 0);
	if (bulk) {
		assert_int_equal(reference->bulk(store, &stream), 0);
	} else {
		for (uint64_t n = 0; n < model->nodes_count; n++)
			assert_int_equal(reference->insert_node(store), 0);
		for (uint64_t i = 0; i < model->edges_count; i++) {
			const struct edge *edge = &model->edges[i];
			assert_int_equal(reference->insert_edge(store, edge->from, edge->to), 0);
		}
	}
	assert_int_equal(reference->sync(store), 0);
	assert_store(store, model);
	assert_int_equal(reference->close(store), 0);
}

static int open_file(const struct layout_ops *reference, const uint64_t *options, const char *path,
		     struct store **out, struct why *why)
{
	struct store_config config = config_of(options, path, false);

	return layout_ops_open(reference, &config, out, why);
}

static void assert_file(const struct layout_ops *reference, const uint64_t *options,
			const char *path, struct model *model)
{
	struct store *store;
	struct why why = {""};

	if (open_file(reference, options, path, &store, &why))
		fail_msg("%s: %s", reference->name, why.text);
	assert_store(store, model);
	assert_int_equal(reference->check(store), 0);
	assert_int_equal(reference->drop_cache(store), 0);
	assert_store(store, model);
	assert_int_equal(reference->close(store), 0);
}

static void small_model(struct model *model)
{
	*model = (struct model){0};
	model_skewed(model, 3, 7, 700);
	for (uint64_t i = 0; i < 600; i++) /* a node with many edges to one neighbour */
		model_add(model, 5, i % 3 ? 9 : 9 - i % 7);
}

/* Every value of every option, one at a time, by single inserts and in bulk. */
static void test_options(void **state)
{
	struct model model;

	(void)state;
	small_model(&model);
	for (size_t r = 0; r < references_count(); r++) {
		const struct layout_ops *reference = reference_at(r);
		for (uint32_t k = 0; k < reference->options_count; k++) {
			const struct option_spec *spec = &reference->options[k];
			uint64_t options[OPTIONS_MAX], other = spec->default_value + 1;

			for (unsigned bulk = 0; bulk < 2; bulk++) {
				option_defaults(reference->options, reference->options_count,
						options);
				if (spec->type != OPTION_U64)
					other = !spec->default_value;
				options[k] = other;
				build(reference, options, test_path("o"), &model, bulk,
				      DURABILITY_NONE);
				assert_file(reference, options, test_path("o"), &model);
				assert_int_equal(unlink(test_path("o")), 0);
			}
		}
	}
	model_release(&model);
}

static void test_durability(void **state)
{
	struct model model = {.nodes_count = 3};

	(void)state;
	model_add(&model, 0, 2);
	model_add(&model, 2, 2);
	for (size_t r = 0; r < references_count(); r++) {
		const struct layout_ops *reference = reference_at(r);
		uint64_t options[OPTIONS_MAX];

		option_defaults(reference->options, reference->options_count, options);
		for (int d = DURABILITY_NONE; d <= DURABILITY_EACH; d++) {
			build(reference, options, test_path("d"), &model, false,
			      (enum store_durability)d);
			assert_file(reference, options, test_path("d"), &model);
		}
		assert_int_equal(unlink(test_path("d")), 0);
	}
	model_release(&model);
}

/* ---- damage ---- */

/* Opens and checks. Any error is accepted if it has a reason. */
static int look_at(const struct layout_ops *reference, const uint64_t *options, const char *path,
		   struct why *why)
{
	struct store *store;
	int err = open_file(reference, options, path, &store, why);

	if (err)
		return err;
	err = reference->check(store);
	*why = store->why;
	assert_int_equal(reference->close(store), 0);
	return err;
}

static void overwrite(const char *path, off_t at, const void *bytes, size_t len_bytes)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len_bytes, at), len_bytes);
	close(fd);
}

static void test_damage(void **state)
{
	char garbage[4096];
	struct model model;

	(void)state;
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (char)mix_at(1, i);
	small_model(&model);
	for (size_t r = 0; r < references_count(); r++) {
		const struct layout_ops *reference = reference_at(r);
		const char *path = test_path("x");
		uint64_t options[OPTIONS_MAX];
		struct stat status;
		struct why why = {""};

		option_defaults(reference->options, reference->options_count, options);
		assert_int_equal(look_at(reference, options, test_path("none"), &why), -ENOENT);
		build(reference, options, path, &model, true, DURABILITY_NONE);
		assert_int_equal(stat(path, &status), 0);
		/* Every second page after the header, the header, the length, the whole file. */
		for (off_t at = 16384; at < status.st_size; at += 8192)
			overwrite(path, at, garbage, sizeof(garbage));
		int err = look_at(reference, options, path, &why);
		if (err != -EBADMSG || !*why.text)
			fail_msg("%s, page: %d '%s'", reference->name, err, why.text);
		build(reference, options, path, &model, true, DURABILITY_NONE);
		overwrite(path, 0, garbage, sizeof(garbage));
		assert_int_equal(look_at(reference, options, path, &why), -EBADMSG);
		assert_true(*why.text);
		build(reference, options, path, &model, true, DURABILITY_NONE);
		assert_int_equal(truncate(path, status.st_size / 2), 0);
		err = look_at(reference, options, path, &why);
		if (err != -EBADMSG || !*why.text)
			fail_msg("%s, cut: %d '%s'", reference->name, err, why.text);
		assert_int_equal(truncate(path, 0), 0);
		assert_int_equal(look_at(reference, options, path, &why), -EBADMSG);
		assert_int_equal(unlink(path), 0);
	}
	model_release(&model);
}

/* Each refuses the other's file, and both refuse a foreign database. */
static void test_foreign(void **state)
{
	struct model model = {.nodes_count = 2};
	sqlite3 *db;

	(void)state;
	model_add(&model, 0, 1);
	for (size_t r = 0; r < references_count(); r++) {
		uint64_t options[OPTIONS_MAX];
		struct why why = {""};

		option_defaults(reference_at(r)->options, reference_at(r)->options_count, options);
		build(reference_at(r), options, test_path("f"), &model, true, DURABILITY_NONE);
		for (size_t other = 0; other < references_count(); other++) {
			option_defaults(reference_at(other)->options,
					reference_at(other)->options_count, options);
			int err = look_at(reference_at(other), options, test_path("f"), &why);
			assert_int_equal(err, other == r ? 0 : -EBADMSG);
		}
		assert_int_equal(unlink(test_path("f")), 0);
		assert_int_equal(sqlite3_open(test_path("f"), &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
		option_defaults(reference_at(r)->options, reference_at(r)->options_count, options);
		assert_int_equal(look_at(reference_at(r), options, test_path("f"), &why), -EBADMSG);
		assert_int_equal(unlink(test_path("f")), 0);
	}
	model_release(&model);
}

/* ---- locks ---- */

static void hold_sqlite(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK)
		_exit(1);
}

static void hold_lmdb(const char *path)
{
	MDB_env *env;
	MDB_txn *txn;

	if (mdb_env_create(&env) || mdb_env_open(env, path, MDB_NOSUBDIR, 0644) ||
	    mdb_txn_begin(env, NULL, 0, &txn))
		_exit(1);
}

static void test_locked(void **state)
{
	struct model model = {.nodes_count = 2};

	(void)state;
	model_add(&model, 0, 1);
	for (size_t r = 0; r < references_count(); r++) {
		const struct layout_ops *reference = reference_at(r);
		bool is_sqlite = strcmp(reference->name, "sqlite") == 0;
		uint64_t options[OPTIONS_MAX];
		struct why why = {""};
		int ready[2], done[2], status;
		char byte;

		option_defaults(reference->options, reference->options_count, options);
		build(reference, options, test_path("l"), &model, true, DURABILITY_NONE);
		assert_int_equal(pipe(ready) | pipe(done), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(done[1]);
			(is_sqlite ? hold_sqlite : hold_lmdb)(test_path("l"));
			_exit(write(ready[1], "x", 1) != 1 || read(done[0], &byte, 1) != 0);
		}
		close(ready[1]);
		close(done[0]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		int err = look_at(reference, options, test_path("l"), &why);
		if (err != -EBUSY || !*why.text)
			fail_msg("%s: %d '%s'", reference->name, err, why.text);
		close(ready[0]);
		close(done[1]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_file(reference, options, test_path("l"), &model);
		assert_int_equal(unlink(test_path("l")), 0);
		char lock[400];
		snprintf(lock, sizeof(lock), "%s-lock", test_path("l"));
		unlink(lock);
	}
	model_release(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options), cmocka_unit_test(test_durability),
		cmocka_unit_test(test_damage),  cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_locked),
	};

	return cmocka_run_group_tests_name("references", tests, folder_setup, folder_teardown);
}
