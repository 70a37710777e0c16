/* The progress of a run on stderr: see progress.h. */
#include "progress.h"
#include "clock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_EVERY_S 30  /* where the output is no terminal: a log of CI stays short */
#define STEP_EVERY_S 1.0 /* on a terminal: of a step; short steps show nothing */

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

void step_progress_begin(struct step_progress *step)
{
	double now_s = clock_now_s();

	*step = (struct step_progress){
		.shown = isatty(STDERR_FILENO), .began_s = now_s, .said_s = now_s};
}

void step_progress_show(struct step_progress *step, const char *what, uint64_t done, uint64_t total)
{
	double now_s = clock_now_s();

	if (step->what != what) {
		step->what = what;
		step->began_s = now_s;
	}
	if (now_s - step->said_s < (step->shown ? STEP_EVERY_S : LINE_EVERY_S))
		return;
	step->said_s = now_s;
	double share = (double)done / (double)(total ? total : 1);
	fprintf(stderr, "%s%.200s: %.0f%%", step->shown ? "\r\033[K" : "", what, 100.0 * share);
	if (share > 0.01) {
		double left_s = (now_s - step->began_s) * (1.0 - share) / share;
		fprintf(stderr, ", %d:%02d left", (int)left_s / 60, (int)left_s % 60);
	}
	fputs(step->shown ? "" : "\n", stderr);
	fflush(stderr);
}
