/* Texts of the command line: histories of files and graphs, and faults. What is accepted is written and read again as the same. */
#include "fuzz.h"

#include "../../harness/base/words.h"
#include "../../harness/conform/fault.h"
#include "../../harness/conform/history.h"
#include "../../harness/conform/graph_states.h"

static void read_history(const char *text)
{
	struct history_operation *operations = NULL, *again = NULL;
	size_t count = 0, again_count = 0;
	struct why why = {""};

	if (history_parse(text, &operations, &count, &why)) {
		if (!*why.text)
			abort();
		return;
	}
	char *written = history_text(operations, count), *twice = NULL;
	if (written && history_parse(written, &again, &again_count, &why) == 0)
		twice = history_text(again, again_count);
	if (!written || !twice || count != again_count || strcmp(written, twice) != 0)
		abort();
	free(written);
	free(twice);
	free(operations);
	free(again);
}

static void read_power(const char *text)
{
	static struct graph_history history, again;
	char written[GRAPH_TEXT_BYTES], twice[GRAPH_TEXT_BYTES];
	struct graph_states graph;
	struct why why = {""};

	if (graph_parse(text, &history, &why)) {
		if (!*why.text)
			abort();
		return;
	}
	graph_format(&history, written, sizeof(written));
	if (graph_parse(written, &again, &why))
		abort();
	graph_format(&again, twice, sizeof(twice));
	if (strcmp(written, twice) != 0 || graph_states_init(&graph, &history, 0))
		abort();
	graph_states_release(&graph);
}

static void read_fault(const char *text)
{
	struct fault fault, again;
	char written[FAULT_TEXT_BYTES], twice[FAULT_TEXT_BYTES];
	struct why why = {""};

	if (fault_parse(text, &fault, &why)) {
		if (!*why.text)
			abort();
		return;
	}
	fault_format(&fault, written, sizeof(written));
	if (fault_parse(written, &again, &why))
		abort();
	fault_format(&again, twice, sizeof(twice));
	if (strcmp(written, twice) != 0)
		abort();
}

static void read_words(const char *text)
{
	char **words = NULL;
	struct why why = {""};

	if (words_split(text, &words, &why) == 0)
		free(words);
	else if (!*why.text)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const readers[])(const char *text) = {read_history, read_power, read_fault,
							    read_words};

	if (len == 0)
		return 0;
	char *text = fuzz_text(data + 1, len - 1);
	readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](text);
	free(text);
	return 0;
}
