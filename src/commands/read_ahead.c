// SPDX-License-Identifier: GPL-2.0-only
/* Reads a source on a thread of its own: see read_ahead.h. */
#include "commands/read_ahead.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_EVENTS 4096
#define BATCHES	     2

struct read_ahead {
	struct event_source *source;
	struct event *events[BATCHES];
	int counts[BATCHES];	    /* what read() returned for a full batch */
	unsigned int filled, taken; /* batches so far; filled - taken are the user's */
	bool holds;		    /* the user has a batch; it counts as not yet taken */
	bool stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

/* Whether there is a batch to fill; the one that the user holds is not. */
static bool wait_for_room(struct read_ahead *ahead)
{
	bool stop;

	pthread_mutex_lock(&ahead->lock);
	while (!ahead->stop && ahead->filled - ahead->taken == BATCHES)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	stop = ahead->stop;
	pthread_mutex_unlock(&ahead->lock);
	return !stop;
}

static void *read_batches(void *argument)
{
	struct read_ahead *ahead = argument;
	int n = 1;

	while (n > 0 && wait_for_room(ahead)) {
		unsigned int batch = ahead->filled % BATCHES;

		n = ahead->source->read(ahead->source, ahead->events[batch], BATCH_EVENTS);
		pthread_mutex_lock(&ahead->lock);
		ahead->counts[batch] = n;
		ahead->filled++;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->lock);
	}
	return NULL;
}

struct read_ahead *read_ahead_new(struct event_source *source)
{
	struct read_ahead *ahead = calloc(1, sizeof(*ahead));

	if (!ahead)
		return NULL;
	ahead->source = source;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	for (int i = 0; i < BATCHES; i++) {
		ahead->events[i] = malloc(BATCH_EVENTS * sizeof(*ahead->events[i]));
		if (!ahead->events[i])
			goto out;
	}
	if (!pthread_create(&ahead->thread, NULL, read_batches, ahead))
		return ahead;
out:
	for (int i = 0; i < BATCHES; i++)
		free(ahead->events[i]);
	free(ahead);
	return NULL;
}

void read_ahead_free(struct read_ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->stop = true;
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	for (int i = 0; i < BATCHES; i++)
		free(ahead->events[i]);
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead);
}

int read_ahead_next(struct read_ahead *ahead, const struct event **events)
{
	unsigned int batch;

	pthread_mutex_lock(&ahead->lock);
	/* The batch handed out last time is given back now. */
	if (ahead->holds) {
		ahead->taken++;
		pthread_cond_signal(&ahead->changed);
	}
	while (ahead->filled == ahead->taken)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	ahead->holds = true;
	batch = ahead->taken % BATCHES;
	pthread_mutex_unlock(&ahead->lock);
	*events = ahead->events[batch];
	return ahead->counts[batch];
}
