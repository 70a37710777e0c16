/* Records of gates: gate.json and blocks.jsonl, separated by a line "---", as a report reads them. */
#include "fuzz.h"

#include "../../harness/base/document.h"
#include "../../harness/gate/story.h"
#include "../../harness/report/gate_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char mark[] = "\n---\n";
	const uint8_t *split = memmem(data, len, mark, sizeof(mark) - 1);
	size_t first = split ? (size_t)(split - data) : len;
	struct gate_story story = {0};
	struct why why = {""};

	fuzz_file("gate.json", data, first);
	fuzz_file("blocks.jsonl", split ? split + sizeof(mark) - 1 : data,
		  split ? len - first - (sizeof(mark) - 1) : 0);
	int err = gate_story_init(&story, fuzz_folder(), &why);
	if (err && !*why.text)
		abort();
	if (!err) {
		struct document document;
		char title[2048];

		document_init(&document);
		gate_report(&document, &story, "iowalk report");
		if (document.err || gate_title(&story, title, sizeof(title)))
			abort();
		document_release(&document);
	}
	gate_story_release(&story);
	return 0;
}
