// SPDX-License-Identifier: GPL-2.0-only
/* The model held against what hooks saw: see confusion.h. */
#include "analysis/confusion.h"

void confusion_add(struct confusion *confusion, const struct placement_host *host,
		   const struct slice *s, const struct choice *choice,
		   const struct choice *fallback)
{
	struct placement_verdict seen = placement_explain(host, s, choice, fallback);
	struct placement_verdict model;
	bool sure, same;

	if (seen.certainty != OBSERVED)
		return;
	model = placement_model(host, s);
	sure = model.certainty == SURE;
	same = model.branch == seen.branch;
	confusion->observed++;
	confusion->counts[seen.branch][model.branch][sure]++;
	if (sure) {
		confusion->sure++;
		confusion->agreed += same;
	} else {
		confusion->unsure++;
		confusion->unsure_agreed += same;
	}
}
