/* Finding the layout of a file by its header. */
#include <errno.h>
#include <string.h>

#include "header.h"

int layout_identify(struct engine *engine, const struct layout_ops **out, struct why *why)
{
	char name[LAYOUT_NAME_BYTES + 1];
	int err = header_layout_name(engine, name, why);

	if (err)
		return err;
	for (size_t i = 0; i < layout_table_count; i++) {
		if (strcmp(layout_table[i]->name, name) == 0) {
			*out = layout_table[i];
			return 0;
		}
	}
	return why_set(why, -EBADMSG, "layout '%s' is not known to this program", name);
}
