/* A stream of edges that shows its progress on stderr, for graphs that take long to build and to walk. */
#ifndef IOWALK_PREPARE_WATCHED_STREAM_H
#define IOWALK_PREPARE_WATCHED_STREAM_H

#include "../../layouts/layout.h"
#include "../base/progress.h"
#include "../base/watched_child.h"

struct watched_stream {
	struct edge_stream stream; /* the one that is read */
	struct step_progress progress;
	const char *doing, *name; /* "building the file of", the cell */
	unsigned steps_count;     /* passes, and deliveries of sorted edges */
	unsigned passes_count;
	uint64_t done_count, said_count; /* edges of this pass */
	struct signs_of_life *signs;     /* get one for each delivery */
	char what[2][320];               /* of this step and of the one before */
};

/* Puts itself between `stream` and its readers, and sets budget->report. All are borrowed; `name` is that of the
 * cell. Notes the graph's size in `signs`, and gives one for each delivery of edges. */
void watched_stream_begin(struct watched_stream *watched, struct edge_stream *stream,
			  struct edge_budget *budget, const char *name,
			  struct signs_of_life *signs);

/* What the following passes are for. Borrowed. */
void watched_stream_step(struct watched_stream *watched, const char *doing);

/* Restores the stream. */
void watched_stream_end(struct watched_stream *watched, struct edge_stream *stream);

#endif
