/*
 * Threads that read the batches of an engine: see read_threads.h.
 *
 * Spans of the submitted batches are taken one by one, in their order, under one lock, and read without it. Who waits for a
 * batch takes spans too, as long as there are any. A batch is marked as read by the thread that submitted it alone, so that it
 * may look without the lock.
 */
#include "read_threads.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* The state of a batch, in the space that the contract gives the engine. */
struct threads_batch {
	struct spans spans;        /* what is left to read */
	struct engine_batch *next; /* in the list of those with spans left */
	uint32_t flying_count;     /* spans that a thread reads now */
	int err;                   /* the first error */
	bool is_taken;             /* all of its spans are */
};
_Static_assert(sizeof(struct threads_batch) <= sizeof(((struct engine_batch *)0)->own),
	       "the contract gives an engine this much room in a batch");

/* One that reads: the caller, or a thread of its own. */
struct reader {
	struct read_threads *pool;
	struct engine_file file;   /* the descriptor, and its own counts */
	struct direct_file direct; /* of `file`, if the pool reads around the page cache */
	unsigned char *joined;     /* [EXTENTS_JOINED_BYTES] */
	pthread_t thread;
};

struct read_threads {
	pthread_mutex_t lock;
	pthread_cond_t work, read; /* there are spans to take; a batch was read */
	struct engine_batch *first,
		*last;       /* with spans left, in the order of submit(); NULL: none */
	unsigned idle_count; /* threads that wait for work */
	bool is_ending;
	unsigned count;
	struct engine_file *file;   /* borrowed */
	struct direct_file *direct; /* borrowed; NULL: through the page cache */
	struct reader *readers;     /* [count + 1], the last is the caller's */
	pid_t *ids;                 /* [count]; 0: not known yet */
};

static struct threads_batch *own_of(struct engine_batch *batch)
{
	return (struct threads_batch *)(void *)batch->own;
}

static bool is_done(const struct threads_batch *own)
{
	return own->is_taken && own->flying_count == 0;
}

/* The next span of the first batch that has one; false: there is none. With the lock. */
static bool take(struct read_threads *self, struct engine_batch **batch, struct span *span)
{
	while (self->first) {
		struct threads_batch *own = own_of(self->first);

		*batch = self->first;
		if (!own->err && spans_next(&own->spans, span)) {
			own->flying_count++;
			return true;
		}
		own->is_taken = true;
		self->first = own->next;
		if (is_done(own))
			pthread_cond_signal(&self->read);
	}
	return false;
}

/* Is a span read to the memory of its extent? Around the page cache that takes whole blocks, which a long one is. */
static bool is_in_place(const struct read_threads *self, const struct spans *spans,
			const struct span *span)
{
	return self->direct ? span->len_bytes > EXTENTS_JOINED_BYTES : spans_is_alone(spans, span);
}

static int read_into(struct reader *reader, const struct span *span, unsigned char *bytes)
{
	struct iovec part = {bytes, span->len_bytes};

	return reader->pool->direct
		       ? direct_file_readv(&reader->direct, span->offset, &part, 1)
		       : engine_file_read(&reader->file, span->offset, bytes, span->len_bytes);
}

/* Reads a span that was taken. The lock is held before and after. */
static void read_span(struct reader *reader, struct engine_batch *batch, const struct span *span)
{
	struct read_threads *self = reader->pool;
	struct threads_batch *own = own_of(batch);
	/* Others advance the batch's own meanwhile; its extents stay. */
	struct spans spans = {.extents = own->spans.extents, .count = own->spans.count};

	pthread_mutex_unlock(&self->lock);
	bool in_place = is_in_place(self, &spans, span);
	int err = read_into(reader, span,
			    in_place ? spans.extents[span->first].buffer : reader->joined);

	if (!err && !in_place)
		spans_scatter(&spans, span, reader->joined);
	pthread_mutex_lock(&self->lock);
	own->err = own->err ? own->err : err;
	self->file->truncated |= reader->file.truncated;
	own->flying_count--;
	if (is_done(own))
		pthread_cond_signal(&self->read);
}

static void *thread_main(void *argument)
{
	struct reader *reader = argument;
	struct read_threads *self = reader->pool;
	struct engine_batch *batch;
	struct span span;

	pthread_mutex_lock(&self->lock);
	self->ids[reader - self->readers] = gettid();
	pthread_cond_signal(&self->read);
	while (!self->is_ending) {
		if (take(self, &batch, &span)) {
			read_span(reader, batch, &span);
			continue;
		}
		self->idle_count++;
		pthread_cond_wait(&self->work, &self->lock);
		self->idle_count--;
	}
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

static void free_all(struct read_threads *self)
{
	for (unsigned i = 0; self->readers && i <= self->count; i++)
		free(self->readers[i].joined);
	free(self->readers);
	free(self->ids);
	pthread_mutex_destroy(&self->lock);
	pthread_cond_destroy(&self->work);
	pthread_cond_destroy(&self->read);
	free(self);
}

static void end_threads(struct read_threads *self, unsigned made)
{
	pthread_mutex_lock(&self->lock);
	self->is_ending = true;
	pthread_cond_broadcast(&self->work);
	pthread_mutex_unlock(&self->lock);
	for (unsigned i = 0; i < made; i++)
		pthread_join(self->readers[i].thread, NULL);
}

/* Signals go to the threads of the program. */
static int make_threads(struct read_threads *self)
{
	sigset_t all, before;
	unsigned made = 0;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; !err && made < self->count; made += !err)
		err = -pthread_create(&self->readers[made].thread, NULL, thread_main,
				      &self->readers[made]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		end_threads(self, made);
	pthread_mutex_lock(&self->lock);
	for (unsigned i = 0; !err && i < self->count; i++) {
		while (!self->ids[i])
			pthread_cond_wait(&self->read, &self->lock);
	}
	pthread_mutex_unlock(&self->lock);
	return err;
}

/* A reader's own counts, descriptor and memory. */
static int make_reader(struct read_threads *self, struct reader *reader)
{
	const struct engine_file *file = self->file;

	*reader = (struct reader){.pool = self,
				  .file = {.fd = file->fd, .size_bytes = file->size_bytes}};
	if (self->direct) {
		reader->direct = *self->direct;
		reader->direct.file = &reader->file;
		reader->joined = direct_file_alloc(&reader->direct, EXTENTS_JOINED_BYTES);
	} else {
		reader->joined = malloc(EXTENTS_JOINED_BYTES);
	}
	return reader->joined ? 0 : -ENOMEM;
}

int read_threads_new(struct engine_file *file, struct direct_file *direct, unsigned flags,
		     uint64_t count, struct read_threads **out)
{
	struct read_threads *self;
	int err = 0;

	*out = NULL;
	if (count == 0 || flags != ENGINE_OPEN_READ)
		return 0;

	if (direct && EXTENTS_JOINED_BYTES % direct->block_bytes)
		return -EOPNOTSUPP;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	pthread_mutex_init(&self->lock, NULL);
	pthread_cond_init(&self->work, NULL);
	pthread_cond_init(&self->read, NULL);
	self->count = (unsigned)count;
	self->file = file;
	self->direct = direct;
	self->readers = calloc(count + 1, sizeof(*self->readers));
	self->ids = calloc(count, sizeof(*self->ids));
	if (!self->readers || !self->ids)
		err = -ENOMEM;
	for (unsigned i = 0; !err && i <= self->count; i++)
		err = make_reader(self, &self->readers[i]);
	if (!err)
		err = make_threads(self);
	if (err)
		free_all(self);
	else
		*out = self;
	return err;
}

void read_threads_free(struct read_threads *self)
{
	if (!self)
		return;
	end_threads(self, self->count);
	free_all(self);
}

void read_threads_submit(struct read_threads *self, struct engine_batch *batch, uint64_t gap_bytes)
{
	struct threads_batch *own = own_of(batch);

	batch->err = extents_within(self->file, batch->extents, batch->count);
	batch->is_read = batch->err != 0;
	if (batch->is_read)
		return;
	extents_sort(batch->extents, batch->count);
	*own = (struct threads_batch){
		.spans = extents_joined(batch->extents, batch->count, gap_bytes)};
	if (self->direct)
		own->spans.align_bytes = self->direct->block_bytes;
	pthread_mutex_lock(&self->lock);
	if (self->first)
		own_of(self->last)->next = batch;
	else
		self->first = batch;
	self->last = batch;
	if (self->idle_count > 0)
		pthread_cond_broadcast(&self->work);
	pthread_mutex_unlock(&self->lock);
}

int read_threads_reap(struct read_threads *self, struct engine_batch *batch)
{
	struct threads_batch *own = own_of(batch);
	struct engine_batch *taken;
	struct span span;

	pthread_mutex_lock(&self->lock);
	while (!is_done(own)) {
		/* What is in front is needed first: by this batch, or before it. */
		if (!own->is_taken && take(self, &taken, &span))
			read_span(&self->readers[self->count], taken, &span);
		else if (!is_done(own))
			pthread_cond_wait(&self->read, &self->lock);
	}
	pthread_mutex_unlock(&self->lock);
	batch->err = own->err;
	batch->is_read = true;
	return batch->err;
}

void read_threads_stats(struct read_threads *self, struct engine_stats *sums)
{
	if (!self)
		return;
	pthread_mutex_lock(&self->lock);
	for (unsigned i = 0; i <= self->count; i++)
		engine_stats_add(sums, &self->readers[i].file.stats);
	pthread_mutex_unlock(&self->lock);
}

const pid_t *read_threads_ids(const struct read_threads *self, size_t *count)
{
	*count = self ? self->count : 0;
	return self ? self->ids : NULL;
}
