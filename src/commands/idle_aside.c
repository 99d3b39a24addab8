// SPDX-License-Identifier: GPL-2.0-only
/* An idleness on a thread of its own: see idle_aside.h. */
#include "commands/idle_aside.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BATCH	8192
#define BATCHES 4

/* What idleness takes of a slice, or a wait. */
struct order {
	uint64_t from_ns, to_ns;
	uint32_t task;
	uint32_t set; /* of a wait; of a slice its flags */
	uint16_t cpu;
	bool is_wait;
};

struct idle_aside {
	struct idleness *idleness;
	struct order *orders[BATCHES];
	uint32_t counts[BATCHES];
	uint32_t filling;	    /* orders in the batch that is being filled */
	unsigned int filled, taken; /* batches so far */
	int err;		    /* the first; from then on nothing is done any more */
	bool end, ended;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static int obey(struct idleness *idleness, const struct order *order)
{
	struct event slice = { .type = EVENT_SLICE, .cpu = order->cpu, .time_ns = order->to_ns };
	struct idleness_wait wait = { .from_ns = order->from_ns,
				      .to_ns = order->to_ns,
				      .task = order->task,
				      .set = order->set,
				      .cpu = order->cpu };

	if (order->is_wait)
		return idleness_wait(idleness, &wait);
	slice.slice.start_ns = order->from_ns;
	slice.slice.task = order->task;
	slice.slice.flags = order->set;
	return idleness_add(idleness, &slice);
}

static int obey_all(struct idle_aside *aside, unsigned int batch)
{
	int err = 0;

	for (uint32_t i = 0; i < aside->counts[batch] && !err; i++)
		err = obey(aside->idleness, &aside->orders[batch][i]);
	return err;
}

/* The next batch's number; false: there is none to come. */
static bool wait_for_batch(struct idle_aside *aside)
{
	bool some;

	pthread_mutex_lock(&aside->lock);
	while (!aside->end && aside->filled == aside->taken)
		pthread_cond_wait(&aside->changed, &aside->lock);
	some = aside->filled != aside->taken;
	pthread_mutex_unlock(&aside->lock);
	return some;
}

static void *work(void *argument)
{
	struct idle_aside *aside = argument;
	int err = 0;

	while (wait_for_batch(aside)) {
		if (!err)
			err = obey_all(aside, aside->taken % BATCHES);
		pthread_mutex_lock(&aside->lock);
		aside->err = err;
		aside->taken++;
		pthread_cond_signal(&aside->changed);
		pthread_mutex_unlock(&aside->lock);
	}
	return NULL;
}

static void free_batches(struct idle_aside *aside)
{
	for (int i = 0; i < BATCHES; i++)
		free(aside->orders[i]);
	pthread_cond_destroy(&aside->changed);
	pthread_mutex_destroy(&aside->lock);
	free(aside);
}

struct idle_aside *idle_aside_new(struct idleness *idleness)
{
	struct idle_aside *aside = calloc(1, sizeof(*aside));
	bool whole = true;

	if (!aside)
		return NULL;
	aside->idleness = idleness;
	pthread_mutex_init(&aside->lock, NULL);
	pthread_cond_init(&aside->changed, NULL);
	for (int i = 0; i < BATCHES; i++) {
		aside->orders[i] = malloc(BATCH * sizeof(*aside->orders[i]));
		whole = whole && aside->orders[i];
	}
	if (whole && !pthread_create(&aside->thread, NULL, work, aside))
		return aside;
	free_batches(aside);
	return NULL;
}

/* Gives the batch away, and waits until there is room for another. */
static int hand_over(struct idle_aside *aside)
{
	int err;

	pthread_mutex_lock(&aside->lock);
	aside->counts[aside->filled % BATCHES] = aside->filling;
	aside->filled++;
	pthread_cond_signal(&aside->changed);
	while (aside->filled - aside->taken == BATCHES)
		pthread_cond_wait(&aside->changed, &aside->lock);
	err = aside->err;
	pthread_mutex_unlock(&aside->lock);
	aside->filling = 0;
	return err;
}

static int give(struct idle_aside *aside, const struct order *order)
{
	aside->orders[aside->filled % BATCHES][aside->filling++] = *order;
	return aside->filling == BATCH ? hand_over(aside) : 0;
}

int idle_aside_add(struct idle_aside *aside, const struct event *event)
{
	struct order order = { .from_ns = event->slice.start_ns,
			       .to_ns = event->time_ns,
			       .task = event->slice.task,
			       .set = event->slice.flags,
			       .cpu = event->cpu };

	return event->type == EVENT_SLICE ? give(aside, &order) : 0;
}

int idle_aside_wait(struct idle_aside *aside, const struct idleness_wait *wait)
{
	struct order order = { .from_ns = wait->from_ns,
			       .to_ns = wait->to_ns,
			       .task = wait->task,
			       .set = wait->set,
			       .cpu = wait->cpu,
			       .is_wait = true };

	return give(aside, &order);
}

static void join(struct idle_aside *aside)
{
	if (aside->ended)
		return;
	pthread_mutex_lock(&aside->lock);
	aside->end = true;
	pthread_cond_signal(&aside->changed);
	pthread_mutex_unlock(&aside->lock);
	pthread_join(aside->thread, NULL);
	aside->ended = true;
}

int idle_aside_finish(struct idle_aside *aside)
{
	if (aside->filling)
		hand_over(aside);
	join(aside);
	return aside->err;
}

void idle_aside_free(struct idle_aside *aside)
{
	if (!aside)
		return;
	join(aside);
	free_batches(aside);
}
