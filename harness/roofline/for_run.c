/* The roofline of a run, read or measured once before its first cell: see for_run.h and rates.h. */
#include "../base/message.h"
#include "for_run.h"

#include <string.h>
#include <unistd.h>

#include "rates.h"

/* What a command has to read is not known, so there is no bound for it. */
static bool any_cold(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (plan->cells[i].cold && !plan->cells[i].skipped && !plan->cells[i].command)
			return true;
	}
	return false;
}

void roofline_for_run(const struct plan *plan, const char *folder, json_t *info)
{
	struct roofline_request request = {.folder = folder, .seconds = ROOFLINE_SECONDS_RUN};
	struct roofline roofline;
	struct why why = {0};
	bool cached, shown = isatty(STDERR_FILENO);

	if (!any_cold(plan))
		return;
	if (shown)
		fputs("measuring the device (--no-roofline skips this)", stderr);
	int err = roofline_obtain(&request, &roofline, &cached, &why);
	if (shown)
		fputs("\r\033[K", stderr);
	if (err)
		message("no roofline: %s", *why.text ? why.text : strerror(-err));
	else if (*roofline.no_device.text)
		message("no roofline of the device: %s", roofline.no_device.text);
	else if (roofline_is_unsteady(&roofline))
		message("the roofline is unsteady because something else uses the device: it is "
			"used "
			"for this run only");
	if (!err)
		json_object_set_new(info, "roofline", roofline_json(&roofline));
}
