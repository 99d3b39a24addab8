// SPDX-License-Identifier: GPL-2.0-only
/* Prints this machine's snapshot as JSON, or what is read of a tar of scripts/host-snapshot:
 * host_json [TAR]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/snapshot_tar.h"

int main(int argc, char **argv)
{
	struct host_snapshot host;
	char why[SNAPSHOT_TAR_WHY_MAX] = "cannot be read";
	char *json;
	int err = argc > 1 ? host_snapshot_from_tar(&host, argv[1], why)
			   : host_snapshot_take(&host, "");

	if (err) {
		fprintf(stderr, "host_json: %s: %s\n", why, strerror(-err));
		return 1;
	}
	json = host_snapshot_to_json(&host);
	host_snapshot_free(&host);
	if (!json || puts(json) < 0)
		return 1;
	free(json);
	return 0;
}
