/*
 * The progress of passes over a stream: see watched_stream.h. Each pass begins at cursor 0, and its
 * share is known, since the stream knows the number of its edges. How many passes follow is not
 * known: the time left is that of the pass.
 */
#include "watched_stream.h"

#include <stdio.h>

#define SHOW_EDGES (1u << 20) /* between two readings of the clock */

static void begin_step(struct watched_stream *watched, const char *step)
{
	char *what = watched->what[++watched->steps_count % 2];

	snprintf(what, sizeof(watched->what[0]), "%s %.200s, %s", watched->doing, watched->name,
		 step);
}

static void show(struct watched_stream *watched, uint64_t done, uint64_t total)
{
	step_progress_show(&watched->progress, watched->what[watched->steps_count % 2], done,
			   total);
}

static size_t watched_next(void *context, uint64_t *cursor, struct edge *edges, size_t max)
{
	struct watched_stream *watched = context;
	bool begins = *cursor == 0;
	size_t count = watched->stream.next(watched->stream.context, cursor, edges, max);

	if (begins) {
		char pass[48];

		snprintf(pass, sizeof(pass), "pass %u over the edges", ++watched->passes_count);
		watched->done_count = watched->said_count = 0;
		begin_step(watched, pass);
	}
	watched->done_count += count;
	atomic_fetch_add_explicit(&watched->signs->count, 1, memory_order_relaxed);
	if (watched->done_count - watched->said_count >= SHOW_EDGES) {
		watched->said_count = watched->done_count;
		show(watched, watched->done_count, watched->stream.edges_count);
	}
	return count;
}

static void watched_report(void *context, uint64_t done, uint64_t total)
{
	struct watched_stream *watched = context;

	atomic_fetch_add_explicit(&watched->signs->count, 1, memory_order_relaxed);
	if (done == 0)
		begin_step(watched, "sorted edges");
	show(watched, done, total);
}

void watched_stream_begin(struct watched_stream *watched, struct edge_stream *stream,
			  struct edge_budget *budget, const char *name, struct signs_of_life *signs)
{
	*watched = (struct watched_stream){
		.stream = *stream, .name = name, .doing = "reading the graph of", .signs = signs};
	atomic_store(&signs->size, stream->nodes_count + stream->edges_count);
	step_progress_begin(&watched->progress);
	stream->next = watched_next;
	stream->context = watched;
	budget->report = watched_report;
	budget->report_context = watched;
}

void watched_stream_step(struct watched_stream *watched, const char *doing)
{
	watched->doing = doing;
	watched->passes_count = 0;
}

void watched_stream_end(struct watched_stream *watched, struct edge_stream *stream)
{
	stream->next = watched->stream.next;
	stream->context = watched->stream.context;
}
