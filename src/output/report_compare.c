// SPDX-License-Identifier: GPL-2.0-only
/* What comparisons come to, as cells, lines and JSON: what check and diff share. */
#include <math.h>
#include <string.h>

#include "output/json.h"
#include "output/report_check_internal.h"

char *check_value(char buf[CHECK_VALUE_MAX], const struct limit *what, double value)
{
	char number[DURATION_MAX];

	switch (limit_unit(what)) {
	case LIMIT_NS:
		snprintf(buf, CHECK_VALUE_MAX, "%s%s", format_duration(number, value),
			 what->compared && what->statistic == LIMIT_TOTAL ? "/s" : "");
		break;
	case LIMIT_FRACTION:
		snprintf(buf, CHECK_VALUE_MAX, "%.3g %%", 100 * value);
		break;
	default:
		if (what->compared)
			snprintf(buf, CHECK_VALUE_MAX, "%.*f /s", value < 100 ? 2 : 0, value);
		else
			format_count(buf, value);
	}
	return buf;
}

char *check_found(char buf[CHECK_VALUE_MAX], const struct check_row *row)
{
	return row->known ? check_value(buf, row->what, row->value) : strcpy(buf, "-");
}

char *check_baseline(char buf[CHECK_BASELINE_MAX], const struct check_row *row, bool range)
{
	char middle[CHECK_VALUE_MAX], low[CHECK_VALUE_MAX], high[CHECK_VALUE_MAX];
	const struct compare_answer *a = &row->answer;

	if (!a->known)
		return strcpy(buf, "-");
	check_value(middle, row->what, a->reference);
	if (range && a->low != a->high)
		snprintf(buf, CHECK_BASELINE_MAX, "%s (%s .. %s)", middle,
			 check_value(low, row->what, a->low),
			 check_value(high, row->what, a->high));
	else
		snprintf(buf, CHECK_BASELINE_MAX, "%s", middle);
	return buf;
}

static char *percent(char buf[CHECK_VALUE_MAX], const char *sign, double ratio)
{
	double of_hundred = 100 * fabs(ratio);

	snprintf(buf, CHECK_VALUE_MAX, "%s%.*f %%", sign, of_hundred < 9.95 ? 1 : 0, of_hundred);
	return buf;
}

char *check_change(char buf[CHECK_VALUE_MAX], const struct compare_answer *a)
{
	if (!a->change_known)
		return strcpy(buf, "-");
	return percent(buf, a->change < 0 ? "-" : "+", a->change);
}

char *check_noise(char buf[CHECK_VALUE_MAX], const struct compare_answer *a)
{
	if (!a->noise_known)
		return strcpy(buf, "-");
	/* What rests on one burst alone can hardly be told from anything. */
	return a->noise > 10 ? strcpy(buf, "> 1000 %") : percent(buf, "", a->noise);
}

char *check_chance(char buf[CHECK_VALUE_MAX], const struct compare_answer *a)
{
	double p = fmin(a->p_worse, a->p_better);

	if (!a->p_known)
		return strcpy(buf, "-");
	if (p < 0.0001)
		return strcpy(buf, "< 0.01 %");
	snprintf(buf, CHECK_VALUE_MAX, "%.*f %%", p < 0.0995 ? 2 : 0, 100 * p);
	return buf;
}

void check_put_legend(const struct output *out, const struct compare_options *options,
		      uint32_t baselines, uint32_t comparisons)
{
	char delta[DURATION_MAX];

	fprintf(out->file,
		"A change counts above %.4g %%, %s and the noise. Chance: that noise alone makes "
		"it",
		100 * options->min_change, format_duration(delta, options->min_delta_ns));
	if (comparisons > 1)
		fprintf(out->file, " in any of the %u comparisons\n", comparisons);
	else
		fputc(' ', out->file);
	fprintf(out->file, "(at most %.3g %%).", 100 * options->chance);
	if (baselines < 3)
		fprintf(out->file,
			"\nRuns are taken to differ by %.3g %%: by how much they do, 3 baselines "
			"show, better 5.",
			100 * options->runs_differ);
	fputc('\n', out->file);
}

static json_t *value_json(const struct limit *what, bool known, double value)
{
	if (!known)
		return json_null();
	return what->compared || limit_unit(what) == LIMIT_FRACTION ? json_real(value)
								    : json_u64(value);
}

static const char *unit_name(const struct limit *what)
{
	switch (limit_unit(what)) {
	case LIMIT_NS:
		return what->compared && what->statistic == LIMIT_TOTAL ? "ns/s" : "ns";
	case LIMIT_FRACTION:
		return "ratio";
	default:
		return what->compared ? "1/s" : "count";
	}
}

json_t *check_row_json(const struct check_row *row)
{
	json_t *object = json_object();

	json_put(&object, "verdict", json_string(check_verdict_name(row->verdict)));
	json_put(&object, "why", json_text(row->why));
	json_put(&object, "unit", json_string(unit_name(row->what)));
	json_put(&object, "value", value_json(row->what, row->known, row->value));
	json_put(&object, "samples", json_u64(row->samples));
	json_put(&object, "worst_ns", json_u64_if(row->worst_at_ns, row->worst_ns));
	json_put(&object, "worst_at_ns", json_u64_if(row->worst_at_ns, row->worst_at_ns));
	json_put(&object, "worst", json_text(*row->worst ? row->worst : NULL));
	return object;
}

static json_t *real_if(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

json_t *check_answer_json(const struct check_row *row)
{
	const struct compare_answer *a = &row->answer;
	json_t *object = check_row_json(row);

	json_put(&object, "quantity", json_text(row->what->text));
	json_put(&object, "improved", json_boolean(a->verdict == COMPARE_IMPROVED));
	json_put(&object, "baseline", real_if(a->known, a->reference));
	json_put(&object, "baseline_lowest", real_if(a->known, a->low));
	json_put(&object, "baseline_highest", real_if(a->known, a->high));
	json_put(&object, "change", real_if(a->change_known, a->change));
	json_put(&object, "noise", real_if(a->noise_known, a->noise));
	json_put(&object, "noise_between_runs_known", json_boolean(a->between_known));
	json_put(&object, "p_worse", real_if(a->p_known, a->p_worse));
	json_put(&object, "p_better", real_if(a->p_known, a->p_better));
	json_put(&object, "worst_before", json_text(*row->worst_before ? row->worst_before : NULL));
	return object;
}
