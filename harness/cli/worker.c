/* iowalk worker: the gate's own half; reads a request, measures, answers. See gate/worker.h. */
#include "commands.h"
#include "../gate/worker.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: iowalk worker <REQUEST >ANSWER\n"
	"\n"
	"What `iowalk gate` starts, of both builds: reads one JSON request on standard input,\n"
	"measures the cells in it and answers with a JSON object a line. Not for use by hand; the\n"
	"protocol is described in harness/gate/worker.h.\n"
	"\n"
	"  --help      this text\n"
	"\n"
	"exit status: 0 all of the request was answered (errors of cells are answers), 1 failure,\n"
	"2 no such request\n";

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

int command_worker(int argc, char **argv)
{
	struct why why = {""};
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option != 'h')
			return usage_error("worker");
		fputs(help, stdout);
		return STATUS_OK;
	}
	if (optind < argc) {
		message("worker takes no argument '%s'", argv[optind]);
		return usage_error("worker");
	}
	/* A stream of its own, which ends before the program does: see worker_serve(). */
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
