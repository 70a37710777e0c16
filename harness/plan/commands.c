/*
 * Cells of commands: see cell.h. The parts of a cell that a program does not have are named `none`; its name
 * stands where the engine of other cells does, so that tables and figures compare programs as they compare engines.
 */
#include "internal.h"

#include "../../references/reference.h"
#include "../base/words.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 64
/* Each run is a fresh process whatever process of ours starts it. */
#define COMMAND_REPETITIONS 2

static const struct graph_ops no_graph = {.name = "none", .summary = "a command has no graph"};
static const struct layout_ops no_layout = {.name = "none",
					    .summary = "a command has files of its own",
					    .capabilities = LAYOUT_REFERENCE};

static int check_keys(const struct selection *selection, struct why *why)
{
	for (enum selection_key i = 0; i < SELECTION_KEYS_COUNT; i++) {
		if (selection->values[i] && !selection_key_is_of_commands(i))
			return why_set(why, -EINVAL, "a command has no '%s'",
				       selection_keys[i].name);
	}
	return 0;
}

/* It becomes part of a cell's name, and of names in formats of others. */
static int check_name(const char *name, struct why *why)
{
	bool bad = !*name || strlen(name) > NAME_BYTES_MAX || strchr(name, '/');

	for (const char *c = name; *c; c++)
		bad |= (unsigned char)*c <= ' ' || *c == ',' || *c == 127;
	return bad ? why_set(why, -EINVAL,
			     "name '%.70s': not 1 to %d characters without blanks, '/' and ','",
			     name, NAME_BYTES_MAX)
		   : 0;
}

/* The name that the selection gives, else the program's without its folder. */
static char *name_of(const struct selection *selection, const struct user_command *command)
{
	const char *given = selection->values[KEY_NAME];
	const char *slash = strrchr(command->argv[0], '/');

	return strdup(given ? given : slash ? slash + 1 : command->argv[0]);
}

/* A record is JSON, and a worker gets the command from JSON: what is not UTF-8 would be another command. */
static int check_text(const char *key, const char *text, struct why *why)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string ? 0 : why_set(why, -EINVAL, "%s: not UTF-8", key);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* `key`: KEY_COMMAND or KEY_AGAINST. */
static int command_new(const struct selection *selection, enum selection_key key,
		       struct user_command **out, struct why *why)
{
	char *const *values = selection->values;
	struct user_command *command = calloc(1, sizeof(*command));
	int err = command ? 0 : -ENOMEM;

	if (!err)
		err = words_split(values[key], &command->argv, why);
	if (!err) {
		command->text = copy(values[key]);
		command->files = copy(values[KEY_FILES]);
		command->prepare = copy(values[KEY_COMMAND_PREPARE]);
		command->name = name_of(selection, command);
		if (!command->text || !command->name || (values[KEY_FILES] && !command->files) ||
		    (values[KEY_COMMAND_PREPARE] && !command->prepare))
			err = -ENOMEM;
	}
	err = err ? err : check_name(command->name, why);
	if (!err && values[KEY_STDOUT_HASH])
		err = parse_flag(values[KEY_STDOUT_HASH], selection_keys[KEY_STDOUT_HASH].name,
				 &command->hash_stdout, why);
	if (err)
		user_command_free(command);
	else
		*out = command;
	return err;
}

static int commands_new(const struct selection *selection, struct user_command **out,
			struct why *why)
{
	static const enum selection_key texts[] = {KEY_COMMAND, KEY_NAME, KEY_FILES,
						   KEY_COMMAND_PREPARE, KEY_AGAINST};
	char *const *values = selection->values;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (values[texts[i]])
			err = check_text(selection_keys[texts[i]].name, values[texts[i]], why);
	err = err ? err : command_new(selection, KEY_COMMAND, out, why);
	if (!err && values[KEY_AGAINST]) {
		err = command_new(selection, KEY_AGAINST, &(*out)->against, why);
		if (err) {
			user_command_free(*out);
			*out = NULL;
		}
	}
	return err;
}

static int add_state(struct plan *plan, const struct selection *selection, const struct cell *base,
		     const char *cache, struct why *why)
{
	struct cell cell = *base;

	cell.cold = strcmp(cache, "cold") == 0;
	if (!cell.cold && strcmp(cache, "warm") != 0)
		return why_set(why, -EINVAL, "unknown cache state '%.32s'; valid: cold, warm",
			       cache);
	if (selection->values[KEY_CACHE] && !selection->values[KEY_FILES])
		return why_set(why, -EINVAL,
			       "cache '%s' needs `files`: the files that are brought into that "
			       "state",
			       cache);
	int err = commands_new(selection, &cell.command, why);
	return err ? err : plan_push(plan, &cell, why);
}

bool plan_has_baselines(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cells_count; i++) {
		if (!plan->cells[i].command || !plan->cells[i].command->against)
			return false;
	}
	return true;
}

const struct user_command *plan_one_command(const struct plan *plan)
{
	const struct user_command *first = plan->cells_count ? plan->cells[0].command : NULL;

	if (!plan_has_baselines(plan))
		return NULL;
	for (size_t i = 1; i < plan->cells_count; i++) {
		if (strcmp(plan->cells[i].command->name, first->name) != 0)
			return NULL;
	}
	return first;
}

int plan_add_command(struct plan *plan, const struct selection *selection, struct cell *base,
		     struct why *why)
{
	struct list caches = {0};
	int err = check_keys(selection, why);

	base->workload = &command_workload;
	base->graph = &no_graph;
	base->layout = &no_layout;
	base->engine = &reference_engine;
	/* A program has no operations that could be timed singly. */
	base->passes &= ~(1u << PASS_LATENCY);
	if (!err && !base->passes)
		err = why_set(why, -EINVAL,
			      "a command has no pass latency; valid: time, count, profile");
	if (!selection->values[KEY_REPETITIONS])
		base->repetitions = COMMAND_REPETITIONS;
	err = err ? err : list_split(&caches, selected(selection, KEY_CACHE), "cache", why);
	for (size_t i = 0; !err && i < caches.count; i++)
		err = add_state(plan, selection, base, caches.words[i], why);
	free(caches.text);
	return err;
}
