/*
 * Adapts pictures to light and dark pages.
 *
 * How it works: a style that applies only to dark colour schemes is added to gnuplot's SVG. It
 * swaps foreground and background, and lightens the colours of engines that are hard to see on
 * black. It matches the colours that common.gp and style.gp set, in the form in which gnuplot
 * writes them.
 *
 * Source: Media Queries Level 5, prefers-color-scheme
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "../record/run.h"
#include "../base/files.h"

/* 0xRRGGBB on white, and on dark pages. */
static const unsigned colors[][2] = {
	{0xFFFFFF, 0x14171B}, {0x000000, 0xE4E7EB}, {0x333333, 0xCDD3DA}, {0x444444, 0xB5BDC6},
	{0x555555, 0xB5BDC6}, {0x777777, 0x9AA5B1}, {0x888888, 0x7D8894}, {0x999999, 0xA8B0B9},
	{0xE4E4E4, 0x2B3138}, {0x0072B2, 0x3E9BDB}, {0x8C510A, 0xBF812D}, {0x6A3D9A, 0xB394DD},
	{0x332288, 0x8F82E0}, {0x882255, 0xD0679B}, {0x117733, 0x4CAF6E}};

static void put_style(FILE *out)
{
	fputs("<style>@media(prefers-color-scheme:dark){[fill=\"#ffffff\"]{fill:#14171b}"
	      "[fill=black]{fill:#e4e7eb}[stroke=black]{stroke:#e4e7eb}[color=black]{color:#"
	      "e4e7eb}",
	      out);
	for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
		unsigned from = colors[i][0], red = from >> 16, green = from >> 8 & 255,
			 blue = from & 255, to = colors[i][1];
		fprintf(out,
			"[stroke=\"rgb(%3u, %3u, %3u)\"]{stroke:#%06x}"
			"[color=\"rgb(%3u, %3u, %3u)\"]{color:#%06x}"
			"[fill=\"rgb(%u,%u,%u)\"]{fill:#%06x}",
			red, green, blue, to, red, green, blue, to, red, green, blue, to);
	}
	fputs("}</style>\n", out);
}

int svg_follow_reader(const char *path)
{
	char *old = NULL, *text = NULL;
	size_t old_len = 0, len = 0;
	FILE *in = fopen(path, "re"), *out = open_memstream(&text, &len);
	int err = in == NULL || out == NULL ? -errno : 0;
	ssize_t got = err == 0 ? getdelim(&old, &old_len, '\0', in) : -1;
	const char *head = got > 0 ? strstr(old, "<title>") : NULL;
	if (err == 0 && head != NULL) {
		fwrite(old, 1, (size_t)(head - old), out);
		put_style(out);
		fputs(head, out);
	}
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		err = -ENOMEM;
	if (err == 0 && head != NULL)
		err = write_text_file(path, text, len);
	free(old);
	free(text);
	return err;
}
