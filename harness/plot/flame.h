/*
 * Flame graphs: the stacks of a profile as one SVG. A box is a function; its width is the time with it on the
 * stack, and the boxes above it are what it called. A click shows a box over the whole width, a search marks
 * functions; without scripts everything is there but these.
 *
 * Source: Brendan Gregg, The Flame Graph, CACM 59(6), 2016.
 */
#ifndef IOWALK_PLOT_FLAME_H
#define IOWALK_PLOT_FLAME_H

#include <jansson.h>
#include <stdio.h>

enum flame_time {
	FLAME_ON_CPU, /* on a processor */
	FLAME_WALL,   /* that, and waiting; waits are boxes of their own on top */
};

struct flame {
	const char *title;
	const json_t *profile; /* a line of stacks.jsonl.gz (record/profile_stacks.h) */
	const json_t
		*before; /* another, which the colours compare with: red took longer; or NULL */
	enum flame_time time;
};

/* Writes the SVG. 0, or -ENOMEM. */
int flame_write(const struct flame *flame, FILE *out);

#endif
