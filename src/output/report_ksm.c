// SPDX-License-Identifier: GPL-2.0-only
/* KSM's model and plan as JSON: see report_ksm.h. */
#include "output/report_ksm.h"

#include "output/json.h"

/* Whole units: a fraction of a nanosecond, a byte or a page is nobody's business. */
static json_t *whole(double value)
{
	return isnan(value) || value > 9e18 || value < -9e18 ? json_null()
							     : json_integer((json_int_t)value);
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *setting(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

static json_t *source_json(enum ksm_cost_source source)
{
	switch (source) {
	case KSM_COST_BY_PAGES:
		return json_string("pages_scanned");
	case KSM_COST_BY_BATCHES:
		return json_string("batches");
	default:
		return json_null();
	}
}

static json_t *state_json(const struct ksm_model *model)
{
	json_t *object = json_object();

	for (int field = 0; field < KSM_FIELDS; field++)
		if (ksm_knows(&model->now, field))
			json_put(&object, ksm_field_name(field),
				 json_integer(model->now.value[field]));
	json_put(&object, "advisor", json_string(ksm_advisor_name(model->now.advisor)));
	return object;
}

static json_t *figures_json(const struct ksm_figures *figures)
{
	json_t *object = json_object();

	json_put(&object, "batch_p50_ns", whole(figures->slice_p50_ns));
	json_put(&object, "batch_p99_ns", whole(figures->slice_p99_ns));
	json_put(&object, "duty", real(figures->duty));
	json_put(&object, "pages_per_second", real(figures->rate));
	return object;
}

static json_t *plan_json(const struct ksm_plan *plan)
{
	static const char *const kinds[] = { "unknown", "holds", "scan", "advisor" };
	json_t *object = json_object();
	bool changes = plan->kind == KSM_PLAN_SCAN || plan->kind == KSM_PLAN_ADVISOR;

	json_put(&object, "kind", json_string(kinds[plan->kind]));
	json_put(&object, "slice_max_ns", whole(plan->limits.slice_max_ns));
	json_put(&object, "duty_max", real(plan->limits.duty_max));
	json_put(&object, "pages_to_scan", changes ? setting(plan->pages) : json_null());
	json_put(&object, "sleep_millisecs", changes ? setting(plan->sleep_ms) : json_null());
	json_put(&object, "before", figures_json(&plan->before));
	json_put(&object, "after", changes ? figures_json(&plan->after) : json_null());
	json_put(&object, "rate_kept", changes ? json_boolean(plan->rate_kept) : json_null());
	return object;
}

json_t *report_ksm_json(const struct ksm_model *model, const struct ksm_plan *plan)
{
	json_t *object = json_object();

	json_put(&object, "state", model->state_known ? state_json(model) : json_null());
	json_put(&object, "settings_changed", json_boolean(model->changed));
	json_put(&object, "pages_to_scan", setting(model->pages_to_scan));
	json_put(&object, "sleep_millisecs", setting(model->sleep_ms));
	json_put(&object, "batches", json_u64(model->bursts));
	json_put(&object, "short_batches", json_u64(model->short_bursts));
	json_put(&object, "ns_per_page", real(model->ns_per_page));
	json_put(&object, "ns_per_page_error", real(model->error));
	json_put(&object, "ns_per_page_by", source_json(model->source));
	json_put(&object, "ns_per_page_by_pages", real(model->by_pages_ns));
	json_put(&object, "ns_per_page_by_batches", real(model->by_batches_ns));
	json_put(&object, "batch_p50_ns", whole(model->burst_p50_ns));
	json_put(&object, "batch_p99_ns", whole(model->burst_p99_ns));
	json_put(&object, "sleep_ns", whole(model->sleep_ns));
	json_put(&object, "period_ns", whole(model->period_ns));
	json_put(&object, "duty", real(model->duty));
	json_put(&object, "pages_per_second", real(model->rate));
	json_put(&object, "full_scan_seconds", real(model->scan_s));
	json_put(&object, "saved_bytes", whole(model->saved_bytes));
	json_put(&object, "saved_by",
		 json_string(model->saved_is_profit ? "general_profit" : "pages_sharing"));
	json_put(&object, "others_delay_ns", whole(model->others_delay_ns));
	json_put(&object, "price_ms_per_gib_hour", real(model->price_ms));
	json_put(&object, "plan", plan_json(plan));
	return object;
}
