/*
 * See power_trial.h. What an image has to be follows from the operation in which the power fails: the graph as it was when
 * the last sync returned, or after any operation since, up to the one that is interrupted.
 *
 * An update behaviour is what an operation does to the files: which writes, lengths, names and syncs, in what order, in the
 * head of a file, within its old length or beyond it, together with what was not synced before it. One representative of
 * each is enough.
 */
#include "power_trial.h"

#include "../../workloads/support/mix.h"
#include "../base/signals.h"
#include "child.h"
#include "graph_player.h"
#include "graph_judge.h"
#include "image_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIMIT_S     120 /* of one process, by far: only what hangs gets there */
#define SLOTS_FIRST ((size_t)1 << 10)
#define SECTORS_MAX 9 /* writes of more sectors behave alike */

/* Shared with the processes. */
struct power_shared {
	struct power_trial trial;
	struct intercept intercept; /* not armed: nothing is made to fail */
	volatile int err;           /* of what the process did */
	volatile bool done;
};

/* The process that makes images and opens them. */
struct judging {
	const struct recording *recording;
	const struct graph_history *history;
	struct power_trial *trial;
	struct graph_states states;
	struct image_engine engine;
	uint64_t options[OPTIONS_MAX]; /* of the layout */
	struct graph_demand demand;
	uint64_t *judged; /* [slots_count] hashes of images with their demands */
	size_t slots_count, judged_count;
	size_t operation;
};

/* ---- sets of hashes ---- */

/* Is it new? It is added. The set has a free slot. */
static bool set_add(uint64_t *slots, size_t slots_count, uint64_t hash)
{
	size_t at = (size_t)(hash >> 1) & (slots_count - 1);

	hash |= 1;
	for (size_t n = 0; n < slots_count && slots[at]; n++, at = (at + 1) & (slots_count - 1)) {
		if (slots[at] == hash)
			return false;
	}
	if (!slots[at])
		slots[at] = hash;
	return true;
}

/* Twice as many slots. If there is no memory for them, the set stays as it is. */
static void grow_judged(struct judging *judging)
{
	size_t slots_count = judging->slots_count ? 2 * judging->slots_count : SLOTS_FIRST;
	uint64_t *slots = calloc(slots_count, sizeof(*slots));

	for (size_t i = 0; slots && i < judging->slots_count; i++) {
		if (judging->judged[i])
			set_add(slots, slots_count, judging->judged[i]);
	}
	if (!slots)
		return;
	free(judging->judged);
	judging->judged = slots;
	judging->slots_count = slots_count;
}

/* Is the image new? */
static bool is_new(struct judging *judging, uint64_t hash)
{
	if (2 * judging->judged_count >= judging->slots_count)
		grow_judged(judging);
	bool added = set_add(judging->judged, judging->slots_count, hash);

	judging->judged_count += added;
	return added;
}

/* ---- images ---- */

static void describe(struct judging *judging, const struct image *image)
{
	struct why *why = &judging->trial->why;
	char reason[sizeof(why->text)];

	snprintf(reason, sizeof(reason), "%s", why->text);
	why_set(why, 0,
		"%s: power fails in operation %zu of %zu, with %zu of %zu writes%s and %zu of %zu "
		"lengths and names "
		"kept%s: %.120s",
		judging->demand.layout->name, judging->operation + 1, judging->history->count,
		image->kept_count, image->writes_count, image->is_torn ? " (one torn)" : "",
		image->kept_changes_count, image->changes_count,
		image->has_old_bytes ? ", old bytes in new blocks" : "", reason);
}

static bool judge(void *context, const struct image *image)
{
	struct judging *judging = context;
	struct graph_demand *demand = &judging->demand;
	struct power_trial *trial = judging->trial;
	uint64_t hash = image_hash(image);
	uint64_t what = demand->first_state << 16 | demand->last_state << 2 |
			(uint64_t)demand->must_be_found << 1 | (uint64_t)demand->is_checked;

	trial->images_count++;
	if (!is_new(judging, mix64(hash + mix64(what))))
		return true;
	trial->opened_count++;
	judging->engine.maps = hash & 1;
	judging->engine.image = image;
	enum graph_verdict verdict =
		graph_judge(&judging->engine.ops, "file", NULL, demand, &trial->why);
	trial->refused_count += verdict == GRAPH_REFUSED;
	trial->failed = verdict == GRAPH_WRONG;
	if (trial->failed)
		describe(judging, image);
	return !trial->failed;
}

/* ---- behaviours ---- */

/* What an event does to its file, in short. `size_bytes`: of each file, at the event. */
static uint64_t behaviour_of(const struct recorded_event *event, uint64_t *size_bytes)
{
	uint64_t sectors = event->len_bytes / RECORDING_SECTOR_BYTES + 1;
	uint64_t place = event->offset < RECORDING_PAGE_BYTES ? 0
			 : event->offset < *size_bytes        ? 1
							      : 2;

	switch (event->kind) {
	case RECORDED_WRITE:
		return 1 + place * 16 + (sectors < SECTORS_MAX ? sectors : SECTORS_MAX);
	case RECORDED_SIZE:
		place = event->len_bytes < *size_bytes;
		*size_bytes = event->len_bytes;
		return 100 + place;
	case RECORDED_NAME:
		return 200 + (uint64_t)(event->from + 1) * 32 + (uint64_t)(event->to + 1);
	default:
		return 50 + (uint64_t)event->kind;
	}
}

/* Of the operation that begins at event `at`, after what is not durable. */
static uint64_t behaviour(const struct judging *judging, const struct images *images, size_t at)
{
	const struct recording *recording = judging->recording;
	uint64_t sizes[RECORDING_FILES_MAX], hash = mix64((uintptr_t)judging->demand.layout);

	for (uint32_t i = 0; i < recording->files_count; i++)
		sizes[i] = images->base.files[i].size_bytes;
	hash = mix64(hash + judging->demand.is_dirty * 4 + judging->demand.is_checked * 2);
	for (size_t i = images->base_end; i < recording->count; i++) {
		const struct recorded_event *event = &recording->events[i];

		if (i > at && event->kind == RECORDED_END)
			break;
		if (event->kind == RECORDED_BEGIN || event->kind == RECORDED_END ||
		    event->file >= recording->files_count)
			continue;
		hash = mix64(hash + behaviour_of(event, &sizes[event->file]) * 16 + event->file);
	}
	return hash;
}

/* ---- the recording, event by event ---- */

/* The operation after the last is the close. */
static enum graph_kind kind_of(const struct judging *judging)
{
	return judging->operation < judging->history->count
		       ? judging->history->operations[judging->operation].kind
		       : GRAPH_REOPEN;
}

static void begin(struct judging *judging, size_t operation)
{
	judging->operation = operation;
	graph_demand_begin(&judging->demand, operation, kind_of(judging),
			   operation < judging->history->count &&
				   graph_changes(&judging->states, operation));
}

static void judge_all(struct judging *judging, struct images *images, struct power_seen *seen)
{
	const struct recording *recording = judging->recording;
	bool more = true, looks = true;

	for (size_t i = 0; more && i < recording->count; i++) {
		const struct recorded_event *event = &recording->events[i];

		switch (event->kind) {
		case RECORDED_BEGIN:
			begin(judging, event->operation);
			looks = !seen || set_add(seen->slots, POWER_SEEN_SLOTS,
						 behaviour(judging, images, i));
			break;
		case RECORDED_END:
			more = !graph_demand_end(&judging->demand, judging->operation,
						 kind_of(judging)) ||
			       images_at(images, i, false);
			break;
		case RECORDED_SYNC:
			images_sync(images, i);
			break;
		default:
			more = !looks || images_at(images, i, true);
		}
	}
	if (!more && !judging->trial->failed) {
		judging->trial->failed = true;
		why_set(&judging->trial->why, 0, "no memory for images");
	}
}

/* What is tested, as the two processes see it. */
struct trying {
	const struct conform_subject *subject;
	const struct layout_ops *layout;
	const struct graph_history *history;
	uint64_t seed;
	struct power_seen *seen;
	struct recording recording;
	struct power_shared *shared;
};

static int judge_recording(const struct trying *trying)
{
	struct judging judging = {.recording = &trying->recording,
				  .history = trying->history,
				  .trial = &trying->shared->trial};
	struct images images = {.recording = NULL};
	int err = graph_states_init(&judging.states, trying->history, trying->layout->degree_max);

	image_engine_init(&judging.engine);
	option_defaults(trying->layout->options, trying->layout->options_count, judging.options);
	judging.demand = (struct graph_demand){
		.layout = trying->layout, .options = judging.options, .states = &judging.states};
	grow_judged(&judging);
	if (!err && !judging.judged)
		err = -ENOMEM;
	if (!err)
		err = images_init(&images, &trying->recording, trying->seed, judge, &judging);
	if (!err)
		judge_all(&judging, &images, trying->seen);
	images_release(&images);
	graph_states_release(&judging.states);
	free(judging.judged);
	return err;
}

/* ---- processes ---- */

static void record(void *context)
{
	struct trying *trying = context;
	struct power_shared *shared = trying->shared;
	char path[4096], error[PLAY_ERROR_BYTES] = "";
	struct conform_layout layout;
	size_t at = 0;
	struct graph_player player = {.subject = trying->subject,
				      .layout = &layout,
				      .path = path,
				      .is_recorded = true,
				      .play.error = error,
				      .at = &at};

	(void)conform_layout_init(&layout, trying->layout, "", NULL);
	snprintf(path, sizeof(path), "%s/file", trying->recording.folder);
	bool same = graph_play_begin(&player) && graph_play(&player, trying->history);
	shared->trial.failed = !(graph_play_end(&player) && same);
	if (shared->trial.failed)
		why_set(&shared->trial.why, 0, "operation %zu: %s", at + 1, error);
	graph_player_release(&player);
	shared->done = true;
}

static void judge_images(void *context)
{
	struct trying *trying = context;

	trying->shared->err = judge_recording(trying);
	trying->shared->done = true;
}

/* Runs one of the two in a process of its own, `what` in messages. */
static int run(void (*work)(void *context), struct trying *trying, struct intercept_link *link,
	       const char *what)
{
	struct power_shared *shared = trying->shared;
	char text[200];
	int status;

	shared->done = false;
	int err = child_run(work, trying, LIMIT_S, link, &shared->intercept, &status);
	if (err || !child_has_failed(status, shared->done, LIMIT_S, text, sizeof(text)))
		return err ? err : shared->err;
	shared->trial.failed = true;
	why_set(&shared->trial.why, 0, "%s: %s", what, text);
	return 0;
}

static int run_recorded(struct trying *trying)
{
	struct intercept_link link;
	int err = intercept_open(&link);

	if (err)
		return err;
	link.watch = recording_watch;
	link.context = &trying->recording;
	err = run(record, trying, &link, trying->layout->name);
	return err ? err : trying->recording.err;
}

static void remove_files(const struct recording *recording)
{
	char path[4096];

	for (int i = 0; i < recording->names_count; i++) {
		snprintf(path, sizeof(path), "%s/%s", recording->folder, recording->names[i]);
		unlink(path);
	}
}

int power_trial_run(const struct conform_subject *subject, const struct layout_ops *layout,
		    const char *folder, const struct graph_history *history, uint64_t seed,
		    struct power_seen *seen, struct power_trial *trial)
{
	struct trying trying = {.subject = subject,
				.layout = layout,
				.history = history,
				.seed = seed,
				.seen = seen};

	trying.shared = mmap(NULL, sizeof(*trying.shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (trying.shared == MAP_FAILED)
		return -errno;
	recording_init(&trying.recording, folder);
	int err = run_recorded(&trying);
	remove_files(&trying.recording);
	if (!err && !trying.shared->trial.failed && !signals_caught())
		err = run(judge_images, &trying, NULL, "opening an image");
	*trial = trying.shared->trial;
	recording_release(&trying.recording);
	munmap(trying.shared, sizeof(*trying.shared));
	return err;
}
