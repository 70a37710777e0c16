/* iowalk verify: checks that a file is a graph file without damage. */
#include "../../../engines/support/choose.h"
#include "../../base/contained.h"
#include "../../plan/cell.h"
#include "../command.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define CHECK_S_MAX 86400 /* of a store: a large one takes long */

/* Stores that are not graph files of this program, recognised by their first page. */
static const struct {
	const char *name;
	size_t offset;
	const char *bytes;
	size_t len_bytes;
} others[] = {
	{"a SQLite database", 0, "SQLite format 3",
	 16}, /* with its NUL; sqlite.org/fileformat.html */
	{"an LMDB data file", 16, "\xde\xc0\xef\xbe", 4}, /* MDB_MAGIC behind the page's header */
};

struct finding {
	const char *layout;
	uint64_t nodes_count, edges_count;
	struct why why, note;
};

/* The kind of the file, or NULL if it is none of them. */
static const char *other_kind(const char *path)
{
	char head[32] = "";
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(head, 1, sizeof(head), file) : 0;

	if (file)
		fclose(file);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t end = others[i].offset + others[i].len_bytes;
		if (end <= len &&
		    memcmp(head + others[i].offset, others[i].bytes, others[i].len_bytes) == 0)
			return others[i].name;
	}
	return NULL;
}

/* Reads through the engine that no damaged file can kill (ENGINE_BUILDS). */
static int verify_file(const char *path, struct finding *finding)
{
	uint64_t engine_options[OPTIONS_MAX], layout_options[OPTIONS_MAX];
	const struct engine_ops *ops = engine_builder();
	const struct layout_ops *layout;
	struct engine *engine;
	struct store *store;

	struct stat status;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return why_set(&finding->why, -EINVAL, "%s, not a regular file",
			       S_ISDIR(status.st_mode) ? "a directory" : "a device or pipe");
	option_defaults(ops->options, ops->options_count, engine_options);
	int err = engine_ops_open(ops, path, ENGINE_OPEN_READ, engine_options, &engine);
	if (err)
		return why_set(&finding->why, err, "cannot open '%.120s': %s", path,
			       strerror(-err));
	err = layout_identify(engine, &layout, &finding->why);
	if (err) {
		const char *other = other_kind(path);
		if (other)
			why_set(&finding->why, err,
				"%s: verify checks iowalk's own layouts, and with --layout "
				"other stores",
				other);
	} else {
		struct store_config config = {
			.engine = engine, .path = path, .options = layout_options};
		option_defaults(layout->options, layout->options_count, layout_options);
		finding->layout = layout->name;
		err = layout_ops_open(layout, &config, &store, &finding->why);
	}
	if (!err) {
		finding->nodes_count = store->nodes_count;
		finding->edges_count = store->edges_count;
		finding->note = store->note;
		err = layout->check(store);
		if (err)
			finding->why = store->why;
		layout->close(store);
	}
	ops->close(engine);
	if (err && !*finding->why.text)
		why_set(&finding->why, err, "%s", strerror(-err));
	return err;
}

/* ---- stores with their own I/O ---- */

struct checking {
	const struct layout_ops *layout;
	const char *path;
	struct finding *finding; /* shared with the process that checks */
};

static int check_store(void *context, struct why *why)
{
	const struct checking *checking = context;
	const struct layout_ops *layout = checking->layout;
	uint64_t options[OPTIONS_MAX];
	struct store_config config = {.path = checking->path, .options = options};
	struct store *store;

	option_defaults(layout->options, layout->options_count, options);
	int err = layout_ops_open(layout, &config, &store, why);
	if (err)
		return err;
	checking->finding->nodes_count = store->nodes_count;
	checking->finding->edges_count = store->edges_count;
	checking->finding->note = store->note;
	err = layout->check(store);
	if (err)
		*why = store->why;
	layout->close(store);
	return err;
}

/* In a process of its own: a damaged file may crash a store, and a store of a plug-in may do so anyway. */
static int verify_store(const struct layout_ops *layout, const char *path, struct finding *finding)
{
	struct finding *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct checking checking = {layout, path, shared};
	struct why why = {""};

	if (shared == MAP_FAILED)
		return -errno;
	int err = contained_run(check_store, &checking, CHECK_S_MAX, &why);
	*finding = *shared;
	munmap(shared, sizeof(*shared));
	finding->layout = layout->name;
	if (err && *why.text)
		finding->why = why;
	else if (err)
		why_set(&finding->why, err, "%s", strerror(-err));
	return err;
}

/* `layout`: the store that the file is of; NULL: one of our own layouts, which the file names. */
static int report(const struct layout_ops *layout, const char *path, bool json, json_t *all)
{
	struct finding finding = {0};
	int err = layout ? verify_store(layout, path, &finding) : verify_file(path, &finding);

	if (json) {
		json_t *one = json_pack("{ss sb}", "path", path, "sound", err == 0);
		if (finding.layout)
			json_object_set_new(one, "layout", json_string(finding.layout));
		if (err)
			json_object_set_new(one, "why", json_string(finding.why.text));
		else
			json_object_update_new(one, json_pack("{sI sI}", "nodes_count",
							      (json_int_t)finding.nodes_count,
							      "edges_count",
							      (json_int_t)finding.edges_count));
		if (*finding.note.text)
			json_object_set_new(one, "note", json_string(finding.note.text));
		json_array_append_new(all, one);
	} else if (!err) {
		printf("%s: sound: layout %s, %" PRIu64 " nodes, %" PRIu64 " edges\n", path,
		       finding.layout, finding.nodes_count, finding.edges_count);
	}
	if (*finding.note.text)
		message("%s: %s", path, finding.note.text);
	if (err)
		message("%s: %s", path, finding.why.text);
	return err ? status_of(err) : STATUS_OK;
}

struct arguments {
	const char *layout;
	bool json;
};

static int take(void *context, enum cli_option option, const char *value)
{
	struct arguments *arguments = context;

	if (option == CLI_PLUGIN)
		return plugin_take(value);
	if (option == CLI_LAYOUT)
		arguments->layout = value;
	else
		arguments->json = true;
	return STATUS_OK;
}

/* The store that --layout names; *layout is NULL for our own layouts, which say themselves what they are. */
static int find_layout(const char *name, const struct layout_ops **layout)
{
	struct why why = {""};
	int i = name ? table_find(TABLE_LAYOUTS, name, &why) : -1;

	*layout = i < 0 ? NULL : layout_at((size_t)i);
	if (name && i < 0) {
		message("%s", why.text);
		return STATUS_USAGE;
	}
	if (*layout && !((*layout)->capabilities & LAYOUT_REFERENCE))
		*layout = NULL;
	return STATUS_OK;
}

extern const struct command command_verify;

static int verify_main(int argc, char **argv)
{
	struct arguments arguments = {.layout = NULL};
	const struct layout_ops *layout;
	int words, worst = STATUS_OK;
	int status = command_parse(&command_verify, argc, argv, &arguments, take, &words);

	if (status)
		return status - 1;
	if ((status = plugin_take_environment()) ||
	    (status = find_layout(arguments.layout, &layout)))
		return status;
	if (words == argc) {
		message("verify needs a FILE");
		return usage_error("verify");
	}
	json_t *all = json_array();
	for (int i = words; i < argc; i++) {
		status = report(layout, argv[i], arguments.json, all);
		worst = status > worst ? status : worst;
	}
	if (arguments.json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(all);
	return worst;
}

const struct command command_verify = {
	.name = "verify",
	.order = 300,
	.summary = "check a graph file: header, checksums, structure",
	.usage = "verify [OPTION]... FILE...",
	.description =
		"Checks graph files of any layout: magic, version, sizes and checksum of "
		"the header, the checksum of\n"
		"each block of data, then the whole structure. Names the first place that "
		"is wrong. Changes nothing. With --layout of a store with its own I/O, such as "
		"sqlite or that of a plug-in,\n"
		"the store opens the file and checks it.",
	.epilogue = "exit status: 0 all are intact, 2 one is damaged or is not a graph file, 1 one "
		    "could "
		    "not be read",
	.main = verify_main,
};
