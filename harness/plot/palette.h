/*
 * The colours and points of engines, the same in every figure, for light and for dark pages: at least 3.1:1 on white and 3.6:1 on
 * a dark page, and 15 units of CIEDE2000 apart for normal, protan, deutan and tritan sight
 * (tests/blackbox/figure_colors.py). Names always stand beside marks. Stores that do all on their own are of the colour of
 * text, with hollow points.
 */
#ifndef IOWALK_PLOT_PALETTE_H
#define IOWALK_PLOT_PALETTE_H

#include <stdio.h>

struct palette_color {
	const char *name;         /* of the engine or store; NULL: for those that are not listed */
	const char *light, *dark; /* "#AC8A26" on a light page, on a dark one */
	int point;                /* of gnuplot */
};

/* Never NULL. A new engine needs no entry: those without one have further colours, by their position in the program's tables. */
const struct palette_color *palette_of(const char *engine);

/* What a colour of a light page is on a dark one; 0xRRGGBB. -1 if it is that of no engine. */
long palette_dark(unsigned light);

/* Writes the lists ENGINES, COLORS, POINTS, MORE_COLORS and MORE_POINTS for plots/style.gp. */
void palette_put_gnuplot(FILE *out);

#endif
