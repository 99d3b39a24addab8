// SPDX-License-Identifier: GPL-2.0-only
/* The host snapshot from JSON text: interrupts, the workqueues' CPUs, watchdogs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/knobs.h"
#include "host/snapshot_keys.h"

static bool is_name(const char *text)
{
	size_t length = strlen(text);

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			return false;
	return length && length < HOST_IRQ_NAME_SIZE;
}

static int get_irq(struct json_in *in, struct host_irq *irq, const json_t *object)
{
	const json_t *fixed = json_object_get(object, "fixed");
	int err;

	if (!json_is_object(object))
		return json_in_refuse(in, "irqs has an element that is no object");
	if ((err = json_in_u32(in, &irq->number, object, "irq", INT32_MAX)) ||
	    (err = json_in_text(in, &irq->actions, object, "actions")) ||
	    (err = json_in_cpus_if(in, &irq->affinity, object, "affinity")) ||
	    (err = json_in_cpus_if(in, &irq->effective, object, "effective")))
		return err;
	if (irq->actions && !is_name(irq->actions))
		return json_in_refuse(in, "IRQ %u: actions is not text of 1 to %d bytes",
				      irq->number, HOST_IRQ_NAME_SIZE - 1);
	if (fixed && !json_is_boolean(fixed))
		return json_in_refuse(in, "IRQ %u: fixed is neither true nor false", irq->number);
	irq->fixed = json_is_true(fixed);
	return 0;
}

static int get_irqs(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = json_in_array(in, &array, &count, root, "irqs", HOST_IRQS_MAX);
	if (err || !array)
		return err;
	host->irqs_known = true;
	host->irqs = calloc(count + 1, sizeof(*host->irqs));
	if (!host->irqs)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		host->irq_count++;
		err = get_irq(in, &host->irqs[i], json_array_get(array, i));
		if (!err && i && host->irqs[i].number <= host->irqs[i - 1].number)
			err = json_in_refuse(in, "irqs are not in the order of their numbers");
	}
	return err ? err : json_in_u32(in, &host->irqs_left_out, root, "irqs_left_out", INT32_MAX);
}

int snapshot_parse_knobs(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	int err;

	host->watchdog = host->nmi_watchdog = -1;
	if ((err = json_in_int(in, &host->watchdog, root, "watchdog", 0)) ||
	    (err = json_in_int(in, &host->nmi_watchdog, root, "nmi_watchdog", 0)) ||
	    (err = json_in_cpus_if(in, &host->watchdog_cpus, root, "watchdog_cpus")) ||
	    (err = json_in_cpus_if(in, &host->workqueue_cpus, root, "workqueue_cpus")))
		return err;
	return get_irqs(in, host, root);
}
