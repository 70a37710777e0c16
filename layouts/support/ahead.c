/* A producer and a consumer, with two slots between them: see ahead.h. */
#include "ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct ahead {
	ahead_make_fn *make;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t made_count, taken_count,
		done_count; /* slots that are ready, were given out, are free again */
	ssize_t results[AHEAD_SLOTS];
	bool stopping;
};

static void *work(void *argument)
{
	struct ahead *self = argument;
	ssize_t result = 1;

	pthread_mutex_lock(&self->lock);
	while (result > 0) {
		while (!self->stopping && self->made_count - self->done_count == AHEAD_SLOTS)
			pthread_cond_wait(&self->changed, &self->lock);
		if (self->stopping)
			break;
		unsigned slot = (unsigned)(self->made_count % AHEAD_SLOTS);
		pthread_mutex_unlock(&self->lock);
		result = self->make(self->context, slot);
		pthread_mutex_lock(&self->lock);
		self->results[slot] = result;
		self->made_count++;
		pthread_cond_signal(&self->changed);
	}
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

int ahead_start(ahead_make_fn *make, void *context, struct ahead **out)
{
	struct ahead *self = calloc(1, sizeof(*self));
	sigset_t all, before;

	if (!self)
		return -ENOMEM;
	self->make = make;
	self->context = context;
	pthread_mutex_init(&self->lock, NULL);
	pthread_cond_init(&self->changed, NULL);
	/* Signals are for the threads of the program. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int err = -pthread_create(&self->thread, NULL, work, self);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		free(self);
		return err;
	}
	*out = self;
	return 0;
}

ssize_t ahead_next(struct ahead *self, unsigned *slot)
{
	pthread_mutex_lock(&self->lock);
	unsigned last = (unsigned)((self->taken_count - 1) % AHEAD_SLOTS);
	if (self->taken_count && self->results[last] <= 0) {
		ssize_t result = self->results[last];
		pthread_mutex_unlock(&self->lock);
		*slot = last;
		return result;
	}
	self->done_count = self->taken_count;
	pthread_cond_signal(&self->changed);
	while (self->made_count == self->taken_count)
		pthread_cond_wait(&self->changed, &self->lock);
	*slot = (unsigned)(self->taken_count++ % AHEAD_SLOTS);
	ssize_t result = self->results[*slot];
	pthread_mutex_unlock(&self->lock);
	return result;
}

void ahead_stop(struct ahead *self)
{
	if (!self)
		return;
	pthread_mutex_lock(&self->lock);
	self->stopping = true;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
	pthread_join(self->thread, NULL);
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->lock);
	free(self);
}
