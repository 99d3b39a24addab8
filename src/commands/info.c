// SPDX-License-Identifier: GPL-2.0-only
/* interloper info: what a trace file holds, and whether it is whole. */
#include <stdio.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"
#include "host/cpulist.h"
#include "output/report.h"

struct info_command {
	struct input_options input;
	bool json;
};

enum { KEY_JSON = 0x200 };

static const struct argp_option argp_options[] = {
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 }, { 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct info_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->input;
		return 0;
	case KEY_JSON:
		command->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &file_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Tells what a trace file holds: host, time, CPUs, losses, sizes. Reads all of it, "
	       "so a "
	       "damaged file is found.",
	.children = children,
};

static void print_set(const struct output *out, const char *name, hwloc_const_bitmap_t set)
{
	char *list = set ? cpulist_format(set) : NULL;

	fprintf(out->file, "  %-14s %s\n", name, !list ? "unknown" : *list ? list : "none");
	free(list);
}

static void print_host(const struct output *out, const struct host_snapshot *host)
{
	fprintf(out->file, "\nhost snapshot:\n");
	fprintf(out->file, "  %-14s %s\n", "kernel version",
		host->kernel_version ? host->kernel_version : "unknown");
	fprintf(out->file, "  %-14s %s\n", "command line",
		host->cmdline ? host->cmdline : "unknown");
	print_set(out, "possible CPUs",
		  hwloc_bitmap_iszero(host->possible) ? NULL : host->possible);
	print_set(out, "online CPUs", hwloc_bitmap_iszero(host->online) ? NULL : host->online);
	print_set(out, "isolated CPUs", host->isolated);
	print_set(out, "nohz_full CPUs", host->nohz_full);
	fprintf(out->file, "  %-14s %u\n", "NUMA nodes", host->node_count);
	fprintf(out->file, "  %-14s %u\n", "tasks", host->task_count);
	if (!host->ksm_file_count)
		fprintf(out->file, "  %-14s none\n", "KSM");
	for (uint32_t i = 0; i < host->ksm_file_count; i++)
		fprintf(out->file, "  %-14s %s = %s\n", i ? "" : "KSM", host->ksm_files[i].name,
			host->ksm_files[i].value);
}

static void print_sizes(const struct output *out, const struct trace_reader_stats *stats)
{
	char bytes[COUNT_MAX], raw[COUNT_MAX], slices[COUNT_MAX], tasks[COUNT_MAX];

	fprintf(out->file,
		"\nfile: %s in %llu chunks (%s before compression), %s slices, %s task names",
		format_bytes(bytes, stats->bytes), (unsigned long long)stats->chunks,
		format_bytes(raw, stats->raw_bytes), format_count(slices, stats->slices),
		format_count(tasks, stats->tasks));
	if (stats->slices)
		fprintf(out->file, "; %.1f bytes a slice", (double)stats->bytes / stats->slices);
	fputc('\n', out->file);
}

static json_t *sizes_json(const struct trace_reader_stats *stats)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "bytes", (json_int_t)stats->bytes,
			 "chunks", (json_int_t)stats->chunks, "raw_bytes",
			 (json_int_t)stats->raw_bytes, "slices", (json_int_t)stats->slices,
			 "task_names", (json_int_t)stats->tasks, "moves", (json_int_t)stats->moves,
			 "choices", (json_int_t)stats->choices, "late_events",
			 (json_int_t)stats->late);
}

static int info(const struct info_command *command, struct input *input, struct gather *gather)
{
	const struct trace_meta *meta = trace_reader_meta(input->reader);
	struct host_snapshot *host = input->has_host ? &input->host : NULL;
	struct trace_reader_stats stats;
	const char *damage;
	int err = input_read(input, gather);
	json_t *object;

	if (err)
		return err;
	damage = input_damage(input);
	stats = trace_reader_stats(input->reader);
	if (command->json) {
		object = report_header_json(meta, host, &gather->losses, damage);
		json_object_set_new(object, "file", sizes_json(&stats));
		err = print_json(gather->out, object);
	} else {
		print_header(gather, meta, host, damage);
		print_sizes(gather->out, &stats);
		if (host)
			print_host(gather->out, host);
		err = finish_output(gather->out);
	}
	return !err && damage ? fail("%s: %s", command->input.file, damage) : err;
}

int command_info(int argc, char **argv)
{
	struct info_command command = {};
	int result = EXIT_FAILED;
	struct gather gather;
	struct input input;
	struct output out;

	if (options_parse(&argp, argc, argv, &command))
		return EXIT_FAILED;
	out = output_stdout(command.json);
	if (gather_init(&gather, &out)) {
		fail("out of memory");
	} else if (!input_open(&input, command.input.file, NULL)) {
		result = info(&command, &input, &gather);
		input_close(&input);
	}
	gather_free(&gather);
	return result;
}
