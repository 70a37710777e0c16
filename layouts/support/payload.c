/* Payloads of nodes and edges: see payload.h. */
#include "payload.h"

#include <errno.h>
#include <string.h>

const char *const payload_choices[] = {"off", "seed", NULL};

/*
 * Writes `prefix` and the decimal digits of `value`. snprintf() would take a third of a bulk load.
 */
static size_t put_numbered(char *text, const char *prefix, size_t prefix_len, uint64_t value)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t digits_count = 0, used = prefix_len;

	memcpy(text, prefix, prefix_len);
	do {
		digits[digits_count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (digits_count)
		text[used++] = digits[--digits_count];
	return used;
}

static size_t put_json(char *text, const char *prefix, size_t prefix_len, uint64_t value,
		       size_t data_bytes)
{
	size_t used = put_numbered(text, prefix, prefix_len, value);

	for (; used + 1 < data_bytes; used++)
		text[used] = ' ';
	text[used] = '}';
	return used + 1;
}

#define WITH_LENGTH(text) text, sizeof(text) - 1

size_t payload_node_name(uint64_t node, char *text)
{
	return put_numbered(text, WITH_LENGTH("node_"), node);
}

size_t payload_node_data(uint64_t node, size_t data_bytes, char *text)
{
	return put_json(text, WITH_LENGTH("{\"id\":"), node, data_bytes);
}

size_t payload_edge_data(uint64_t edge, size_t data_bytes, char *text)
{
	return put_json(text, WITH_LENGTH("{\"order\":"), edge, data_bytes);
}

size_t payload_edge_data_len(uint64_t edge, size_t data_bytes)
{
	size_t len = sizeof("{\"order\":}"); /* the terminating zero counts as the first digit */

	for (; edge >= 10; edge /= 10)
		len++;
	return len > data_bytes ? len : data_bytes;
}

uint64_t payload_pack(const struct payload *payload)
{
	return (uint64_t)payload->on | (uint64_t)payload->node_data_bytes << 16 |
	       (uint64_t)payload->edge_data_bytes << 32;
}

int payload_unpack(uint64_t word, uint32_t node_max, uint32_t edge_max, struct payload *out)
{
	*out = (struct payload){.on = word & 1,
				.node_data_bytes = (uint32_t)(word >> 16 & 0xffff),
				.edge_data_bytes = (uint32_t)(word >> 32 & 0xffff)};
	if (payload_pack(out) != word || out->node_data_bytes > node_max ||
	    out->edge_data_bytes > edge_max)
		return -EINVAL;
	return 0;
}
