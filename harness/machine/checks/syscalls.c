/* Can system calls be counted? */
#include "../check.h"

static void look(const struct check_context *context, struct check *check)
{
	check_report_counter(check_counter(context, "syscalls"), check);
}

const struct doctor_check check_syscalls = {
	.name = "system call counts", .order = 1600, .look = look};
