/* Figures that belong to no section's text: each needs only its script in the plots folder. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../base/data_folder.h"
#include "../section.h"

static bool belongs_to_a_section(const char *name)
{
	for (size_t i = 0; i < section_table_count; i++) {
		for (size_t j = 0; j < section_table[i]->figures_count; j++) {
			if (strcmp(section_table[i]->figures[j].name, name) == 0)
				return true;
		}
	}
	return false;
}

/* A picture of an earlier version, whose script is gone, is outdated. */
static bool has_script(const char *name)
{
	char file[NAME_MAX + 16], path[PATH_MAX];
	struct why why = {""};
	snprintf(file, sizeof file, "plots/%s.gp", name);
	return data_path(file, path, sizeof path, &why) == 0 && access(path, R_OK) == 0;
}

static int is_svg(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return len > 4 && strcmp(entry->d_name + len - 4, ".svg") == 0;
}

static void put(struct document *document, const struct report_context *context)
{
	struct dirent **entries = NULL;
	int count = scandir(context->plots, &entries, is_svg, alphasort);
	bool titled = false;
	for (int i = 0; i < count; i++) {
		char *name = entries[i]->d_name;
		name[strlen(name) - strlen(".svg")] = '\0';
		if (!belongs_to_a_section(name) && has_script(name)) {
			if (!titled)
				document_heading(document, 2, "More figures");
			titled = true;
			document_figure(document, name, name, name);
		}
		free(entries[i]);
	}
	free(entries);
}

const struct report_section section_more_figures = {.order = 850, .write = put};
