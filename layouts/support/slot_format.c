/* Writes the records of layout `slotted`: see slot_format.h. */
#include "slot_format.h"

void slot_tail_encode(unsigned char *at, const struct slot_tail *tail)
{
	be_put64(at + TAIL_OUT_FIRST, tail->out_first);
	be_put32(at + TAIL_OUT_COUNT, tail->out_count);
	be_put64(at + TAIL_IN_FIRST, tail->in_first);
	be_put32(at + TAIL_IN_COUNT, tail->in_count);
	be_put32(at + TAIL_OUT_RUN, tail->out_run);
	be_put64(at + TAIL_OUT_LAST, tail->out_last);
	be_put64(at + TAIL_IN_LAST, tail->in_last);
}

size_t slot_node_head_encode(unsigned char *slot, uint64_t id, const struct payload *payload)
{
	char *text = (char *)slot + NODE_PAYLOAD_AT;
	size_t kind_len = 0, name_len = 0, data_len = 0;

	if (payload->on) {
		kind_len = sizeof(PAYLOAD_NODE_KIND) - 1;
		memcpy(text, PAYLOAD_NODE_KIND, kind_len);
		name_len = payload_node_name(id - 1, text + kind_len);
		data_len = payload_node_data(id - 1, payload->node_data_bytes,
					     text + kind_len + name_len);
	}
	slot[0] = SLOT_VERSION;
	be_put32(slot + 1, 0);
	be_put64(slot + NODE_ID_AT, id);
	be_put16(slot + NODE_KIND_LEN_AT, (uint32_t)kind_len);
	be_put16(slot + NODE_NAME_LEN_AT, (uint32_t)name_len);
	be_put32(slot + NODE_DATA_LEN_AT, (uint32_t)data_len);
	return NODE_PAYLOAD_AT + kind_len + name_len + data_len;
}

size_t slot_node_encode(unsigned char *slot, uint64_t id, const struct payload *payload,
			const struct slot_tail *tail)
{
	size_t tail_at = slot_node_head_encode(slot, id, payload);

	slot_tail_encode(slot + tail_at, tail);
	return tail_at + TAIL_BYTES;
}

size_t slot_edge_encode(unsigned char *slot, const struct payload *payload,
			const struct slot_edge *edge)
{
	char *text = (char *)slot + EDGE_PAYLOAD_AT;
	size_t type_len = 0, data_len = 0;

	if (payload->on) {
		type_len = sizeof(PAYLOAD_EDGE_TYPE) - 1;
		memcpy(text, PAYLOAD_EDGE_TYPE, type_len);
		data_len =
			payload_edge_data(edge->id - 1, payload->edge_data_bytes, text + type_len);
	}
	slot[0] = SLOT_VERSION;
	be_put16(slot + 1, 0);
	be_put64(slot + EDGE_ID_AT, edge->id);
	be_put64(slot + EDGE_FROM_AT, edge->from);
	be_put64(slot + EDGE_TO_AT, edge->to);
	be_put64(slot + EDGE_NEXT_OUT_AT, edge->next_out);
	be_put64(slot + EDGE_NEXT_IN_AT, edge->next_in);
	be_put16(slot + EDGE_TYPE_LEN_AT, (uint32_t)type_len);
	be_put32(slot + EDGE_DATA_LEN_AT, (uint32_t)data_len);
	return EDGE_PAYLOAD_AT + type_len + data_len;
}
