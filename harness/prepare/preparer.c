/* Graph files and expected answers: see preparer.h. */
#include "preparer.h"

#include "cell_files.h"
#include "draw_root.h"
#include "graph_files.h"
#include "memory_need.h"
#include "../base/message.h"
#include "../base/signals.h"
#include "../base/proc.h"
#include "../plugin/load.h"
#include "../base/watched_child.h"
#include "watched_stream.h"
#include "working_set.h"
#include "../base/cgroup.h"
#include "../base/files.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The result of one child, kept for other cells with the same key. */
struct known {
	char *key;
	struct prepared prepared;
};

struct preparer {
	char *folder;
	char own[2048]; /* for files that are being built; see graph_files_own() */
	int own_fd;
	uint64_t limit_bytes, build_memory_bytes;
	double patience_s;
	struct signs_of_life *signs; /* of the child that works now */
	struct known *known;
	size_t known_count;
};

int preparer_new(const char *folder, uint64_t limit_bytes, uint64_t build_memory_bytes,
		 struct preparer **out, struct why *why)
{
	/* Names of different graphs would be the same if they were cut. */
	size_t longest = sizeof(((struct prepared *)NULL)->path) - GRAPH_FILE_NAME_MAX;
	if (strlen(folder) > longest)
		return why_set(why, -ENAMETOOLONG,
			       "the name of the cache folder has %zu bytes; at most %zu are "
			       "possible: '%.80s'",
			       strlen(folder), longest, folder);
	struct preparer *preparer = calloc(1, sizeof(*preparer));
	int err = preparer ? make_folders(folder) : -ENOMEM;

	if (!err && access(folder, W_OK | X_OK))
		err = -errno;
	if (err) {
		free(preparer);
		return why_set(why, err, "cannot write to the cache folder '%s': %s", folder,
			       strerror(-err));
	}
	preparer->folder = strdup(folder);
	preparer->limit_bytes = limit_bytes;
	preparer->build_memory_bytes = build_memory_bytes;
	preparer->patience_s = PREPARER_PATIENCE_S;
	preparer->signs = signs_new();
	if (!preparer->folder || !preparer->signs) {
		signs_free(preparer->signs);
		free(preparer->folder);
		free(preparer);
		return -ENOMEM;
	}
	graph_files_clean(folder);
	preparer->own_fd = graph_files_own(folder, preparer->own, sizeof(preparer->own));
	if (preparer->own_fd < 0) {
		err = preparer->own_fd;
		signs_free(preparer->signs);
		free(preparer->folder);
		free(preparer);
		return why_set(why, err, "cannot make a folder in the cache folder '%s': %s",
			       folder, strerror(-err));
	}
	*out = preparer;
	return 0;
}

void preparer_free(struct preparer *preparer)
{
	if (!preparer)
		return;
	close(preparer->own_fd);
	graph_files_clean(preparer->folder);
	for (size_t i = 0; i < preparer->known_count; i++)
		free(preparer->known[i].key);
	free(preparer->known);
	signs_free(preparer->signs);
	free(preparer->folder);
	free(preparer);
}

void preparer_set_patience(struct preparer *preparer, double seconds)
{
	preparer->patience_s = seconds;
}

bool cell_needs_file(const struct cell *cell)
{
	return !(cell->workload->capabilities & (WORKLOAD_BUILDS | WORKLOAD_BARE)) &&
	       !(cell->engine->capabilities & ENGINE_NO_DATA);
}

bool cell_needs_stream(const struct cell *cell)
{
	return (cell->workload->capabilities & WORKLOAD_NEEDS_STREAM) ||
	       (cell->engine->capabilities & ENGINE_NO_DATA);
}

void prepared_env(const struct prepared *prepared, const struct cell *cell,
		  const struct graph *graph, struct workload_env *env)
{
	*env = (struct workload_env){
		.engine = cell->engine,
		.engine_options = cell->engine_options,
		.layout = cell->layout,
		.layout_options = cell->layout_options,
		.options = cell->workload_options,
		.path = prepared->path,
		.graph = graph,
		.nodes_count = prepared->nodes_count,
		.edges_count = prepared->edges_count,
		.root = prepared->root,
		.seed = cell->params.seed,
		.threads_count = cell->threads_count,
		.command = cell->command,
	};
}

/* ---- in the child ---- */

static uint64_t available_memory_bytes(void)
{
	struct memory_limit limit;

	memory_limit_read(&limit);
	return limit.available_bytes;
}

struct message {
	int err;
	struct why why;
	struct prepared prepared;
};

/* Is there a node with more neighbours than the layout has room for? -EOPNOTSUPP with its id. */
static int check_degrees(const struct cell *cell, const struct graph *graph, struct why *why)
{
	const struct edge_stream *stream = &graph->stream;
	uint64_t degree_max = cell->layout->degree_max, cursor = 0, node;
	struct edge edges[256];
	size_t count;

	if (!degree_max || !stream->nodes_count)
		return 0;
	uint64_t *degrees = calloc(stream->nodes_count, sizeof(*degrees));
	if (!degrees)
		return -ENOMEM;
	while ((count = stream->next(stream->context, &cursor, edges, 256)) > 0) {
		for (size_t i = 0; i < count; i++)
			degrees[edges[i].from]++;
	}
	for (node = 0; node < stream->nodes_count && degrees[node] <= degree_max; node++)
		;
	uint64_t degree = node < stream->nodes_count ? degrees[node] : 0;
	free(degrees);
	if (!degree)
		return 0;
	uint64_t name = graph->ops->name_of ? graph->ops->name_of(graph, node) : node;
	return why_set(why, -EOPNOTSUPP,
		       "%s: node %" PRIu64 " has %" PRIu64
		       " neighbours; there is room for %" PRIu64,
		       cell->layout->name, name, degree, degree_max);
}

static void child_work(struct preparer *preparer, const struct cell *cell, struct message *message)
{
	struct prepared *prepared = &message->prepared;
	struct workload_env env;
	struct graph *graph = NULL;
	struct memory_limit limit;

	message->err = cell->graph->open(&cell->params, &graph, &message->why);
	if (message->err)
		return;
	memory_limit_read(&limit);
	struct edge_budget budget =
		build_budget(preparer->build_memory_bytes, &limit, preparer->own);
	struct watched_stream watched;
	graph->stream.budget = &budget;
	watched_stream_begin(&watched, &graph->stream, &budget, cell->name, preparer->signs);
	prepared->nodes_count = graph->stream.nodes_count;
	prepared->edges_count = graph->stream.edges_count;
	prepared->note = graph->note;
	message->err = check_degrees(cell, graph, &message->why);
	if (!message->err && cell->drawn_root)
		message->err = draw_root(graph, cell->params.seed, cell->drawn_root, &graph->root);
	prepared->root = graph->root;
	if (!message->err && cell_needs_file(cell)) {
		graph_file_path(preparer->folder, cell, graph->content_hash, prepared->path,
				sizeof(prepared->path));
		watched_stream_step(&watched, "building the file of");
		message->err = graph_file_ensure(preparer->folder, preparer->own,
						 preparer->limit_bytes, cell, graph, prepared->path,
						 &prepared->file_bytes, &message->why);
	}
	if (!message->err) {
		prepared_env(prepared, cell, graph, &env);
		watched_stream_step(&watched, "expected answer of");
		message->err = cell->workload->expect(&env, &prepared->expected, &message->why);
	}
	watched_stream_end(&watched, &graph->stream);
	cell->graph->close(graph);
	/* Whatever was done to the file before, the pages of this session are made by cache_fill() or by cold walks. */
	if (!message->err && prepared->file_bytes)
		cell_files_drop(cell, prepared);
}

/* Also in a child, so that the memory of this walk is free before anything is measured. */
static void child_count_pages(struct preparer *preparer, const struct cell *cell,
			      struct message *message)
{
	struct prepared *prepared = &message->prepared;
	struct workload_env env;

	/* If the file is not cached, reading it sequentially first is faster than the reads of the
	 * walk. Only the cell's engine reads a larger one in an acceptable time. */
	bool fits = prepared->file_bytes < available_memory_bytes() / 2;
	if (fits)
		cell_files_fill(cell, prepared);
	atomic_store(&preparer->signs->size, prepared->nodes_count + prepared->edges_count);
	prepared_env(prepared, cell, NULL, &env);
	message->err = working_set_pages(cell->workload, &env, !fits,
					 &prepared->working_set_pages_count, &message->why);
}

/* The files of a command, and the hash of its output: a run tells it, and may make files for the first time. */
static void child_command(struct preparer *preparer, const struct cell *cell,
			  struct message *message)
{
	const struct user_command *command = cell->command;
	struct prepared *prepared = &message->prepared;
	struct workload_env env;

	(void)preparer;
	prepared->expected.operations_count = 1;
	if (command->hash_stdout || command->prepare) {
		prepared_env(prepared, cell, NULL, &env);
		message->err = cell->workload->expect(&env, &prepared->expected, &message->why);
	}
	if (!message->err)
		message->err = cell_files_bytes(cell, prepared, &prepared->file_bytes);
	if (message->err && !*message->why.text)
		why_set(&message->why, message->err, "files '%.150s': %s",
			command->files ? command->files : "", strerror(-message->err));
}

typedef void child_function(struct preparer *preparer, const struct cell *cell,
			    struct message *message);

/* ---- in the parent ---- */

/* Everything that the result of the child depends on. */
static char *cell_key(const struct cell *cell)
{
	char path[512];
	char *key;
	char options[OPTIONS_MAX * 21 + 1] = "";
	const struct user_command *command = cell->command;

	if (command)
		return asprintf(&key, "%s|%s|%s|%d", command->text,
				command->files ? command->files : "",
				command->prepare ? command->prepare : "", command->hash_stdout) < 0
			       ? NULL
			       : key;

	for (uint32_t i = 0; i < cell->workload->options_count; i++)
		snprintf(options + strlen(options), sizeof(options) - strlen(options), ",%" PRIu64,
			 cell->workload_options[i]);
	graph_file_path("", cell, 0, path, sizeof(path));
	if (asprintf(&key, "%s|%s|%d|%s|%" PRIu64 "|%d:%u:%" PRIu64 "|%s", cell->workload->name,
		     options, cell_needs_file(cell), path, cell->params.seed, cell->params.has_root,
		     cell->drawn_root, cell->params.root,
		     cell->params.path ? cell->params.path : "") < 0)
		return NULL;
	return key;
}

/* What the child does. */
struct child {
	struct preparer *preparer;
	const struct cell *cell;
	child_function *work;
	struct message *message;
};

static void child_main(void *context)
{
	const struct child *child = context;

	child->work(child->preparer, child->cell, child->message);
}

/* Code of others may hang; ours takes the time that it takes. */
static bool is_of_others(const struct cell *cell)
{
	return cell->command || plugin_of_store(cell->layout) || plugin_of_engine(cell->engine);
}

/* Why there is no result: `err` and `status` of watched_child_run(). */
static int explain(const struct cell *cell, double patience_s, int err, int status, struct why *why)
{
	bool was_killed = err == -EIO && WIFSIGNALED(status);
	int number = was_killed ? WTERMSIG(status) : 0;

	if (err == -ETIMEDOUT)
		return why_set(why, err, "preparing %.120s: no sign of life for %.0f s", cell->name,
			       patience_s);
	if (was_killed)
		return why_set(why, number == SIGINT || number == SIGTERM ? -EINTR : -EIO,
			       "preparing %.120s: killed by signal %d (%s)", cell->name, number,
			       strsignal(number));
	if (err == -EIO)
		return why_set(why, err, "preparing %.120s: the process ended (exit status %d)",
			       cell->name, WEXITSTATUS(status));
	return why_set(why, err, "preparing %.120s: %s", cell->name, strerror(-err));
}

static int run_child(struct preparer *preparer, const struct cell *cell, child_function *function,
		     struct message *message)
{
	struct child child = {preparer, cell, function, message};
	struct watched_work work = {.work = child_main,
				    .context = &child,
				    .result = message,
				    .result_bytes = sizeof(*message),
				    .signs = preparer->signs,
				    .patience_s = is_of_others(cell) ? preparer->patience_s : 0};
	int status;
	char left[sizeof(preparer->own) + 16];

	atomic_store(&preparer->signs->count, 0);
	atomic_store(&preparer->signs->size, 0);
	int err = watched_child_run(&work, &status);
	if (!err)
		return message->err;
	snprintf(left, sizeof(left), "%s/graph", preparer->own);
	layout_unlink(left);
	return explain(cell, work.patience_s, err, status, &message->why);
}

/* A failure is not an error: the cell is measured without a roofline. */
static int count_working_set(struct preparer *preparer, const struct cell *cell,
			     struct prepared *prepared)
{
	struct message message;

	if (!cell->cold || prepared->working_set_pages_count || !prepared->file_bytes ||
	    (cell->layout->capabilities & LAYOUT_REFERENCE) || cell_needs_stream(cell) ||
	    !cell->workload->drop_cache)
		return 0;
	memset(&message, 0, sizeof(message));
	message.prepared = *prepared;
	int err = run_child(preparer, cell, child_count_pages, &message);
	if (!err)
		*prepared = message.prepared;
	return err == -EINTR ? err : 0;
}

static void print_note(const struct preparer *preparer, const struct cell *cell,
		       const struct why *note)
{
	for (size_t i = 0; i < preparer->known_count; i++)
		if (strcmp(preparer->known[i].prepared.note.text, note->text) == 0)
			return;
	if (*note->text)
		message("%s: %s", cell->params.path ? cell->params.path : cell->graph->name,
			note->text);
}

int prepare_cell(struct preparer *preparer, const struct cell *cell, struct prepared *out,
		 struct why *why)
{
	char *key = cell_key(cell);
	struct message message;

	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < preparer->known_count; i++) {
		if (strcmp(preparer->known[i].key, key) == 0) {
			int err = count_working_set(preparer, cell, &preparer->known[i].prepared);
			*out = preparer->known[i].prepared;
			free(key);
			return err;
		}
	}
	memset(&message, 0, sizeof(message));
	int err = run_child(preparer, cell, cell->command ? child_command : child_work, &message);
	if (!err)
		err = count_working_set(preparer, cell, &message.prepared);
	if (!err && (cell->workload->capabilities & WORKLOAD_BUILDS))
		snprintf(message.prepared.path, sizeof(message.prepared.path), "%.*s/file",
			 (int)sizeof(message.prepared.path) - 16, preparer->own);
	struct known *grown =
		err ? NULL : realloc(preparer->known, (preparer->known_count + 1) * sizeof(*grown));
	if (err) {
		*why = message.why;
		if (!*why->text)
			why_set(why, err, "preparing %.120s: %s", cell->name, strerror(-err));
	} else if (!grown) {
		err = -ENOMEM;
	} else {
		preparer->known = grown;
		print_note(preparer, cell, &message.prepared.note);
		grown[preparer->known_count++] =
			(struct known){.key = key, .prepared = message.prepared};
		*out = message.prepared;
		return 0;
	}
	free(key);
	return err;
}
