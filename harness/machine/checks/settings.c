/* Did `iowalk doctor --fix` leave settings changed? */
#include "../check.h"
#include "../fix.h"

static void look(const struct check_context *context, struct check *check)
{
	enum fix_state state = fix_look();

	(void)context;
	why_set(&check->found, 0, "%s",
		state == FIX_ACTIVE ? "changed by `iowalk doctor --fix`, which restores them"
		: state == FIX_LEFT ? "an `iowalk doctor --fix` ended without restoring them"
				    : "none is changed by `iowalk doctor --fix`");
	if (state == FIX_LEFT)
		check_warn(check, "iowalk doctor --restore, as root");
}

const struct doctor_check check_settings = {.name = "settings", .order = 1150, .look = look};
