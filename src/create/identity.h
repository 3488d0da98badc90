/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the record of a container that comes from elsewhere, from earlier or from another one fit this host: its level,
 * ids, addresses and ports stay where they are free, and others are chosen where they are not. Nothing is taken yet. */
#pragma once

#include "base/context.h"
#include "container/record.h"
#include "create/choice.h"

struct identity_rules {
	bool anew;	 /* keep nothing, even if it is free */
	bool same;	 /* it is the same container, so its UUID stays */
	bool trusted;	 /* its SELinux types stay, too, and a hardware address that does not follow from the address */
	bool asked_nets; /* its networks are as the administrator asked for them just now */
	bool asked_ports;     /* so are its ports, and one that it cannot have is an error */
	unsigned int attempt; /* how many times another command was faster */
};

/* Changes 'record', and adds to 'changes' a sentence for each thing that could not stay; with 'anew', only for ports.
 * *ret_macs are the hardware addresses to reserve, *ret_machine_id a new one; the caller frees both. 0, or -errno after
 * a message. */
int identity_settle(const struct context *context, const struct identity_rules *rules, struct record *record,
		    struct strv *changes, struct strv *ret_macs, char **ret_machine_id);
