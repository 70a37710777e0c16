/* The machines of a merged run: see machines.h. */
#include "machines.h"

#include <errno.h>
#include <string.h>

#include "../base/text.h"
#include "../machine/environment.h"

static int add_kind(const struct run *run, json_t *kinds)
{
	char name[48];

	snprintf(name, sizeof(name), "machine %zu", json_array_size(kinds) + 1);
	return json_array_append_new(kinds, json_pack("{s:s,s:O}", "name", name, "environment",
						      run->environment)) != 0
		       ? -ENOMEM
		       : 0;
}

int machines_of_runs(const struct run *runs, size_t count,
		     bool (*same_machine)(const json_t *a, const json_t *b), const char **names,
		     json_t **kinds)
{
	int err = 0;

	*kinds = json_array();
	for (size_t i = 0; !err && i < count; i++) {
		json_t *roofline = json_object_get(runs[i].info, "roofline");
		size_t k = 0;

		while (k < json_array_size(*kinds) &&
		       !same_machine(json_object_get(json_array_get(*kinds, k), "environment"),
				     runs[i].environment))
			k++;
		if (k == json_array_size(*kinds))
			err = add_kind(&runs[i], *kinds);
		json_t *kind = json_array_get(*kinds, k);
		names[i] = json_string_value(json_object_get(kind, "name"));
		if (kind && roofline && !json_object_get(kind, "roofline"))
			json_object_set(kind, "roofline", roofline);
	}
	if (!err && json_array_size(*kinds) > 1)
		return 0;
	memset(names, 0, count * sizeof(*names));
	json_decref(*kinds);
	*kinds = NULL;
	return err;
}

bool machine_at(const struct run *run, size_t i, const char **name, json_t **environment)
{
	const json_t *kinds = json_object_get(run->info, "machines");
	const json_t *kind = json_array_get(kinds, i);

	*name = json_string_value(json_object_get(kind, "name"));
	*environment = kind ? json_object_get(kind, "environment") : run->environment;
	return kind || (i == 0 && json_array_size(kinds) == 0);
}

const json_t *machine_of_cell(const struct run *run, const json_t *cell)
{
	const char *wanted = json_string_value(json_object_get(cell, "machine")), *name;
	json_t *environment;

	for (size_t i = 0; wanted && machine_at(run, i, &name, &environment); i++) {
		if (name && strcmp(name, wanted) == 0)
			return environment;
	}
	return run->environment;
}

void machines_caption(const struct run *run, char *machine, size_t machine_size, char *build,
		      size_t build_size)
{
	const char *name;
	json_t *environment;
	char one[256];

	machine[0] = '\0';
	for (size_t i = 0; machine_at(run, i, &name, &environment); i++) {
		one[0] = '\0';
		environment_caption(environment, one, sizeof(one), build, build_size);
		text_append(machine, machine_size, "%s%s%s%s", i ? "; " : "", name ? name : "",
			    name ? ": " : "", one);
	}
}
