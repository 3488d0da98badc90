/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs virt, the program that loads libvirt, with one of its verbs, and reads what it prints. This is not in virt/,
 * because its callers must not link libvirt. */
#include "container/virt-client.h"

#include <errno.h>
#include <stddef.h>

#include "base/subprocess.h"
#include "base/log.h"

#define PATIENCE_MS 60000 /* longer than any verb takes, unless libvirtd does not answer */

int virt_client_run(const char *connect, const char *verb, const char *name, char **ret)
{
	const char *const argv[] = { VIRTPATH, "-c", connect, verb, name, NULL };
	int r = subprocess_run(argv, PATIENCE_MS, ret);

	if (r == -ETIMEDOUT)
		log_error("'virt %s' has not ended within %d seconds; 'systemctl status libvirtd virtlxcd' shows "
			  "whether libvirt works.",
			  verb, PATIENCE_MS / 1000);
	return r;
}
