/* Writes the records of layout `slotted`: see slot_format.h. */
#include "slot_format.h"

void slot_tail_encode(unsigned char *at, const struct slot_tail *tail)
{
	slot_put64(at + TAIL_OUT_FIRST, tail->out_first);
	slot_put32(at + TAIL_OUT_COUNT, tail->out_count);
	slot_put64(at + TAIL_IN_FIRST, tail->in_first);
	slot_put32(at + TAIL_IN_COUNT, tail->in_count);
	slot_put32(at + TAIL_OUT_RUN, tail->out_run);
	slot_put64(at + TAIL_OUT_LAST, tail->out_last);
	slot_put64(at + TAIL_IN_LAST, tail->in_last);
}

/* Decimal digits of `value` behind `prefix`, by hand: snprintf would be a third of a bulk load. */
static size_t put_numbered(unsigned char *at, const char *prefix, uint64_t value,
			   const char *suffix)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t digits_count = 0, used = strlen(prefix);

	memcpy(at, prefix, used);
	do {
		digits[digits_count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (digits_count)
		at[used++] = (unsigned char)digits[--digits_count];
	memcpy(at + used, suffix, strlen(suffix));
	return used + strlen(suffix);
}

size_t slot_node_encode(unsigned char *slot, uint64_t id, const struct slot_tail *tail)
{
	static const char kind[] = "Node";
	size_t kind_len = sizeof(kind) - 1;

	slot[0] = SLOT_VERSION;
	slot_put32(slot + 1, 0);
	slot_put64(slot + NODE_ID_AT, id);
	memcpy(slot + NODE_PAYLOAD_AT, kind, kind_len);
	size_t name_len = put_numbered(slot + NODE_PAYLOAD_AT + kind_len, "node_", id - 1, "");
	size_t data_len =
		put_numbered(slot + NODE_PAYLOAD_AT + kind_len + name_len, "{\"id\":", id - 1, "}");
	slot_put16(slot + NODE_KIND_LEN_AT, (uint32_t)kind_len);
	slot_put16(slot + NODE_NAME_LEN_AT, (uint32_t)name_len);
	slot_put32(slot + NODE_DATA_LEN_AT, (uint32_t)data_len);
	slot_tail_encode(slot + slot_tail_at(slot), tail);
	return slot_tail_at(slot) + TAIL_BYTES;
}

size_t slot_edge_encode(unsigned char *slot, const struct slot_edge *edge)
{
	static const char type[] = "edge";
	size_t type_len = sizeof(type) - 1;

	slot[0] = SLOT_VERSION;
	slot_put16(slot + 1, 0);
	slot_put64(slot + EDGE_ID_AT, edge->id);
	slot_put64(slot + EDGE_FROM_AT, edge->from);
	slot_put64(slot + EDGE_TO_AT, edge->to);
	slot_put64(slot + EDGE_NEXT_OUT_AT, edge->next_out);
	slot_put64(slot + EDGE_NEXT_IN_AT, edge->next_in);
	memcpy(slot + EDGE_PAYLOAD_AT, type, type_len);
	size_t data_len =
		put_numbered(slot + EDGE_PAYLOAD_AT + type_len, "{\"order\":", edge->id - 1, "}");
	slot_put16(slot + EDGE_TYPE_LEN_AT, (uint32_t)type_len);
	slot_put32(slot + EDGE_DATA_LEN_AT, (uint32_t)data_len);
	return EDGE_PAYLOAD_AT + type_len + data_len;
}
