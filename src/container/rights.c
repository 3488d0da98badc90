/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rights. One that would be a way out of the container has a reason in 'refused': no container gets it,
 * and whoever asks for it learns why. */
#include "container/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/util.h"

#define NEVER(name, why)                                                                                               \
	{                                                                                                              \
		RIGHT_CALLS, name, 0, "--system-calls cannot add '" name "': " why                                     \
	}

/* clang-format off */
static const struct right {
	enum right_kind kind;
	const char *name;
	unsigned int number;
	const char *refused;
} rights[] = {
	{ RIGHT_CAPABILITY, "CAP_NET_ADMIN", CAP_NET_ADMIN, NULL },
	{ RIGHT_CAPABILITY, "CAP_NET_RAW", CAP_NET_RAW, NULL },
	{ RIGHT_CALLS, "keyring", RIGHT_KEYRING, NULL },
	{ RIGHT_CALLS, "numa", RIGHT_NUMA, NULL },
	NEVER("accounting", "it writes to a file about the host's processes"),
	NEVER("bpf", "it runs programs in the host's kernel"),
	NEVER("clock", "the clock is the host's"),
	NEVER("fanotify", "it tells of files that are the host's, too"),
	NEVER("handles", "files by number are found past every mount"),
	NEVER("io-uring", "it makes sockets that no filter sees"),
	NEVER("log", "the kernel's log is the host's"),
	NEVER("module", "modules are part of the host's kernel"),
	NEVER("perf", "it watches the host's processors"),
	NEVER("quota", "the file systems are the host's"),
	NEVER("raw-io", "hardware is the host's"),
	NEVER("reboot", "the machine is the host's"),
	NEVER("swap", "swap is the host's"),
	NEVER("user-namespaces", "they open most of the kernel to every user"),
	NEVER("userfaultfd", "it lets a process stop the kernel at a place of its choice"),
};
/* clang-format on */

static const struct right *find(enum right_kind kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].kind == kind && strcmp(rights[i].name, name) == 0)
			return &rights[i];
	return NULL;
}

uint64_t rights_capabilities(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].kind == RIGHT_CAPABILITY)
			all |= UINT64_C(1) << rights[i].number;
	return all;
}

const char *right_name(enum right_kind kind, unsigned int index)
{
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].kind == kind && !rights[i].refused && index-- == 0)
			return rights[i].name;
	return NULL;
}

const char *right_refused(enum right_kind kind, const char *name)
{
	const struct right *right = find(kind, name);

	if (right)
		return right->refused;
	return kind == RIGHT_CAPABILITY ? "CAP_NET_ADMIN or CAP_NET_RAW" : "keyring or numa";
}

bool right_is_capability(const char *name)
{
	return !right_refused(RIGHT_CAPABILITY, name);
}

bool right_is_calls(const char *name)
{
	return !right_refused(RIGHT_CALLS, name);
}

int rights_parse(const char *text, struct rights *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	struct rights set = { 0 };

	strv_split(&names, text, ",");
	for (size_t i = 0; i < names.n; i++) {
		if (right_is_capability(names.v[i]))
			set.capabilities |= UINT64_C(1) << find(RIGHT_CAPABILITY, names.v[i])->number;
		else if (right_is_calls(names.v[i]))
			set.calls |= 1U << find(RIGHT_CALLS, names.v[i])->number;
		else
			return -EINVAL;
	}
	*ret = set;
	return 0;
}
