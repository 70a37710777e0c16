/* The replies of a worker, parsed: see protocol.h. The worker may be any program, so its output may be anything. */
#ifndef IOWALK_MEASURE_WORKER_REPLIES_H
#define IOWALK_MEASURE_WORKER_REPLIES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct worker_replies {
	json_t *replies; /* owned: array with a reply or null for each cell */
	json_t *hello;   /* owned: the first line; NULL if there is none */
	bool complete;   /* it ended with {"end":true} */
	char bad[64]; /* the beginning of the first line that is not a JSON object, as ASCII; or empty */
};

void worker_replies_init(struct worker_replies *parsed, size_t cells_count);

/* Parses all lines up to the first that is not a JSON object. Changes `text`, which may be NULL. */
void worker_replies_parse(struct worker_replies *parsed, char *text);

#endif
