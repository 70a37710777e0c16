/*
 * The colours of engines, the same in every figure, for light and for dark pages: at least 3.1:1 on white and 3.6:1 on a dark
 * page, and apart by CIEDE2000 ≥ 15 for normal, protan, deutan and tritan sight. Names always stand beside marks.
 */
#ifndef IOWALK_PLOT_PALETTE_H
#define IOWALK_PLOT_PALETTE_H

struct palette_color {
	const char *name; /* of the engine or reference store; NULL: of those that are not listed */
	const char *light, *dark; /* "#AC8A26" on a light page, on a dark one */
};

/* Never NULL; engines that are not listed have colours by the hash of their names. */
const struct palette_color *palette_of(const char *engine);

#endif
