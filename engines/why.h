/* What went wrong, in words: every part of the program hands its reasons up in one of these. */
#ifndef IOWALK_WHY_H
#define IOWALK_WHY_H

/* What went wrong, for a person to read. Always terminated; empty where nothing was said. */
struct why {
	char text[224];
};

/* Fills `why` (which may be NULL) like printf and returns `err`, so that a check can end in it. */
int why_set(struct why *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
