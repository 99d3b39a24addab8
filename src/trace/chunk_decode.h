/* SPDX-License-Identifier: GPL-2.0-only */
/* Decodes the columns of EVENTS chunks and the records of TASKS chunks, one event at a time. */
#ifndef INTERLOPER_TRACE_CHUNK_DECODE_H
#define INTERLOPER_TRACE_CHUNK_DECODE_H

#include "trace/segment.h"

/* Starts a CPU's cursor on its chunks [chunk, end_chunk) of the segment. */
void cursor_init(struct cursor *c, const struct segment *s, uint32_t chunk, uint32_t end_chunk);

/* Moves to the CPU's next event and learns its time: 1, 0 at the CPU's end, or -EBADMSG. */
int cursor_next(struct cursor *c, const struct segment *s);

/* Decodes the event that the cursor is at, and moves on as cursor_next() does. Cursors must be read
 * in stream order, for they share the segment's predictions. -EBADMSG also if the columns make no
 * sense: e is then nothing. */
int cursor_read(struct cursor *c, struct segment *s, struct event *e);

/* Takes the next identity from the segment's TASKS chunks. False if there is none, or a bad one. */
bool segment_next_task(struct segment *s, struct event *e);

#endif
