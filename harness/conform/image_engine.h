/* An engine that reads the files of a crash image in memory, so that layouts can open it. */
#ifndef IOWALK_CONFORM_IMAGE_ENGINE_H
#define IOWALK_CONFORM_IMAGE_ENGINE_H

#include "../../engines/engine.h"
#include "images.h"

/* The path of a file is its name in the image, after any folders. */
struct image_engine {
	struct engine_ops ops; /* open it by engine_ops_open() */
	const struct image *image;
	bool maps; /* gives pointers into the image; else everything is read */
};

void image_engine_init(struct image_engine *engine);

#endif
