/* The elements of JUnit XML: see junit.h. */
#include <math.h>
#include <stdlib.h>

#include "junit.h"
#include "text.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_xml(out, value);
	fputc('"', out);
}

void junit_begin(FILE *out, const char *name, const struct junit_counts *counts)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	for (int level = 0; level < 2; level++) {
		fputs(level == 0 ? "<testsuites" : "  <testsuite", out);
		put_attribute(out, "name", name);
		fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
			counts->tests, counts->failures, counts->errors, counts->skipped);
	}
}

void junit_end(FILE *out)
{
	fputs("  </testsuite>\n</testsuites>\n", out);
}

void junit_case_begin(FILE *out, const char *class_name, const char *name, double time_ns)
{
	fputs("    <testcase", out);
	put_attribute(out, "classname", class_name);
	put_attribute(out, "name", name);
	if (isfinite(time_ns))
		fprintf(out, " time=\"%.9f\"", time_ns / 1e9);
	fputs(">\n", out);
}

void junit_case_end(FILE *out)
{
	fputs("    </testcase>\n", out);
}

void junit_properties_begin(FILE *out)
{
	fputs("      <properties>\n", out);
}

void junit_properties_end(FILE *out)
{
	fputs("      </properties>\n", out);
}

void junit_property(FILE *out, const char *name, const char *value)
{
	fputs("        <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

void junit_number(FILE *out, const char *name, double value)
{
	char text[40];
	if (!isfinite(value))
		return;
	snprintf(text, sizeof text, "%.15g", value);
	junit_property(out, name, text);
}

void junit_object(FILE *out, json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach(object, name, value)
	{
		if (json_is_string(value)) {
			junit_property(out, name, json_string_value(value));
			continue;
		}
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		junit_property(out, name, text == NULL ? "" : text);
		free(text);
	}
}

void junit_outcome(FILE *out, const char *element, const char *type, const char *message)
{
	fprintf(out, "      <%s", element);
	if (type != NULL)
		put_attribute(out, "type", type);
	put_attribute(out, "message", message);
	fputs("/>\n", out);
}
