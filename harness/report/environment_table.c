/* The environment as a table: see environment_table.h. */
#include "environment_table.h"

#include <stdlib.h>

void report_environment_value(struct document *document, const json_t *value, enum tone tone)
{
	char *plain = NULL;
	const char *text = json_string_value(value);
	if (value == NULL || json_is_null(value))
		text = "-";
	else if (text == NULL)
		text = plain = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	document_cell(document, tone, "%s", text == NULL ? "?" : text);
	free(plain);
}

void report_environment(struct document *document, json_t *environment)
{
	const char *group, *key;
	json_t *members, *value;
	document_table(document, "environment", 2, 0x3);
	document_cell(document, TONE_PLAIN, "setting");
	document_cell(document, TONE_PLAIN, "value");
	json_object_foreach(environment, group, members)
	{
		json_t *lone = json_is_object(members) ? NULL : json_pack("{s:O}", "", members);
		json_object_foreach(lone != NULL ? lone : members, key, value)
		{
			document_cell(document, TONE_PLAIN, "%s%s%s", group,
				      key[0] == '\0' ? "" : ".", key);
			report_environment_value(document, value, TONE_PLAIN);
		}
		json_decref(lone);
	}
}
