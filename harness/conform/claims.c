/* The processes in which claims are tested, and what their end says: see claims.h. */
#include "claims.h"

#include "../base/clock.h"
#include "../base/signals.h"
#include "child.h"
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LIMIT_S      60 /* of one claim, by far: only what hangs gets there */
#define VARIANTS_MAX 64

static const struct claim *const families[] = {
	claims_of_reading,   claims_of_caching,   claims_of_writing,
	claims_of_instances, claims_of_processes, claims_of_length,
	claims_of_asking,    claims_of_batches,   claims_of_devices};

const struct claim *claim_at(size_t i)
{
	for (size_t family = 0; family < sizeof(families) / sizeof(families[0]); family++) {
		for (const struct claim *claim = families[family]; claim->name; claim++) {
			if (i-- == 0)
				return claim;
		}
	}
	return NULL;
}

const char *claim_name(const struct claim *claim)
{
	return claim->name;
}

bool claim_is_made(const struct claim *claim, const struct conform_subject *subject)
{
	uint32_t has = subject->ops->capabilities;

	return (has & claim->capabilities) == claim->capabilities && !(has & claim->excluded) &&
	       (!claim->is_made || claim->is_made(subject));
}

/* ---- its calls ---- */

static void note_reader(struct claim_calls *calls, int thread)
{
	if (calls->readers_count == 0)
		calls->reader = thread;
	if (calls->readers_count < 2 && (calls->readers_count == 0 || calls->reader != thread))
		calls->readers_count++;
}

static void note_submitted(struct claim_calls *calls, uint64_t count)
{
	calls->ring_count++;
	if (count > calls->submitted_max)
		calls->submitted_max = (unsigned)count;
}

/* In the parent, before each call. */
static bool watch_calls(void *context, pid_t child, int process, const struct seccomp_data *data)
{
	struct claim_test *test = context;
	struct claim_calls *calls = &test->calls;

	(void)child;
	(void)process;
	calls->has_ring |= data->nr == SYS_io_uring_setup;
	if (!atomic_load(&test->intercept.armed))
		return false;
	calls->all_count++;
	switch (data->nr) {
	case SYS_read:
	case SYS_pread64:
	case SYS_readv:
	case SYS_preadv:
	case SYS_preadv2:
		calls->reads_count++;
		note_reader(calls, test->intercept.caller);
		break;
	case SYS_readahead:
		calls->announced_count++;
		break;
	case SYS_madvise:
		calls->announced_count += data->args[2] == MADV_WILLNEED;
		break;
	case SYS_fadvise64:
		calls->announced_count += data->args[3] == POSIX_FADV_WILLNEED;
		break;
	case SYS_io_uring_enter:
	case SYS_io_submit:
		note_submitted(calls, data->args[1]);
		break;
	default:
		break;
	}
	return false;
}

/* Recording, with the calls that it does not understand. */
struct recorded {
	struct recording recording;
	struct claim_test *test;
};

static bool watch_files(void *context, pid_t child, int process, const struct seccomp_data *data)
{
	struct recorded *recorded = context;

	(void)watch_calls(recorded->test, child, process, data);
	return recording_watch(&recorded->recording, child, process, data);
}

/* ---- one test ---- */

struct proving {
	const struct claim *claim;
	struct claim_test *test;
};

static void prove(void *context)
{
	struct proving *proving = context;

	proving->test->verdict = proving->claim->prove(proving->test);
	proving->test->done = true;
}

/* Runs it in a process; the verdict is in *test. */
static int run(const struct claim *claim, struct claim_test *test)
{
	struct recorded recorded = {.test = test};
	struct intercept_link link;
	bool intercepts = claim->means != CLAIM_BY_ITSELF;
	int status = 0, err = intercepts ? intercept_open(&link) : 0;
	char text[100];

	if (err)
		return err;
	recording_init(&recorded.recording, test->folder);
	if (intercepts) {
		link.watch = claim->means == CLAIM_BY_RECORDING ? watch_files : watch_calls;
		link.context = claim->means == CLAIM_BY_RECORDING ? (void *)&recorded : test;
		link.all = claim->means == CLAIM_BY_ALL_CALLS;
	}
	err = child_run(prove, &(struct proving){claim, test}, LIMIT_S, intercepts ? &link : NULL,
			&test->intercept, &status);
	if (!err && child_has_failed(status, test->done, LIMIT_S, text, sizeof(text)))
		claim_says(test, CLAIM_WRONG, "%s", text);
	else if (!err && claim->judge && test->verdict == CLAIM_SHOWN)
		test->verdict = claim->judge(test, &recorded.recording);
	recording_release(&recorded.recording);
	return err;
}

/* Tests the claim on one subject. The verdict and its reason are in *verdict and *why. */
static int test_claim(const struct claim *claim, const struct conform_subject *subject,
		      const struct conform_setup *setup, enum claim_verdict *verdict,
		      struct why *why)
{
	struct claim_test *test = mmap(NULL, sizeof(*test), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (test == MAP_FAILED)
		return -errno;
	test->subject = subject;
	test->folder = setup->folder;
	conform_path(setup, test->path, sizeof(test->path));
	snprintf(test->other, sizeof(test->other), "%s/other", setup->folder);
	int err = run(claim, test);
	if (unlink(test->path))
		rmdir(test->path);
	unlink(test->other);
	*verdict = test->verdict;
	*why = test->why;
	munmap(test, sizeof(*test));
	return err;
}

/* Another variant of the engine that shows the capability; false if there is none. */
static bool find_other(const struct claim *claim, const struct conform_subject *subject,
		       const struct conform_setup *setup, struct conform_subject *other)
{
	struct conform_subject *all = calloc(VARIANTS_MAX, sizeof(*all));
	size_t count = all ? conform_subject_variants(subject->ops, all, VARIANTS_MAX) : 0;
	bool found = false;

	for (size_t i = 0; !found && i < count && !signals_caught(); i++) {
		enum claim_verdict verdict;
		struct why why;

		if (strcmp(all[i].text, subject->text) == 0 ||
		    conform_subject_probe(&all[i], setup->folder, &why))
			continue;
		found = test_claim(claim, &all[i], setup, &verdict, &why) == 0 &&
			verdict == CLAIM_SHOWN;
		*other = all[i];
	}
	free(all);
	return found;
}

static void conclude(const struct claim *claim, const struct conform_subject *subject,
		     const struct conform_setup *setup, enum claim_verdict verdict,
		     struct outcome *outcome)
{
	struct conform_subject other;

	if (verdict == CLAIM_SHOWN)
		return;
	if (verdict == CLAIM_CANNOT) {
		outcome->state = OUTCOME_SKIPPED;
		return;
	}
	if (verdict == CLAIM_NOT_SHOWN && find_other(claim, subject, setup, &other)) {
		outcome->state = OUTCOME_SKIPPED;
		why_set(&outcome->why, 0, "not claimed with these options, but %s%.200s",
			*other.text ? "with " : "by default", other.text);
		return;
	}
	outcome->state = OUTCOME_FAILED;
	outcome->reproducer = conform_command(subject, NULL, "--only claims");
}

int conform_claims(const struct conform_subject *subject, const struct conform_setup *setup,
		   struct outcome *outcome)
{
	double began_s = clock_now_s();
	enum claim_verdict verdict;
	int err = test_claim(setup->claim, subject, setup, &verdict, &outcome->why);

	if (!err && !signals_caught())
		conclude(setup->claim, subject, setup, verdict, outcome);
	outcome->seconds = clock_now_s() - began_s;
	return conform_end(err, outcome);
}
