/* Opens a crash image by its layout and decides whether it is right. */
#ifndef IOWALK_CONFORM_IMAGE_JUDGE_H
#define IOWALK_CONFORM_IMAGE_JUDGE_H

#include "image_engine.h"
#include "power_history.h"

enum image_verdict {
	IMAGE_FOUND,   /* it is a graph that it may be: a walk gives that, and check() passes */
	IMAGE_REFUSED, /* an error says what is broken */
	IMAGE_WRONG,
};

/* What an image may be. */
struct image_demand {
	const struct layout_ops *layout;
	const struct power_graph *graph;
	size_t first_state, last_state; /* the graph is one of these states */
	bool must_be_found; /* everything was synced, and nothing has changed the graph since: an error is wrong */
	bool is_checked; /* check() comes first: a state was written without a sync */
};

/* `engine`: of image_engine_init(). The reason of the last two is in `why`. */
enum image_verdict image_judge(struct image_engine *engine, const struct image *image,
			       const struct image_demand *demand, struct why *why);

#endif
