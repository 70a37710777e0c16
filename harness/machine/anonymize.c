/*
 * Removes the names of machines and folders from records: see anonymize.h.
 *
 * How it works: an absolute path begins at a slash that is the first character, or that follows one
 * of = : , ( ' " or a blank. Names of cells and ratios contain no such slash. A path in quotes ends
 * at the closing quote. A word of a command is one path or a list of paths, and may contain blanks.
 */
#include "anonymize.h"

#include "../base/gzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool begins_path(const char *text, const char *at)
{
	static const char *const of_system[] = {"/dev/", "/proc/", "/sys/"};
	if (*at != '/' || at[1] == '/' || at[1] == ' ' || at[1] == '\0')
		return false;
	for (size_t i = 0; i < sizeof of_system / sizeof *of_system; i++) {
		if (strncmp(at, of_system[i], strlen(of_system[i])) == 0)
			return false;
	}
	return at == text || strchr("=:,('\" ", at[-1]) != NULL;
}

static size_t path_len(const char *text, const char *at, bool is_word)
{
	const char *quote = at > text ? strchr("'\"", at[-1]) : NULL;
	if (quote != NULL && *quote != '\0')
		return strcspn(at, (char[]){*quote, '\0'});
	return strcspn(at, is_word ? ",:" : ",: ;)'\"");
}

/* The caller frees. NULL if out of memory. */
static char *without_folders(const char *text, bool is_word)
{
	char *out = malloc(strlen(text) + 1), *end = out;
	const char *at = text;
	while (out != NULL && *at != '\0') {
		if (!begins_path(text, at)) {
			*end++ = *at++;
			continue;
		}
		size_t len = path_len(text, at, is_word), base = len;
		while (base > 1 && at[base - 1] == '/')
			base--;
		size_t used = base;
		while (base > 0 && at[base - 1] != '/')
			base--;
		end = mempcpy(end, at + base, used - base);
		at += len;
	}
	if (out != NULL)
		*end = '\0';
	return out;
}

static int shorten(json_t *value, bool is_word)
{
	const char *key;
	json_t *member;
	size_t i;
	int err = 0;
	if (json_is_string(value)) {
		char *text = without_folders(json_string_value(value), is_word);
		err = text == NULL || json_string_set_nocheck(value, text) != 0 ? -ENOMEM : 0;
		free(text);
		return err;
	}
	json_object_foreach(value, key, member)
	{
		if (err == 0)
			err = shorten(member, is_word);
	}
	json_array_foreach(value, i, member)
	{
		if (err == 0)
			err = shorten(member, is_word);
	}
	return err;
}

int anonymize_environment(json_t *environment)
{
	json_object_del(json_object_get(environment, "machine"), "host_name");
	json_object_del(json_object_get(environment, "storage"), "path");
	return shorten(environment, false);
}

int anonymize_info(json_t *info)
{
	static const char *const words[] = {"command", "selections"};
	int err = 0;
	for (size_t i = 0; err == 0 && i < sizeof words / sizeof *words; i++)
		err = shorten(json_object_get(info, words[i]), true);
	/* Of a merged run: each machine, and where each of its runs was made. */
	json_t *machines = json_object_get(info, "machines");
	for (size_t i = 0; err == 0 && i < json_array_size(machines); i++)
		err = anonymize_environment(
			json_object_get(json_array_get(machines, i), "environment"));
	json_t *runs = json_object_get(json_object_get(info, "merged"), "runs");
	for (size_t i = 0; i < json_array_size(runs); i++)
		json_object_del(json_array_get(runs, i), "host_name");
	return err == 0 ? shorten(info, false) : err;
}

static int put_sample(FILE *to, const char *line, size_t len)
{
	json_t *sample = strstr(line, "\"error\":") == NULL ? NULL : json_loadb(line, len, 0, NULL);
	json_t *error = json_object_get(sample, "error");
	int err = 0;
	if (error == NULL) {
		fwrite(line, 1, len, to);
	} else if ((err = shorten(error, false)) == 0) {
		err = json_dumpf(sample, to, JSON_COMPACT) != 0 ? -EIO : 0;
		fputc('\n', to);
	}
	json_decref(sample);
	return err != 0 ? err : ferror(to) ? -EIO : 0;
}

int anonymize_samples(FILE *from, FILE *to)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;
	while (err == 0 && (len = getline(&line, &size, from)) > 0)
		err = put_sample(to, line, (size_t)len);
	free(line);
	return err != 0 ? err : ferror(from) ? -EIO : 0;
}

int anonymize_to_gzip(FILE *from, const char *path, bool keep_part)
{
	FILE *anonymous = tmpfile();
	int err = anonymous == NULL ? -errno : anonymize_samples(from, anonymous);
	if (anonymous != NULL && keep_part)
		err = 0;
	if (err == 0 && fseek(anonymous, 0, SEEK_SET) != 0)
		err = -errno;
	if (err == 0)
		err = gzip_write(anonymous, path);
	if (anonymous != NULL)
		fclose(anonymous);
	return err;
}
