/* One interface to the generated tables of engines, layouts, graphs and workloads: see cell.h. */
#include "cell.h"

#include "../../references/reference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct layout_ops *layout_at(size_t i)
{
	return i < layout_table_count ? layout_table[i] : reference_at(i - layout_table_count);
}

const struct engine_ops *engine_with(uint32_t capabilities)
{
	for (size_t i = 0; i < engines_count(); i++) {
		if ((engine_at(i)->capabilities & capabilities) == capabilities)
			return engine_at(i);
	}
	return NULL;
}

const struct layout_ops *layout_with(uint32_t capabilities)
{
	for (size_t i = 0; i < layout_table_count; i++) {
		if ((layout_table[i]->capabilities & capabilities) == capabilities)
			return layout_table[i];
	}
	return NULL;
}

size_t table_count(enum table table)
{
	switch (table) {
	case TABLE_ENGINES:
		return engines_count();
	case TABLE_LAYOUTS:
		return layout_table_count + references_count();
	case TABLE_GRAPHS:
		return graph_table_count;
	default:
		return workload_table_count;
	}
}

struct table_entry table_entry(enum table table, size_t i)
{
	switch (table) {
	case TABLE_ENGINES:
		return (struct table_entry){engine_at(i)->name, engine_at(i)->summary,
					    engine_at(i)->options, engine_at(i)->options_count};
	case TABLE_LAYOUTS:
		return (struct table_entry){layout_at(i)->name, layout_at(i)->summary,
					    layout_at(i)->options, layout_at(i)->options_count};
	case TABLE_GRAPHS:
		return (struct table_entry){graph_table[i]->name, graph_table[i]->summary, NULL, 0};
	default:
		return (struct table_entry){workload_table[i]->name, workload_table[i]->summary,
					    workload_table[i]->options,
					    workload_table[i]->options_count};
	}
}

int table_find(enum table table, const char *name, struct why *why)
{
	static const char *const kinds[TABLES_COUNT] = {"engine", "layout", "graph", "workload"};
	char valid[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < table_count(table); i++) {
		const char *entry = table_entry(table, i).name;

		if (strcmp(entry, name) == 0)
			return (int)i;
		int added =
			snprintf(valid + used, sizeof(valid) - used, "%s%s", i ? ", " : "", entry);
		if (added > 0 && used + (size_t)added < sizeof(valid))
			used += (size_t)added;
	}
	why_set(why, -EINVAL, "unknown %s '%.32s'; valid: %s", kinds[table], name, valid);
	return -1;
}
