/* Options with several values: see sweep.h. */
#include "sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES_MAX 4096 /* more is a mistake: days of measuring */

int sweep_init(struct sweep *out, const struct list *opts, struct why *why)
{
	const char *option = NULL;

	*out = (struct sweep){.choices_count = 1};
	for (size_t i = 0; i < opts->count; i++) {
		const char *word = opts->words[i];
		bool has_owner = strchr(word, '=') || !option;
		char *copy;

		if (has_owner) {
			option = word;
			out->options_count++;
			copy = strdup(word);
		} else if (asprintf(&copy, "%.*s%s", (int)strcspn(option, "=") + 1, option, word) <
			   0) {
			copy = NULL;
		}
		if (!copy)
			return -ENOMEM;
		out->words[out->words_count++] = copy;
		out->values_count[out->options_count - 1]++;
	}
	for (size_t i = 0; i < out->options_count; i++) {
		out->choices_count *= out->values_count[i];
		if (out->choices_count > CHOICES_MAX)
			return why_set(why, -EINVAL, "opt: more than %d combinations", CHOICES_MAX);
	}
	return 0;
}

void sweep_release(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->words_count; i++)
		free(sweep->words[i]);
}

/* Which value of each option, in numbers[options_count]. */
static void split_choice(const struct sweep *sweep, size_t choice, size_t *numbers)
{
	for (size_t i = sweep->options_count; i-- > 0;) {
		numbers[i] = choice % sweep->values_count[i];
		choice /= sweep->values_count[i];
	}
}

void sweep_choose(const struct sweep *sweep, size_t choice, char **words)
{
	size_t numbers[LIST_MAX], first = 0;

	split_choice(sweep, choice, numbers);
	for (size_t i = 0; i < sweep->options_count; i++) {
		words[i] = sweep->words[first + numbers[i]];
		first += sweep->values_count[i];
	}
}

bool sweep_is_first(const struct sweep *sweep, size_t choice, const bool *used)
{
	size_t numbers[LIST_MAX];

	split_choice(sweep, choice, numbers);
	for (size_t i = 0; i < sweep->options_count; i++) {
		if (!used[i] && numbers[i])
			return false;
	}
	return true;
}
