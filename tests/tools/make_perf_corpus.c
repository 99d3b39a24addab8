// SPDX-License-Identifier: GPL-2.0-only
/* Writes the fuzzer's corpus of perf.data files into a folder: make_perf_corpus FOLDER. */
#include "unit/perf_file.h"

static struct perf_file file;
static struct bytes built;

static void fill(void)
{
	struct sample none = { 0 }, s = { .pid = 40, .tid = 41 };

	file.data.size = 0;
	put_lost(&file.data, &none, 0);
	for (int i = 0; i < 12; i++) {
		s.cpu = i % 2;
		s.time_ns = 1000 + i * 100;
		s.type = file.type;
		s.id = ID_SWITCH;
		put_switch(&file.data, &s, file.old, "prev", i, 7, "next");
		s.id = ID_WAKING;
		put_waking(&file.data, &s, i, "wakee", 1);
		if (i % 4 == 3)
			put_lost(&file.data, &s, i);
		if (i % 3 == 2)
			put_round(&file.data);
	}
}

static void store(const char *folder, const char *name, bool pipe)
{
	char path[4096];
	FILE *f;

	if (pipe)
		build_pipe(&file, &built);
	else
		build_file(&file, &built);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f || fwrite(built.data, built.size, 1, f) != 1 || fclose(f)) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 1;
	fill();
	store(argv[1], "file", false);
	store(argv[1], "pipe", true);
	compress_data(&file.data, 81, 500);
	store(argv[1], "compressed", false);
	store(argv[1], "compressed-pipe", true);
	file.old = true;
	fill();
	store(argv[1], "4.19", false);
	file.type = SAMPLE_TYPE | PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN;
	fill();
	store(argv[1], "callchains", true);
	file.unfinished = true;
	store(argv[1], "unfinished", false);
	return 0;
}
