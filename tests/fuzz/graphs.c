/* Graphs as text and serialized: the first byte chooses the name, by which formats are told apart. */
#include "fuzz.h"

#include "../../workloads/support/edge_list.h"
#include "../../workloads/support/dense_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = {"x.el", "x.wel", "x.mtx", "x.graph", "x.gr",
					    "x.sg", "x.wsg", "x.txt", "x.el.gz"};
	struct edge_list list;
	struct why why = {""};

	if (len == 0)
		return 0;
	const char *path =
		fuzz_file(names[data[0] % (sizeof(names) / sizeof(*names))], data + 1, len - 1);
	int err = edge_list_read(&list, path, &why);
	if (err == 0) {
		uint64_t sum = 0;
		for (size_t i = 0; i < list.count; i++)
			sum += list.edges[i].from ^ list.edges[i].to;
		if (list.count == 0 || list.content_hash == 0 ||
		    (sum == 1 && list.note.text[0] == 1))
			abort();
		edge_list_release(&list);
	} else if (!*why.text) {
		abort(); /* an error has a reason */
	}
	return 0;
}
