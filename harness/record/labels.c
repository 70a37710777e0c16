/* Names of cells and runs for people: see labels.h. */
#include "labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "../base/words.h"
#include "../plan/cell.h"

/* Is `key` "OWNER.something"? */
static bool owned_by(const char *key, const char *owner)
{
	size_t len = strlen(owner);
	return strncmp(key, owner, len) == 0 && key[len] == '.';
}

static void append_value(char *text, size_t size, const json_t *value)
{
	if (json_is_string(value)) {
		text_append(text, size, "%s", json_string_value(value));
		return;
	}
	char *plain = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	text_append(text, size, "%s", plain == NULL ? "?" : plain);
	free(plain);
}

static int part_number(enum table table, const char *name)
{
	return name == NULL ? -1 : table_find(table, name, NULL);
}

uint32_t summary_engine_capabilities(const struct cell_summary *summary)
{
	int number = part_number(TABLE_ENGINES, summary->engine);
	return number < 0 ? 0 : engine_at((size_t)number)->capabilities;
}

uint32_t summary_layout_capabilities(const struct cell_summary *summary)
{
	int number = part_number(TABLE_LAYOUTS, summary->layout);
	return number < 0 ? 0 : layout_at((size_t)number)->capabilities;
}

uint32_t summary_workload_capabilities(const struct cell_summary *summary)
{
	int number = part_number(TABLE_WORKLOADS, summary->workload);
	return number < 0 ? 0 : workload_table[number]->capabilities;
}

void cell_label(const struct cell_summary *summary, const char *owner, bool rest, char *text,
		size_t size)
{
	json_t *options = json_object_get(summary->cell, "options");
	const char *key;
	json_t *value;
	text[0] = '\0';
	text_append(text, size, "%s", owner);
	json_object_foreach(options, key, value)
	{
		bool own = owned_by(key, owner);
		bool others = owned_by(key, summary->workload) || owned_by(key, summary->graph) ||
			      owned_by(key, summary->layout);
		if (!own && (!rest || others))
			continue;
		text_append(text, size, " %s:", own ? key + strlen(owner) + 1 : key);
		append_value(text, size, value);
	}
}

void graph_label(const struct cell_summary *summary, char *text, size_t size)
{
	const char *machine = json_string_value(json_object_get(summary->cell, "machine"));
	cell_label(summary, summary->graph, false, text, size);
	if (machine != NULL)
		text_append(text, size, " on %s", machine);
}

double time_per_node_ns(const struct cell_summary *summary, double time_ns)
{
	/* Every node is inserted, whether the walk after it reaches it or not. */
	if ((summary_workload_capabilities(summary) & WORKLOAD_CREATES) && summary->nodes_count > 0)
		return time_ns / (double)summary->nodes_count;
	if (summary->reached_count > 0)
		return time_ns / (double)summary->reached_count;
	return NAN;
}

const char *operation_name(const struct cell_summary *summary)
{
	int number = part_number(TABLE_WORKLOADS, summary->workload);
	return number < 0 ? NULL : workload_table[number]->operation;
}

double time_per_operation_ns(const struct cell_summary *summary, double time_ns)
{
	if (operation_name(summary) == NULL)
		return time_per_node_ns(summary, time_ns);
	return summary->operations_count > 0 ? time_ns / (double)summary->operations_count
					     : (double)NAN;
}

double time_per_edge_ns(const struct cell_summary *summary, double time_ns)
{
	double operation_ns = time_per_operation_ns(summary, time_ns);
	if (summary->walked_edges_count > 0)
		return time_ns / (double)summary->walked_edges_count;
	return operation_ns > 0 ? operation_ns : time_ns;
}

double metric_per_edge(const struct cell_summary *summary, const char *metric)
{
	if (summary->walked_edges_count == 0)
		return NAN;
	return summary_metric(summary, metric) / (double)summary->walked_edges_count;
}

bool partial_text(const struct run *run, char *text, size_t size)
{
	static const char *const lists[] = {"missing", "interrupted"};
	const json_t *merged = json_object_get(run->info, "merged");
	text[0] = '\0';
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		size_t count = json_array_size(json_object_get(merged, lists[i]));
		if (count > 0)
			text_append(text, size, "%s%zu of %lld shards %s",
				    text[0] == '\0' ? "" : ", ", count,
				    (long long)json_integer_value(json_object_get(merged, "count")),
				    lists[i]);
	}
	return text[0] != '\0';
}

void run_heading(const struct run *run, char *text, size_t size)
{
	char partial[128];
	const char *suite = json_string_value(json_object_get(run->info, "suite"));
	const char *started = json_string_value(json_object_get(run->info, "started"));
	const json_t *shard = json_object_get(run->info, "shard");
	snprintf(text, size, "%s", suite == NULL ? "run" : suite);
	if (shard != NULL)
		text_append(text, size, ", shard %lld of %lld",
			    (long long)json_integer_value(json_object_get(shard, "number")),
			    (long long)json_integer_value(json_object_get(shard, "count")));
	if (partial_text(run, partial, sizeof partial))
		text_append(text, size, ", partial: %s", partial);
	if (started != NULL)
		text_append(text, size, ", %s", started);
}

void command_words_text(const json_t *command, char *text, size_t size)
{
	char *all = NULL;
	size_t len;
	FILE *out = open_memstream(&all, &len);
	snprintf(text, size, "%s", "");
	if (out == NULL)
		return;
	for (size_t i = 0; i < json_array_size(command); i++) {
		const char *word = json_string_value(json_array_get(command, i));
		if (word == NULL)
			continue;
		fputs(i == 0 ? "" : " ", out);
		word_put_quoted(out, word);
	}
	bool written = fclose(out) == 0;
	for (char *c = all; written && *c != '\0'; c++)
		*c = (unsigned char)*c < ' ' ? '?' : *c;
	if (written)
		text_append(text, size, "%s", all);
	free(all);
}

void run_command_text(const struct run *run, char *text, size_t size)
{
	command_words_text(json_object_get(run->info, "command"), text, size);
}
