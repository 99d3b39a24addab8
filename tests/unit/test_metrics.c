// SPDX-License-Identifier: GPL-2.0-only
/* Families of metrics in both forms, what is refused, and files that are replaced as a whole. */
#include "unit/printing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/metrics.h"
#include "output/metrics_text.h"
#include "output/textfile.h"

#define NS(s) ((uint64_t)((s)*1000000000ull))

static const struct metrics_family waits = { "demo_wait_seconds", METRICS_HISTOGRAM, "seconds",
					     "How long." };
static const struct metrics_family cakes = { "demo_cakes", METRICS_COUNTER, NULL,
					     "Eaten, \"whole\" or C:\\half\nonly." };
static const struct metrics_family busy = { "demo_busy_seconds", METRICS_COUNTER, "seconds",
					    "Time." };
static const struct metrics_family fill = { "demo_fill_ratio", METRICS_GAUGE, "ratio", "Fill." };
static const struct metrics_family build = { "demo_build", METRICS_INFO, NULL, "What." };

struct written {
	struct metrics *metrics;
	FILE *file;
	char *text;
	size_t size;
};

static void begin(struct written *w, enum metrics_form form)
{
	w->file = open_memstream(&w->text, &w->size);
	assert_non_null(w->file);
	w->metrics = metrics_new(w->file, form);
	assert_non_null(w->metrics);
}

static void end(struct written *w, int err)
{
	assert_int_equal(metrics_end(w->metrics), err);
	metrics_free(w->metrics);
	assert_int_equal(fclose(w->file), 0);
}

static void write_all(struct metrics *m)
{
	struct histogram h = { 0 };

	metrics_set_created(m, 1772331247123000000);
	metrics_family(m, &waits);
	histogram_add(&h, 1023);
	histogram_add(&h, 1024);
	histogram_add(&h, NS(18));
	metrics_histogram(m, (struct metrics_label[]){ { "cpu", NULL, 7 }, { "task", "a", 0 } }, 2,
			  &h);
	histogram_free(&h);
	metrics_family(m, &cakes);
	metrics_count(m, (struct metrics_label[]){ { "cpu", NULL, 7 }, { "who", "12", 0 } }, 2,
		      UINT64_MAX);
	metrics_count(m, (struct metrics_label[]){ { "cpu", NULL, 12 }, { "who", "\\\"\n", 0 } }, 2,
		      0);
	metrics_family(m, &busy);
	metrics_seconds(m, NULL, 0, 123456);
	metrics_family(m, &(struct metrics_family){ "demo_nothing", METRICS_GAUGE, NULL, "No." });
	metrics_family(m, &fill);
	metrics_real(m, (struct metrics_label[]){ { "of", "a", 0 } }, 1, 0.1);
	metrics_integer(m, (struct metrics_label[]){ { "of", "b", 0 } }, 1, -3);
	metrics_family(m, &build);
	metrics_info(m, (struct metrics_label[]){ { "version", "0.1.0", 0 } }, 1);
}

static void both_forms_have_the_same_samples_by_their_own_rules(void **state)
{
	struct written w;

	(void)state;
	begin(&w, METRICS_OPENMETRICS);
	write_all(w.metrics);
	end(&w, 0);
	compare_golden(w.text, "metrics-demo.openmetrics");
	free(w.text);
	begin(&w, METRICS_PROMETHEUS);
	write_all(w.metrics);
	end(&w, 0);
	compare_golden(w.text, "metrics-demo.prom");
	free(w.text);
}

static void bounds_are_ends_of_our_buckets_four_an_octave(void **state)
{
	(void)state;
	assert_int_equal(metrics_bound_ns(0), 1023);
	assert_int_equal(metrics_bound_ns(METRICS_BOUNDS - 1), (1ull << 34) - 1);
	for (unsigned int i = 0; i < METRICS_BOUNDS; i++) {
		uint64_t bound = metrics_bound_ns(i), lower;

		assert_int_equal(loglin_lower(loglin_bucket(bound) + 1), bound + 1);
		if (!i)
			continue;
		lower = metrics_bound_ns(i - 1) + 1;
		assert_true(bound >= lower);
		assert_true((double)(bound + 1 - lower) / (double)lower < 0.2106);
	}
}

/* The counts at le, from the text. */
static uint64_t count_at(const char *text, const char *bound)
{
	char key[80];
	const char *at;

	snprintf(key, sizeof(key), "le=\"%s\"} ", bound);
	at = strstr(text, key);
	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 10);
}

static void a_value_counts_from_the_first_bound_that_is_not_below_it(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < METRICS_BOUNDS; i++) {
		struct histogram h = { 0 };
		char bound[NUMBER_MAX];
		struct written w;

		assert_int_equal(histogram_add(&h, metrics_bound_ns(i)), 0);
		assert_int_equal(histogram_add(&h, metrics_bound_ns(i) + 1), 0);
		begin(&w, METRICS_OPENMETRICS);
		metrics_family(w.metrics, &waits);
		assert_int_equal(metrics_histogram(w.metrics, NULL, 0, &h), 0);
		end(&w, 0);
		number_seconds(bound, metrics_bound_ns(i));
		assert_int_equal(count_at(w.text, bound), 1);
		if (i) {
			number_seconds(bound, metrics_bound_ns(i - 1));
			assert_int_equal(count_at(w.text, bound), 0);
		}
		assert_int_equal(count_at(w.text, "+Inf"), 2);
		free(w.text);
		histogram_free(&h);
	}
}

/* A number of any size: as many bits as chance says. */
static uint64_t any_number(void)
{
	uint64_t number = (uint64_t)random() << 62 ^ (uint64_t)random() << 31 ^ random();

	return number >> random() % 64;
}

static char *histogram_text(const struct histogram *h)
{
	struct written w;

	begin(&w, METRICS_OPENMETRICS);
	metrics_family(w.metrics, &waits);
	assert_int_equal(metrics_histogram(w.metrics, NULL, 0, h), 0);
	end(&w, 0);
	return w.text;
}

static char *counts_text(const uint64_t *buckets, uint64_t sum_ns, unsigned int step)
{
	struct written w;

	begin(&w, METRICS_OPENMETRICS);
	metrics_family(w.metrics, &waits);
	assert_int_equal(metrics_counts(w.metrics, NULL, 0, buckets, sum_ns, step), 0);
	end(&w, 0);
	return w.text;
}

static void groups_buckets_are_written_as_a_histograms(void **state)
{
	uint64_t buckets[GROUP_BUCKETS] = { 0 };
	struct histogram h = { 0 };
	char *ours, *theirs;

	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		uint64_t ns = any_number() >> 20;

		assert_int_equal(histogram_add(&h, ns), 0);
		buckets[group_bucket(ns)]++;
	}
	ours = counts_text(buckets, h.sum_ns, 1);
	theirs = histogram_text(&h);
	assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
	histogram_free(&h);
}

/* Coarser is to leave lines out: those that stay are the same. */
static void every_fourth_bound_is_one_an_octave(void **state)
{
	uint64_t buckets[GROUP_BUCKETS];
	char *all, *octaves, *line, *rest;
	unsigned int lines = 0;

	(void)state;
	for (unsigned int i = 0; i < GROUP_BUCKETS; i++)
		buckets[i] = i + 1;
	all = counts_text(buckets, 12345, 1);
	octaves = counts_text(buckets, 12345, 4);
	for (unsigned int octave = 10; octave <= 34; octave++) {
		char bound[NUMBER_MAX];

		number_seconds(bound, (1ull << octave) - 1);
		assert_int_equal(count_at(octaves, bound), count_at(all, bound));
	}
	assert_int_equal(count_at(octaves, "+Inf"), GROUP_BUCKETS * (GROUP_BUCKETS + 1) / 2);
	for (line = strtok_r(octaves, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		assert_non_null(strstr(all, line));
		lines += !!strstr(line, "_bucket{");
	}
	assert_int_equal(lines, 26);
	free(octaves);
	free(all);
}

static void bounds_that_leave_out_the_last_one_are_refused(void **state)
{
	static const unsigned int steps[] = { 0, 5, 7, 97, 98, UINT32_MAX };
	static const uint64_t buckets[GROUP_BUCKETS];
	struct written w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		begin(&w, METRICS_OPENMETRICS);
		metrics_family(w.metrics, &waits);
		assert_int_equal(metrics_counts(w.metrics, NULL, 0, buckets, 0, steps[i]), -EINVAL);
		end(&w, -EINVAL);
		assert_string_equal(w.text, "");
		free(w.text);
	}
}

static void numbers_are_those_of_printf(void **state)
{
	char ours[NUMBER_MAX], theirs[NUMBER_MAX];

	(void)state;
	srandom(2);
	for (int i = 0; i < 100000; i++) {
		uint64_t number = i ? any_number() : UINT64_MAX;
		int length = snprintf(theirs, sizeof(theirs), "%" PRIu64, number);

		assert_int_equal(number_count(ours, number), length);
		assert_string_equal(ours, theirs);
		length = snprintf(theirs, sizeof(theirs), "%" PRIu64 ".%09" PRIu64,
				  number / 1000000000, number % 1000000000);
		while (theirs[length - 1] == '0')
			length--;
		length -= theirs[length - 1] == '.';
		theirs[length] = '\0';
		assert_int_equal(number_seconds(ours, number), length);
		assert_string_equal(ours, theirs);
	}
}

/* Far more than is kept back at once, and a label that is longer than all of that. */
static void long_texts_are_written_whole(void **state)
{
	static char name[200001];
	size_t lines = 0;
	struct written w;

	(void)state;
	memset(name, '"', sizeof(name) - 1);
	begin(&w, METRICS_PROMETHEUS);
	metrics_family(w.metrics, &busy);
	for (uint64_t i = 0; i < 20000; i++)
		assert_int_equal(
			metrics_seconds(w.metrics, &(struct metrics_label){ "of", NULL, i }, 1, i),
			0);
	metrics_family(w.metrics, &fill);
	metrics_integer(w.metrics, &(struct metrics_label){ "of", name, 0 }, 1, INT64_MIN);
	metrics_family(w.metrics, &waits);
	metrics_counts(w.metrics, &(struct metrics_label){ "of", name, 0 }, 1,
		       (const uint64_t[GROUP_BUCKETS]){ 0 }, 0, 1);
	end(&w, 0);
	for (const char *at = w.text; *at; at = strchr(at, '\n') + 1)
		lines++;
	assert_int_equal(lines, 2 + 20000 + 2 + 1 + 2 + 100);
	assert_non_null(strstr(w.text, "demo_busy_seconds_total{of=\"12345\"} 0.000012345\n"));
	assert_non_null(strstr(w.text, "\\\"\"} -9223372036854775808\n"));
	assert_int_equal(strlen(w.text), w.size);
	assert_true(w.size > 100 * 2 * (sizeof(name) - 1));
	free(w.text);
}

static void numbers_read_back_exactly(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} seconds[] = { { 0, "0" },
			{ 1, "0.000000001" },
			{ 123456, "0.000123456" },
			{ NS(1), "1" },
			{ NS(10), "10" },
			{ NS(1) + 500000000, "1.5" },
			{ UINT64_MAX, "18446744073.709551615" } };
	static const struct {
		double value;
		const char *text;
	} reals[] = { { 0, "0" },
		      { 0.1, "0.1" },
		      { 100, "100" },
		      { 1e300, "1e+300" },
		      { 1 / 3.0, "0.3333333333333333" },
		      { -2.5, "-2.5" } };
	char text[NUMBER_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		number_seconds(text, seconds[i].ns);
		assert_string_equal(text, seconds[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(reals); i++) {
		number_real(text, reals[i].value);
		assert_string_equal(text, reals[i].text);
		assert_true(strtod(text, NULL) == reals[i].value);
	}
	number_real(text, __builtin_inf());
	assert_string_equal(text, "+Inf");
	number_real(text, __builtin_nan(""));
	assert_string_equal(text, "NaN");
}

static void refused_family(const struct metrics_family *first, const struct metrics_family *second,
			   int err)
{
	struct written w;

	begin(&w, METRICS_OPENMETRICS);
	if (second) {
		assert_int_equal(metrics_family(w.metrics, first), 0);
		first = second;
	}
	assert_int_equal(metrics_family(w.metrics, first), err);
	/* Whatever comes then: the first error stays, and nothing is written. */
	assert_int_equal(metrics_family(w.metrics, &busy), err);
	assert_int_equal(metrics_count(w.metrics, NULL, 0, 1), err);
	end(&w, err);
	assert_string_equal(w.text, "");
	free(w.text);
}

static void a_family_is_written_once_under_a_name_of_its_own(void **state)
{
	static const struct metrics_family bad[] = {
		{ "", METRICS_GAUGE, NULL, "" },
		{ "7up", METRICS_GAUGE, NULL, "" },
		{ "a-b", METRICS_GAUGE, NULL, "" },
		{ "\303\244", METRICS_GAUGE, NULL, "" },
		{ "a_total", METRICS_COUNTER, NULL, "" },
		{ "a_count", METRICS_GAUGE, NULL, "" },
		{ "a_bucket", METRICS_GAUGE, NULL, "" },
		{ "a_info", METRICS_GAUGE, NULL, "" },
		{ "a_time", METRICS_GAUGE, "seconds", "" },
		{ "aseconds", METRICS_GAUGE, "seconds", "" },
		{ "seconds", METRICS_GAUGE, "seconds", "" },
		{ "a_seconds", METRICS_INFO, "seconds", "" },
		{ "a", METRICS_HISTOGRAM, NULL, "" },
	};
	static const struct metrics_family again = { "demo_cakes", METRICS_GAUGE, NULL, "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused_family(&bad[i], NULL, -EINVAL);
	refused_family(&cakes, &again, -EEXIST);
}

static void refused_sample(const struct metrics_label *first, const struct metrics_label *second,
			   int n, int err)
{
	struct written w;

	begin(&w, METRICS_PROMETHEUS);
	assert_int_equal(metrics_family(w.metrics, &cakes), 0);
	if (first)
		assert_int_equal(metrics_count(w.metrics, first, 2, 1), 0);
	assert_int_equal(metrics_count(w.metrics, second, n, 1), err);
	end(&w, err);
	free(w.text);
}

static void samples_rise_and_have_the_same_labels(void **state)
{
	static const struct metrics_label at[] = { { "cpu", NULL, 7 }, { "task", "m", 0 } };
	static const struct metrics_label twice[] = { { "cpu", NULL, 7 }, { "cpu", NULL, 8 } };
	static const struct metrics_label below[] = { { "cpu", NULL, 6 }, { "task", "z", 0 } };
	static const struct metrics_label before[] = { { "cpu", NULL, 7 }, { "task", "a", 0 } };
	static const struct metrics_label other[] = { { "cpu", NULL, 8 }, { "name", "m", 0 } };
	static const struct metrics_label after[] = { { "cpu", NULL, 10 }, { "task", "", 0 } };
	static const struct metrics_label le[] = { { "le", NULL, 7 } };
	static const struct metrics_label own[] = { { "__name__", "x", 7 } };

	(void)state;
	refused_sample(NULL, twice, 2, -EINVAL);
	refused_sample(NULL, le, 1, -EINVAL);
	refused_sample(NULL, own, 1, -EINVAL);
	refused_sample(NULL, at, METRICS_LABELS_MAX + 1, -EINVAL);
	refused_sample(at, at, 2, -ERANGE);
	refused_sample(at, below, 2, -ERANGE);
	refused_sample(at, before, 2, -ERANGE);
	refused_sample(at, other, 2, -EINVAL);
	refused_sample(at, after, 1, -EINVAL);
	refused_sample(at, after, 2, 0);
}

static void a_value_is_of_its_familys_type(void **state)
{
	struct histogram h = { 0 };
	struct written w;

	(void)state;
	begin(&w, METRICS_OPENMETRICS);
	assert_int_equal(metrics_count(w.metrics, NULL, 0, 1), -EINVAL); /* of no family */
	end(&w, -EINVAL);
	free(w.text);
	begin(&w, METRICS_OPENMETRICS);
	metrics_family(w.metrics, &cakes);
	assert_int_equal(metrics_integer(w.metrics, NULL, 0, -1), -EINVAL);
	end(&w, -EINVAL);
	free(w.text);
	begin(&w, METRICS_OPENMETRICS);
	metrics_family(w.metrics, &cakes);
	assert_int_equal(metrics_histogram(w.metrics, NULL, 0, &h), -EINVAL);
	end(&w, -EINVAL);
	free(w.text);
	begin(&w, METRICS_OPENMETRICS);
	metrics_family(w.metrics, &waits);
	assert_int_equal(metrics_info(w.metrics, NULL, 0), -EINVAL);
	end(&w, -EINVAL);
	free(w.text);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct metrics *m;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	m = metrics_new(full, METRICS_OPENMETRICS);
	metrics_family(m, &cakes);
	metrics_count(m, NULL, 0, 1);
	assert_true(metrics_end(m) < 0);
	metrics_free(m);
	fclose(full);
}

static int put_text(FILE *file, void *text)
{
	fputs(text, file);
	return 0;
}

static int put_half(FILE *file, void *text)
{
	fputs(text, file);
	fflush(file);
	return -ENOMEM;
}

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void a_textfile_is_there_whole_or_as_before(void **state)
{
	char folder[] = "/tmp/interloper-textfile-XXXXXX", path[80], *content;
	mode_t mask = umask(077);
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.prom", folder);
	assert_int_equal(textfile_put(path, put_half, "half"), -ENOMEM);
	assert_int_equal(entries(folder), 0);
	assert_int_equal(textfile_put(path, put_text, "first\n"), 0);
	assert_int_equal(textfile_put(path, put_half, "half"), -ENOMEM);
	content = read_golden(path);
	assert_string_equal(content, "first\n");
	free(content);
	assert_int_equal(textfile_put(path, put_text, "second\n"), 0);
	content = read_golden(path);
	assert_string_equal(content, "second\n");
	free(content);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(entries(folder), 1);
	/* A folder cannot be replaced; one that is not there holds no file. */
	assert_true(textfile_put(folder, put_text, "x") < 0);
	assert_int_equal(textfile_put("/nowhere/at/all/x.prom", put_text, "x"), -ENOENT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	umask(mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_have_the_same_samples_by_their_own_rules),
		cmocka_unit_test(bounds_are_ends_of_our_buckets_four_an_octave),
		cmocka_unit_test(a_value_counts_from_the_first_bound_that_is_not_below_it),
		cmocka_unit_test(groups_buckets_are_written_as_a_histograms),
		cmocka_unit_test(every_fourth_bound_is_one_an_octave),
		cmocka_unit_test(bounds_that_leave_out_the_last_one_are_refused),
		cmocka_unit_test(numbers_are_those_of_printf),
		cmocka_unit_test(long_texts_are_written_whole),
		cmocka_unit_test(numbers_read_back_exactly),
		cmocka_unit_test(a_family_is_written_once_under_a_name_of_its_own),
		cmocka_unit_test(samples_rise_and_have_the_same_labels),
		cmocka_unit_test(a_value_is_of_its_familys_type),
		cmocka_unit_test(a_file_that_cannot_be_written_is_told),
		cmocka_unit_test(a_textfile_is_there_whole_or_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
