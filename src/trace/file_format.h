/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace file as it lies on disk: docs/trace-format.md. All integers are little-endian; the
 * limits here are part of the format, because they bound what a reader must be ready to hold.
 */
#ifndef INTERLOPER_TRACE_FILE_FORMAT_H
#define INTERLOPER_TRACE_FILE_FORMAT_H

#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <stdint.h>

#define ILT_MAGIC	"\x89ILT\r\n\x1a\n" /* as PNG's: a text-mode copy damages it visibly */
#define ILT_FOOTER_MAGIC "ILTEND\r\n"
#define ILT_CHUNK_MAGIC 0x43544c49u /* "ILTC" */
#define ILT_VERSION	2

enum { ILT_INCOMPLETE = 1 << 0 };

/* The file's first bytes; rewritten as a whole when the recorder finishes and the file can seek. */
struct ilt_header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t flags;
	uint8_t reserved[12];
	uint32_t crc; /* of all before */
};
static_assert(sizeof(struct ilt_header) == 32, "file header");

enum ilt_chunk_type {
	ILT_META = 1, /* what was known at the start; always first */
	ILT_SEGMENT,  /* opens a segment: struct ilt_segment */
	ILT_TASKS,    /* task identities of the segment, in stream order */
	ILT_EVENTS,   /* events of one CPU in the segment */
	ILT_TRAILER,  /* end and counts */
	ILT_INDEX,    /* array of struct ilt_index_entry */
};

enum ilt_codec { ILT_STORED, ILT_ZSTD };

struct ilt_chunk {
	uint32_t magic;
	uint32_t number; /* counts all chunks of the file from 0: none can go missing unseen */
	uint8_t type;
	uint8_t codec;
	uint16_t cpu;	       /* EVENTS only, else 0 */
	uint32_t events;       /* TASKS, EVENTS, INDEX: how many entries */
	uint32_t stored_bytes; /* of the payload that follows */
	uint32_t raw_bytes;    /* of the payload after decompression */
	uint32_t payload_crc;  /* of the stored bytes */
	uint32_t crc;	       /* of all before */
};
static_assert(sizeof(struct ilt_chunk) == 32, "chunk header");

struct ilt_segment {
	uint64_t first_ns, last_ns; /* over all its events */
	uint32_t events;
	uint32_t task_chunks, event_chunks; /* that follow, in this order */
	uint32_t task_limit;		    /* every task id so far is below */
};
static_assert(sizeof(struct ilt_segment) == 32, "segment");

/* One entry covers the segments from offset to the next entry's offset. */
struct ilt_index_entry {
	uint64_t offset; /* of the first segment's chunk header, from the file's start */
	uint64_t first_ns, last_ns;
	uint64_t events_before; /* in the file before offset */
	uint32_t first_chunk;	/* number of the chunk at offset */
	uint32_t task_chunks;	/* in the segments covered */
};
static_assert(sizeof(struct ilt_index_entry) == 40, "index entry");

struct ilt_footer {
	uint8_t magic[8];
	uint64_t trailer_offset, index_offset;
	uint32_t chunks; /* in the file, the index included */
	uint32_t crc;	 /* of all before */
};
static_assert(sizeof(struct ilt_footer) == sizeof(struct ilt_chunk), "read in its place");

/* The limits a reader may rely on, and refuses what passes them. */
#define ILT_CPUS_MAX	       16384u
#define ILT_SEGMENT_EVENTS_MAX 98304u
#define ILT_CHUNK_EVENTS_MAX   16384u
#define ILT_EVENT_RAW_MAX      80u /* bytes an event takes at most in a chunk's columns */
#define ILT_DIRECTORY_MAX      64u /* bytes of a chunk's column directory */
#define ILT_META_RAW_MAX       (16u << 20)
#define ILT_INDEX_MAX	       4096u

/* Task ids are dense; a reader's table may grow no faster than the events that speak of them. */
static inline uint64_t ilt_task_limit_max(uint64_t events)
{
	return 65536 + 4 * events;
}

/* The columns of an EVENTS chunk: docs/trace-format.md says what each holds. */
enum ilt_column {
	COL_CTL_LO,
	COL_CTL_HI,
	COL_RUN,
	COL_WAKE,
	COL_START,
	COL_PREV_OUT,
	COL_TASK_LO,
	COL_TASK_HI,
	COL_WAKER_LO,
	COL_WAKER_HI,
	COL_CPUS,
	COL_PLACED,
	COL_FLAGS,
	COL_MISC,
	COL_OTHER,
	COL_BITS,
	COLS
};

/* The control word: one bit a field whose value is not the predicted one. */
enum ilt_control {
	CTL_TASK = 1 << 0,
	CTL_WAKING = 1 << 1,	/* waking_ns is not 0 */
	CTL_WAKER_PREV = 1 << 2, /* the waker is the task before on this CPU */
	CTL_WAKER_IDLE = 2 << 2, /* the waker is the idle task */
	CTL_WAKER = 3 << 2,	/* the waker is spelled out; also the mask of the three */
	CTL_PREV_OUT = 1 << 4,
	CTL_FLAGS = 1 << 5,
	CTL_STATE = 1 << 6,
	CTL_WAKER_CPU = 1 << 7,
	CTL_PREV_CPU = 1 << 8,
	CTL_CHOSEN_CPU = 1 << 9,
	CTL_START = 1 << 10,
	CTL_KIND = 1 << 11, /* kind or context */
	CTL_PLACED = 1 << 12,
	CTL_RECENT_CPU = 1 << 13,
	CTL_EXTRA = 1 << 14, /* prio; or moves or spare_wakes is not 0; or it is EVENT_WAITING */
	CTL_OTHER = 1 << 15, /* neither slice nor wait: the low bits are the event type */
};

#endif
