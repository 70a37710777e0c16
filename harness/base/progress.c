/* The progress of a run on stderr: see progress.h. */
#include "progress.h"
#include "clock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_EVERY_S 30 /* where the output is no terminal: a log of CI stays short */

void progress_begin(struct progress *progress, size_t total)
{
	double now_s = clock_now_s();

	*progress = (struct progress){
		.shown = isatty(STDERR_FILENO), .total = total, .began_s = now_s, .said_s = now_s};
}

void progress_show(struct progress *progress, const char *what)
{
	double now_s = clock_now_s();

	if (!progress->shown && now_s - progress->said_s < LINE_EVERY_S)
		return;
	progress->said_s = now_s;
	size_t measured = progress->done - progress->skipped;
	double elapsed_s = now_s - progress->began_s;
	fprintf(stderr, "%s[%3.0f%%] ", progress->shown ? "\r\033[K" : "",
		100.0 * (double)progress->done / (double)(progress->total ? progress->total : 1));
	/* The first few samples are too few for an estimate. */
	if (measured >= 10) {
		double left_s =
			elapsed_s * (double)(progress->total - progress->done) / (double)measured;
		fprintf(stderr, "%d:%02d left  ", (int)left_s / 60, (int)left_s % 60);
	}
	fprintf(stderr, "%.100s%s", what, progress->shown ? "" : "\n");
	fflush(stderr);
}

void progress_step(struct progress *progress, size_t steps, bool skipped)
{
	progress->done += steps;
	if (skipped)
		progress->skipped += steps;
}

void progress_clear(const struct progress *progress)
{
	if (progress->shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
}
