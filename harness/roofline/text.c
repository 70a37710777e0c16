/* A roofline as text: see rates.h. */
#include "rates.h"

#include <inttypes.h>
#include <string.h>

#include "../base/units.h"

static void put_spread(struct roofline_line *line, const struct spread *spread, bool utf8)
{
	format_spread(line->spread, sizeof(line->spread), spread->median, spread->low, spread->high,
		      utf8);
}

static void read_line(const struct roofline_read *read, bool utf8, struct roofline_line *line)
{
	char block[UNIT_TEXT_MAX], rate[UNIT_TEXT_MAX], bandwidth[UNIT_TEXT_MAX];
	double per_second = read->reads_per_second.median;

	snprintf(block, sizeof(block), "%" PRIu64 " %s",
		 read->block_bytes >> (read->block_bytes < 1 << 20 ? 10 : 20),
		 read->block_bytes < 1 << 20 ? "KiB" : "MiB");
	snprintf(line->name, sizeof(line->name), "%s %s, depth %u",
		 read->span_bytes   ? "burst"
		 : read->sequential ? "sequential"
				    : "random",
		 block, read->depth);
	format_bytes(bandwidth, sizeof(bandwidth), per_second * (double)read->block_bytes);
	format_count(rate, sizeof(rate), per_second);
	if (read->sequential)
		snprintf(line->value, sizeof(line->value), "%s/s", bandwidth);
	else
		snprintf(line->value, sizeof(line->value), "%s reads/s, %s/s", rate, bandwidth);
	put_spread(line, &read->reads_per_second, utf8);
	if (roofline_read_is_unsteady(read))
		snprintf(line->spread + strlen(line->spread),
			 sizeof(line->spread) - strlen(line->spread), " unsteady");
}

static void latency_line(const char *name, const struct spread *spread, bool utf8,
			 struct roofline_line *line)
{
	snprintf(line->name, sizeof(line->name), "%s", name);
	format_time_ns(line->value, sizeof(line->value), spread->median, utf8);
	put_spread(line, spread, utf8);
}

size_t roofline_lines(const struct roofline *roofline, bool utf8,
		      struct roofline_line lines[ROOFLINE_LINES_MAX])
{
	char bandwidth[UNIT_TEXT_MAX];
	size_t count = 0;

	memset(lines, 0, ROOFLINE_LINES_MAX * sizeof(*lines));
	for (size_t i = 0; i < roofline->reads_count; i++)
		read_line(&roofline->reads[i], utf8, &lines[count++]);
	if (roofline->copy_bytes_per_second.count) {
		snprintf(lines[count].name, sizeof(lines[count].name), "memory copy");
		format_bytes(bandwidth, sizeof(bandwidth), roofline->copy_bytes_per_second.median);
		snprintf(lines[count].value, sizeof(lines[count].value), "%s/s", bandwidth);
		put_spread(&lines[count++], &roofline->copy_bytes_per_second, utf8);
	}
	if (roofline->latency_ns.count)
		latency_line("memory latency, 4 KiB pages", &roofline->latency_ns, utf8,
			     &lines[count++]);
	if (roofline->latency_huge_ns.count)
		latency_line("memory latency, huge pages", &roofline->latency_huge_ns, utf8,
			     &lines[count++]);
	return count;
}

void roofline_print(FILE *out, const struct roofline *roofline, const char *indent, bool utf8)
{
	struct roofline_line lines[ROOFLINE_LINES_MAX];
	size_t count = roofline_lines(roofline, utf8, lines);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%-28s  %-30s  %s\n", indent, lines[i].name, lines[i].value,
			lines[i].spread);
	if (*roofline->no_device.text)
		fprintf(out, "%sdevice: not measured: %s\n", indent, roofline->no_device.text);
	if (*roofline->no_huge.text)
		fprintf(out, "%shuge pages: not measured: %s\n", indent, roofline->no_huge.text);
}
