/* See graph_trial.h. */
#include "graph_trial.h"

#include "graph_player.h"
#include "leaks.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of another graph, which has to live on: before the history, and after it. */
static const char other_before[] = "bulk:5+48,edge:0+1";
static const char other_after[] = "edge:1+2,walk,sync,reopen-read,check,walk";

struct graph_playing {
	const struct conform_subject *subject;
	const struct conform_layout *layout;
	const char *path;
	const struct graph_history *history;
	bool has_fault;
};

static bool differs(struct trial_shared *shared, const char *what, const char *why)
{
	if (!*shared->error)
		snprintf(shared->error, sizeof(shared->error), "%s%.150s", what, why);
	return false;
}

/* Does the file have what it must have, after all? */
static bool judge(struct graph_player *player, struct trial_shared *shared, bool is_excused)
{
	struct graph_demand *demand = &player->demand;
	char moved[4096];
	struct why why;

	snprintf(moved, sizeof(moved), "%s" GRAPH_MOVED, player->path);
	if (access(player->path, F_OK) && access(moved, F_OK) == 0)
		(void)layout_rename(player->layout->ops, moved, player->path);
	if (!is_excused) {
		demand->first_state = demand->last_state = player->states.count;
		demand->must_be_found = true;
	}
	enum graph_verdict verdict = graph_judge(player->subject->ops, player->path,
						 player->subject->options, demand, &why);
	return verdict != GRAPH_WRONG ||
	       differs(shared,
		       is_excused ? "after a fault: " : "the file, opened again: ", why.text);
}

static bool play_other(struct graph_player *other, const char *text, struct trial_shared *shared,
		       char *error)
{
	struct graph_history history;

	return (graph_parse(text, &history, NULL) == 0 && graph_play(other, &history)) ||
	       differs(shared, "another graph: ", error);
}

/* Plays the history, then opens its file once more. */
static bool play_history(const struct graph_playing *playing, struct graph_player *player,
			 struct trial_shared *shared)
{
	bool same = graph_play_begin(player) && graph_play(player, playing->history);

	same = graph_play_end(player) && same;
	bool is_excused = player->play.is_excused && !*shared->error;
	if (!same && !is_excused)
		return false;
	player->play.intercept = NULL;
	return player->damage.is_saved || judge(player, shared, is_excused);
}

static bool play(void *context, struct trial_shared *shared)
{
	const struct graph_playing *playing = context;
	char other_path[4096], other_error[PLAY_ERROR_BYTES] = "";
	size_t other_at = 0, open_count = leaks_count(playing->path);
	struct graph_player player = {.subject = playing->subject,
				      .layout = playing->layout,
				      .path = playing->path,
				      .play.intercept =
					      playing->has_fault ? &shared->intercept : NULL,
				      .play.error = shared->error,
				      .at = &shared->at};
	struct graph_player other = {.subject = playing->subject,
				     .layout = playing->layout,
				     .path = other_path,
				     .play.error = other_error,
				     .at = &other_at};

	snprintf(other_path, sizeof(other_path), "%s.other", playing->path);
	bool same =
		!playing->has_fault ||
		((graph_play_begin(&other) || differs(shared, "another graph: ", other_error)) &&
		 play_other(&other, other_before, shared, other_error));
	if (same)
		same = play_history(playing, &player, shared);
	if (playing->has_fault && same)
		same = play_other(&other, other_after, shared, other_error) &&
		       (graph_play_end(&other) || differs(shared, "another graph: ", other_error));
	graph_player_release(&player);
	graph_player_release(&other);
	if (!same)
		return false;
	size_t left_count = leaks_count(playing->path);
	char text[64];

	snprintf(text, sizeof(text), "%zd", (ssize_t)(left_count - open_count));
	if (left_count != open_count)
		return differs(shared, "descriptors or mappings left open: ", text);
	return !playing->has_fault || !atomic_load(&shared->intercept.bad_close) ||
	       differs(shared, "a descriptor is closed twice", "");
}

/* The file and what belongs to it, of a process that may have ended before it could. */
static void remove_graph(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char folder[4096];
	struct dirent *entry;

	snprintf(folder, sizeof(folder), "%.*s.", (int)(name - path), path);
	DIR *files = opendir(folder);
	while (files && (entry = readdir(files)) != NULL) {
		/* Including any other file of a store with its own I/O, such as a journal. */
		if (strncmp(entry->d_name, name, strlen(name)) == 0)
			(void)unlinkat(dirfd(files), entry->d_name, 0);
	}
	if (files)
		closedir(files);
}

int graph_trial_run(const struct conform_subject *subject, const struct conform_layout *layout,
		    const char *path, const struct graph_history *history,
		    const struct fault *fault, unsigned limit_s, struct trial *trial)
{
	struct graph_playing playing = {.subject = subject,
					.layout = layout,
					.path = path,
					.history = history,
					.has_fault = fault != NULL};
	char other_path[4096];

	snprintf(other_path, sizeof(other_path), "%s.other", path);
	int err = trial_watch(play, &playing, fault, limit_s, trial);
	remove_graph(path);
	remove_graph(other_path);
	return err;
}
