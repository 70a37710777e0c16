/* Claims on what an engine is asked for: values of its options, and paths that are no file of its own. */
#include "claim.h"

#include "leaks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)20000)
#define NOBODY     65534
#define PATH_LONG  5000 /* more than PATH_MAX */

/* ---- options ---- */

static bool has_options(const struct conform_subject *subject)
{
	return subject->ops->options_count > 0 && !*subject->text;
}

static bool has_defaults(const struct conform_subject *subject)
{
	return !*subject->text;
}

/* A text that is no value is refused with a reason. */
static enum claim_verdict prove_refused(struct claim_test *test, const struct option_spec *spec,
					const char *text)
{
	uint64_t value = 77;
	struct why why = {""};
	int err = option_parse(spec, text, &value, &why);

	CLAIM_HOLDS(test, err == -EINVAL, "%s=%s gives %d", spec->name, text, err);
	CLAIM_HOLDS(test, *why.text && value == 77, "%s=%s is refused, but changes the value",
		    spec->name, text);
	return CLAIM_SHOWN;
}

/* A value is read as it is written. */
static enum claim_verdict prove_value(struct claim_test *test, const struct option_spec *spec,
				      uint64_t value)
{
	uint64_t again = ~value;
	struct why why = {""};
	char text[64];

	option_format(spec, value, text, sizeof(text));
	int err = option_parse(spec, text, &again, &why);
	CLAIM_HOLDS(test, err == 0 && again == value, "%s=%s is not read as it is written: %s",
		    spec->name, text, why.text);
	return CLAIM_SHOWN;
}

static enum claim_verdict prove_number(struct claim_test *test, const struct option_spec *spec)
{
	static const struct {
		const char *text;
		uint64_t value;
	} sizes[] = {{"1K", 1 << 10}, {"2k", 2 << 10}, {"1M", 1 << 20}, {"1G", 1 << 30}};
	char text[32];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t value = 0;
		bool fits = sizes[i].value >= spec->min && sizes[i].value <= spec->max;
		int err = option_parse(spec, sizes[i].text, &value, NULL);

		CLAIM_HOLDS(test, fits ? err == 0 && value == sizes[i].value : err == -EINVAL,
			    "%s=%s gives %d and %" PRIu64, spec->name, sizes[i].text, err, value);
	}
	snprintf(text, sizeof(text), "%" PRIu64, spec->min - 1);
	if (spec->min > 0 && prove_refused(test, spec, text) != CLAIM_SHOWN)
		return test->verdict;
	snprintf(text, sizeof(text), "%" PRIu64, spec->max + 1);
	if (spec->max < UINT64_MAX && prove_refused(test, spec, text) != CLAIM_SHOWN)
		return test->verdict;
	return prove_value(test, spec, spec->max) == CLAIM_SHOWN
		       ? prove_value(test, spec, spec->min)
		       : test->verdict;
}

static enum claim_verdict prove_one_option(struct claim_test *test, const struct option_spec *spec)
{
	static const char *const wrong[] = {"",
					    "frob frob",
					    "-2",
					    "+1",
					    "1 ",
					    "18446744073709551616",
					    "1X",
					    "1KK",
					    "99999999999999999999999",
					    "18446744073709551615K"};
	uint64_t value;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (prove_refused(test, spec, wrong[i]) != CLAIM_SHOWN)
			return test->verdict;
	}
	for (size_t i = 0; option_choice(spec, i); i++) {
		int err = option_parse(spec, option_choice(spec, i), &value, NULL);

		CLAIM_HOLDS(test, err == 0, "%s=%s gives %d", spec->name, option_choice(spec, i),
			    err);
		if (prove_value(test, spec, value) != CLAIM_SHOWN)
			return test->verdict;
	}
	if (spec->type == OPTION_U64 && prove_number(test, spec) != CLAIM_SHOWN)
		return test->verdict;
	return prove_value(test, spec, spec->default_value);
}

static enum claim_verdict prove_options(struct claim_test *test)
{
	const struct engine_ops *ops = test->subject->ops;

	for (uint32_t i = 0; i < ops->options_count; i++) {
		const struct option_spec *spec = &ops->options[i];

		CLAIM_HOLDS(test,
			    option_find(ops->options, ops->options_count, spec->name,
					strlen(spec->name)) == (int)i,
			    "there are two options '%s'", spec->name);
		if (prove_one_option(test, spec) != CLAIM_SHOWN)
			return test->verdict;
	}
	return claim_says(test, CLAIM_SHOWN, "values of %u options are read, others refused",
			  ops->options_count);
}

/* ---- paths ---- */

/* Refused by every kind of open, which leaves nothing open, and does not wait. */
static enum claim_verdict prove_no_file(struct claim_test *test, const char *path, const char *what)
{
	size_t open_count = leaks_count(test->path);

	for (unsigned flags = ENGINE_OPEN_READ; flags <= ENGINE_OPEN_CREATE; flags++) {
		struct engine *engine = NULL;
		int err = engine_ops_open(test->subject->ops, path, flags, test->subject->options,
					  &engine);

		CLAIM_HOLDS(test, err < 0 && !engine, "%s is opened: %d", what, err);
		CLAIM_HOLDS(test, leaks_count(test->path) == open_count,
			    "a failed open of %s leaves something open", what);
	}
	return CLAIM_SHOWN;
}

/* What may not be read, or written, by whoever it is. */
static enum claim_verdict prove_forbidden(struct claim_test *test)
{
	if (geteuid() == 0)
		return CLAIM_SHOWN; /* root may */
	if (!claim_write_file(test, test->path, 1, FILE_BYTES) || chmod(test->path, 0))
		return test->verdict;
	struct engine *engine = NULL;
	int err = engine_ops_open(test->subject->ops, test->path, ENGINE_OPEN_READ,
				  test->subject->options, &engine);
	CLAIM_HOLDS(test, err < 0, "a file that may not be read is opened: %d", err);
	unlink(test->path);
	return CLAIM_SHOWN;
}

/* ---- folders where it may not work ---- */

static enum claim_verdict prove_folders(struct claim_test *test)
{
	static char path[PATH_LONG + 1];
	const char *folders[] = {test->other, path, "/proc/self", "/dev/shm"};

	memset(path, 'a', PATH_LONG);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t open_count = leaks_count(test->path);
		struct why why = {""};
		int err = engine_ops_probe(test->subject->ops, folders[i], test->subject->options,
					   &why);

		CLAIM_HOLDS(test, err == 0 || (err == -EOPNOTSUPP && *why.text),
			    "probe of '%.40s' gives %d: '%.100s'", folders[i], err, why.text);
		CLAIM_HOLDS(test, leaks_count(test->path) == open_count,
			    "probe of '%.40s' leaves something open", folders[i]);
	}
	return claim_says(test, CLAIM_SHOWN, "a reason for each refusal");
}

static bool has_probe(const struct conform_subject *subject)
{
	return subject->ops->probe || subject->ops->probe_of;
}

static enum claim_verdict prove_paths(struct claim_test *test)
{
	static char path[PATH_LONG + 1];

	memset(path, 'a', PATH_LONG);
	if (mkfifo(test->other, 0666))
		return claim_says(test, CLAIM_CANNOT, "no named pipe: %s", strerror(errno));
	if (prove_no_file(test, test->other, "a named pipe") != CLAIM_SHOWN)
		return test->verdict;
	unlink(test->other);
	if (symlink(test->other, test->other))
		return claim_says(test, CLAIM_CANNOT, "no symbolic link: %s", strerror(errno));
	if (prove_no_file(test, test->other, "a link to itself") != CLAIM_SHOWN ||
	    prove_no_file(test, "/dev/null", "a device") != CLAIM_SHOWN ||
	    prove_no_file(test, "", "an empty path") != CLAIM_SHOWN ||
	    prove_no_file(test, test->folder, "a folder") != CLAIM_SHOWN ||
	    prove_no_file(test, path, "a path that is too long") != CLAIM_SHOWN ||
	    prove_forbidden(test) != CLAIM_SHOWN)
		return test->verdict;
	return claim_says(test, CLAIM_SHOWN, "what is no file is refused, at once");
}

/* Read by somebody who does not own it, but may read it. Only root can become somebody else. */
static enum claim_verdict prove_others_file(struct claim_test *test)
{
	struct engine *engine = NULL;

	if (geteuid() != 0)
		return claim_says(test, CLAIM_CANNOT, "needs root, to be another user");
	if (!claim_write_file(test, test->path, 1, FILE_BYTES))
		return test->verdict;
	bool is_there = chmod(test->path, 0666) == 0 && chmod(test->folder, 0777) == 0 &&
			chdir(test->folder) == 0 && setegid(NOBODY) == 0 && seteuid(NOBODY) == 0;
	if (!is_there)
		return claim_says(test, CLAIM_CANNOT, "not another user: %s", strerror(errno));
	const char *name = strrchr(test->path, '/') + 1;
	int err = engine_ops_open(test->subject->ops, name, ENGINE_OPEN_READ,
				  test->subject->options, &engine);
	if (err == -EOPNOTSUPP || err == -ENOMEM || err == -EPERM)
		return claim_says(test, CLAIM_CANNOT, "this user may not: %s", strerror(-err));
	CLAIM_HOLDS(test, err == 0, "open gives %d (%s)", err, strerror(-err));
	CLAIM_HOLDS(test, claim_reads(engine, 1, FILE_BYTES), "reading gives other bytes");
	err = engine->ops->close(engine);
	CLAIM_HOLDS(test, err == 0, "close gives %d (%s)", err, strerror(-err));
	return claim_says(test, CLAIM_SHOWN, "the file of another user is read");
}

const struct claim claims_of_asking[] = {
	{.name = "options", .is_made = has_options, .prove = prove_options},
	{.name = "paths", .is_made = has_defaults, .prove = prove_paths},
	{.name = "folders", .is_made = has_probe, .prove = prove_folders},
	{.name = "others-file", .prove = prove_others_file},
	{.name = NULL},
};
