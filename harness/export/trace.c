/*
 * Trace Event Format: the last recorded slice of each profiled cell on a time axis, waits as boxes and samples as
 * marks. A cell is a process, its threads are the threads. Readers: Perfetto's UI, chrome://tracing, speedscope.
 *
 * Source: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
#include "format.h"

#include <errno.h>
#include <string.h>

#include "../record/profile_stacks.h"
#include "support/json_out.h"

static const char *name_at(const json_t *names, const json_t *index)
{
	const char *name =
		json_string_value(json_array_get(names, (size_t)json_integer_value(index)));
	return name != NULL ? name : "";
}

static void put_name(json_t *events, const char *kind, json_int_t pid, json_int_t tid,
		     const char *name)
{
	json_array_append_new(events, json_pack("{ss ss sI sI s{ss}}", "ph", "M", "name", kind,
						"pid", pid, "tid", tid, "args", "name", name));
}

/* Times of the format are microseconds. */
static void put_event(json_t *events, json_int_t pid, const json_t *names, const json_t *event)
{
	json_int_t tid = json_integer_value(json_array_get(event, 0));
	double at_us = json_number_value(json_array_get(event, 1)) / 1000;
	double length_us = json_number_value(json_array_get(event, 2)) / 1000;
	const char *kind = name_at(names, json_array_get(event, 3));
	const char *label = name_at(names, json_array_get(event, 4));
	json_t *out = json_pack("{ss ss sI sI sf}", "name", label, "cat", kind, "pid", pid, "tid",
				tid, "ts", at_us);
	if (length_us > 0) {
		json_object_set_new(out, "ph", json_string("X"));
		json_object_set_new(out, "dur", json_real(length_us));
	} else {
		json_object_set_new(out, "ph", json_string("i"));
		json_object_set_new(out, "s", json_string("t"));
	}
	json_array_append_new(events, out);
}

/* The number of threads that a timeline names. */
static json_int_t put_cell(json_t *events, json_int_t pid, const char *cell, const json_t *timeline)
{
	const json_t *names = json_object_get(timeline, "names");
	json_int_t threads = 1;
	json_t *event;
	size_t i;
	put_name(events, "process_name", pid, 0, cell);
	json_array_foreach(json_object_get(timeline, "events"), i, event)
	{
		json_int_t thread = json_integer_value(json_array_get(event, 0));
		threads = thread >= threads ? thread + 1 : threads;
		put_event(events, pid, names, event);
	}
	return threads;
}

static int write_trace(const struct run *run, FILE *out)
{
	struct why why = {0};
	json_t *profiles, *cell, *events = json_array();
	size_t i, count = 0;
	int err = profile_stacks_load(run->path, &profiles, &why);
	if (err == 0) {
		json_array_foreach(json_object_get(run->info, "cells"), i, cell)
		{
			const char *name = json_string_value(json_object_get(cell, "name"));
			const json_t *timeline =
				json_object_get(json_object_get(profiles, name), "timeline");
			if (timeline == NULL)
				continue;
			json_int_t pid = (json_int_t)++count;
			json_int_t threads = put_cell(events, pid, name, timeline);
			for (json_int_t t = 0; t < threads; t++) {
				char text[32];
				snprintf(text, sizeof text, "thread %d", (int)t);
				put_name(events, "thread_name", pid, t, text);
			}
		}
		json_decref(profiles);
	}
	if (err != 0 || count == 0) {
		json_decref(events);
		return err != 0 ? err : -ENODATA;
	}
	return export_write_json(
		json_pack("{so ss}", "traceEvents", events, "displayTimeUnit", "ns"), out);
}

const struct export_format export_trace = {
	.name = "trace",
	.summary = "Trace Event JSON of profiles, for Perfetto and chrome://tracing: waits and "
		   "samples of "
		   "the last\n"
		   "recorded slice of each cell",
	.of_profiles = true,
	.write = write_trace,
};
