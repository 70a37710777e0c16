/*
 * The reason of an error, in words: every part of the program returns it to its caller in this
 * struct.
 */
#ifndef IOWALK_WHY_H
#define IOWALK_WHY_H

/* The reason, for the user. Always terminated; empty if none was given. */
struct why {
	char text[256];
};

/* Fills `why` (which may be NULL) like printf and returns `err`, so that a check can end in it. */
int why_set(struct why *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
