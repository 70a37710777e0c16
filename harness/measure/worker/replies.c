/* Parsing what a worker wrote: see replies.h. */
#include "replies.h"

#include <stdio.h>
#include <string.h>

void worker_replies_init(struct worker_replies *parsed, size_t cells_count)
{
	*parsed = (struct worker_replies){.replies = json_array()};
	for (size_t i = 0; i < cells_count; i++)
		json_array_append_new(parsed->replies, json_null());
}

static void take_line(struct worker_replies *parsed, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	json_t *cell = json_object_get(object, "cell");

	if (!json_is_object(object)) {
		if (!*parsed->bad)
			snprintf(parsed->bad, sizeof(parsed->bad), "%.40s", *line ? line : " ");
		for (char *c = parsed->bad; *c; c++)
			if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
				*c = '?';
	} else if (!parsed->hello) {
		parsed->hello = json_incref(object);
	} else if (json_is_integer(cell) && json_integer_value(cell) >= 0 &&
		   (size_t)json_integer_value(cell) < json_array_size(parsed->replies)) {
		json_array_set(parsed->replies, (size_t)json_integer_value(cell), object);
	} else if (json_object_get(object, "end")) {
		parsed->complete = true;
	}
	json_decref(object);
}

void worker_replies_parse(struct worker_replies *parsed, char *text)
{
	char *rest, *line;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line && !*parsed->bad;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(parsed, line);
}
