// SPDX-License-Identifier: GPL-2.0-only
/* Reads on a thread of its own: see read_ahead.h. */
#include "commands/read_ahead.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_ITEMS 4096
#define BATCHES	    2

struct read_ahead {
	struct read_ahead_source source;
	void *items[BATCHES];
	int counts[BATCHES];	    /* what read() returned for a full batch */
	unsigned int filled, taken; /* batches so far; filled - taken are the user's */
	bool holds;		    /* the user has a batch; it counts as not yet taken */
	bool stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static bool is_full(const struct read_ahead *ahead)
{
	return !ahead->stop && ahead->filled - ahead->taken == BATCHES;
}

static bool has_time(struct read_ahead *ahead)
{
	bool full;

	pthread_mutex_lock(&ahead->lock);
	full = is_full(ahead);
	pthread_mutex_unlock(&ahead->lock);
	return full;
}

/* Whether there is a batch to fill; the one that the user holds is not. */
static bool wait_for_room(struct read_ahead *ahead)
{
	const struct read_ahead_source *source = &ahead->source;
	bool stop;

	while (source->meanwhile && has_time(ahead) && source->meanwhile(source->of))
		;
	pthread_mutex_lock(&ahead->lock);
	while (is_full(ahead))
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

		n = ahead->source.read(ahead->source.of, ahead->items[batch], BATCH_ITEMS);
		pthread_mutex_lock(&ahead->lock);
		ahead->counts[batch] = n;
		ahead->filled++;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->lock);
	}
	return NULL;
}

struct read_ahead *read_ahead_new(const struct read_ahead_source *source)
{
	struct read_ahead *ahead = calloc(1, sizeof(*ahead));

	if (!ahead)
		return NULL;
	ahead->source = *source;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	for (int i = 0; i < BATCHES; i++) {
		ahead->items[i] = malloc(BATCH_ITEMS * source->item_size);
		if (!ahead->items[i])
			goto out;
	}
	if (!pthread_create(&ahead->thread, NULL, read_batches, ahead))
		return ahead;
out:
	for (int i = 0; i < BATCHES; i++)
		free(ahead->items[i]);
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
		free(ahead->items[i]);
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead);
}

int read_ahead_next(struct read_ahead *ahead, const void **items)
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
	*items = ahead->items[batch];
	return ahead->counts[batch];
}

static int read_events(void *source_, void *events, int n)
{
	struct event_source *source = source_;

	return source->read(source, events, n);
}

struct read_ahead *read_ahead_events(struct event_source *source)
{
	return read_ahead_new(&(struct read_ahead_source){
		.read = read_events, .of = source, .item_size = sizeof(struct event) });
}

int read_ahead_next_events(struct read_ahead *ahead, const struct event **events)
{
	const void *items;
	int n = read_ahead_next(ahead, &items);

	*events = items;
	return n;
}
