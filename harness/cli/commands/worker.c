/* iowalk worker: measures for a run or a gate: reads a request, measures, replies. See measure/worker/protocol.h. */
#include "../command.h"
#include "../../measure/worker/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int take(void *context, enum cli_option option, const char *value)
{
	(void)context, (void)option, (void)value;
	return STATUS_OK;
}

extern const struct command command_worker;

static int worker_main(int argc, char **argv)
{
	struct why why = {""};
	int words, status = command_parse(&command_worker, argc, argv, NULL, take, &words);

	if (status)
		return status - 1;
	if (words < argc) {
		message("worker takes no argument '%s'", argv[words]);
		return usage_error("worker");
	}
	/* A separate stream, which is closed before the program ends: see worker_serve(). */
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	if (!out || !freopen("/dev/null", "w", stdout)) {
		message("worker: cannot open its standard output: %s", strerror(errno));
		return STATUS_FAILURE;
	}
	int err = worker_serve(stdin, out, &why);
	if (err)
		message("worker: %s", *why.text ? why.text : strerror(-err));
	return err ? status_of(err) : STATUS_OK;
}

const struct command command_worker = {
	.name = "worker",
	.order = 1200,
	.summary = "measure for `iowalk run` and `iowalk gate`, which start it",
	.usage = "worker <REQUEST >ANSWER",
	.description = "`iowalk run` and `iowalk gate` start it: it reads one JSON request on "
		       "standard input, measures the\n"
		       "cells in it, and answers with one JSON object per line. Not for use by "
		       "hand; harness/measure/worker/protocol.h\n"
		       "describes the protocol.",
	.epilogue = "exit status: 0 all of the request was answered (errors of cells are answers), "
		    "1 failure,\n"
		    "2 not a valid request",
	.main = worker_main,
};
