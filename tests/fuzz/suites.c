/* Suites. */
#include "fuzz.h"

#include "../../harness/plan/cell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct plan plan;
	struct why why = {""};
	const char *path = fuzz_file("suite.ini", data, len);

	plan_init(&plan);
	int err = plan_add_suite(&plan, path, NULL, &why);
	if (err != 0 && !*why.text)
		abort();
	plan_release(&plan);
	return 0;
}
