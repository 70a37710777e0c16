/* The worker protocol: entries of a request, as a worker reads them, and replies, as the gate reads them. */
#include "fuzz.h"

#include "../../harness/measure/worker/protocol.h"
#include "../../harness/measure/worker/replies.h"

#define CELLS_COUNT 3

static void read_entry(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	struct plan plan;
	struct prepared prepared;
	struct why why = {""};
	struct worker_passes passes;
	unsigned samples_count;

	plan_init(&plan);
	if (json && worker_cell_parse(json, &plan, &prepared, &samples_count, &passes, &why) != 0 &&
	    !*why.text)
		abort();
	plan_release(&plan);
	json_decref(json);
}

static void read_replies(char *text)
{
	struct worker_replies parsed;

	worker_replies_init(&parsed, CELLS_COUNT);
	worker_replies_parse(&parsed, text);
	if (json_array_size(parsed.replies) != CELLS_COUNT)
		abort();
	json_decref(parsed.hello);
	json_decref(parsed.replies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return 0;
	char *text = fuzz_text(data + 1, len - 1);
	if (data[0] % 2)
		read_entry(text);
	else
		read_replies(text);
	free(text);
	return 0;
}
