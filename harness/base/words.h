/* Command lines as one text, with the quotes of a shell, and as words. */
#ifndef IOWALK_BASE_WORDS_H
#define IOWALK_BASE_WORDS_H

#include <stddef.h>
#include <stdio.h>

#include "../../engines/why.h"

/* Writes a word as a shell reads it: as it is, or in single quotes. */
void word_put_quoted(FILE *out, const char *word);

/* The words[count] as one text; the caller frees it. NULL if out of memory. */
char *words_join(char *const *words, size_t count);

/*
 * Splits a text into words. Quotes ('', "") and backslashes mean what they mean to a shell; nothing
 * is expanded. -EINVAL, with the reason, if there is no word, if a quote is not closed, or for an unquoted character
 * that a shell would act on (| & ; < > ( ) $ ` * ? [, and # or ~ at the beginning of a word). *out ends with NULL; the caller frees it,
 * with all words, by one free().
 */
int words_split(const char *text, char ***out, struct why *why);

#endif
