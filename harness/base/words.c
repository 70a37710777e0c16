/* Words of a command line: see words.h. */
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void word_put_quoted(FILE *out, const char *word)
{
	bool plain = word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
						  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						  "0123456789-_=+:,./@%")] == '\0';

	if (plain) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (const char *c = word; *c; c++) {
		if (*c == '\'')
			fputs("'\\''", out);
		else
			fputc(*c, out);
	}
	fputc('\'', out);
}

char *words_join(char *const *words, size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (i)
			fputc(' ', out);
		word_put_quoted(out, words[i]);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Copies one word, without its quotes, and moves both pointers behind it. */
static int take_word(const char **from, char **into, struct why *why)
{
	const char *c = *from;
	char *to = *into, quote = '\0';

	for (; *c && (quote || !isspace((unsigned char)*c)); c++) {
		if (quote && *c == quote) {
			quote = '\0';
		} else if (!quote && (*c == '\'' || *c == '"')) {
			quote = *c;
		} else if (*c == '\\' && quote != '\'' && c[1] &&
			   (!quote || strchr("\"\\$`", c[1]))) {
			*to++ = *++c;
		} else if ((!quote && strchr("|&;<>()$`*?[", *c)) ||
			   (!quote && to == *into && strchr("#~", *c)) ||
			   (quote == '"' && strchr("$`", *c))) {
			return why_set(why, -EINVAL,
				       "'%c' has a meaning only to a shell: quote it, or write sh "
				       "-c '...'",
				       *c);
		} else {
			*to++ = *c;
		}
	}
	*to++ = '\0';
	*from = c;
	*into = to;
	return quote ? why_set(why, -EINVAL, "the quote %c is not closed", quote) : 0;
}

int words_split(const char *text, char ***out, struct why *why)
{
	/* A word has at least one character, and one blank before the next. */
	size_t most = strlen(text) / 2 + 2, count = 0;
	char **words = malloc(most * sizeof(*words) + strlen(text) + 1);
	char *into = (char *)(words + most);
	int err = words ? 0 : -ENOMEM;

	while (!err) {
		while (isspace((unsigned char)*text)) /* also the \r of a file of another system */
			text++;
		if (!*text)
			break;
		words[count++] = into;
		err = take_word(&text, &into, why);
	}
	if (!err && count == 0)
		err = why_set(why, -EINVAL, "the command is empty");
	if (err) {
		free(words);
		return err;
	}
	words[count] = NULL;
	*out = words;
	return 0;
}
