/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capabilities that no process of a container has. */
#include "inside/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

/* In a user namespace these have no power over the host; they are dropped in case a kernel bug says otherwise. systemd
 * works without them: without CAP_SYS_BOOT it exits at poweroff and reboot, which ends the container. */
static const unsigned int dropped[] = {
	CAP_SYS_MODULE,		/* the host's kernel */
	CAP_SYS_RAWIO,		/* the host's memory and disks */
	CAP_SYS_BOOT,		/* kexec; reboot ends the container without it */
	CAP_SYS_TIME,		/* the host's clock */
	CAP_WAKE_ALARM,		/* waking the host up */
	CAP_BLOCK_SUSPEND,	/* keeping the host from sleep */
	CAP_SYS_PACCT,		/* accounting of the host's processes */
	CAP_SYSLOG,		/* the kernel's messages and addresses */
	CAP_MKNOD,		/* the host decides which devices there are */
	CAP_LEASE,		/* delaying processes that open a file */
	CAP_LINUX_IMMUTABLE,	/* files that the host could not delete */
	CAP_AUDIT_CONTROL,	/* the host's audit rules */
	CAP_AUDIT_READ,		/* the host's audit log */
	CAP_MAC_ADMIN,		/* labels that the host's policy does not know */
	CAP_MAC_OVERRIDE,	/* the host's mandatory policy */
	CAP_BPF,		/* programs in the host's kernel */
	CAP_PERFMON,		/* watching the host's processor */
	CAP_CHECKPOINT_RESTORE, /* choosing process ids, reading foreign maps */
};

static uint64_t bit(unsigned int capability)
{
	return UINT64_C(1) << capability;
}

static int limit_bounding_set(uint64_t keep)
{
	for (unsigned int c = 0; c < 64; c++)
		if (!(keep & bit(c)) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0 &&
		    errno != EINVAL) /* EINVAL: the kernel does not know it */
			return -errno;
	return 0;
}

int confine_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		keep &= ~bit(dropped[i]);
	r = sys_capget(&header, data);
	if (r == 0)
		r = limit_bounding_set(keep);
	for (size_t i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].effective &= (uint32_t)(keep >> 32 * i);
		data[i].permitted &= (uint32_t)(keep >> 32 * i);
		data[i].inheritable &= (uint32_t)(keep >> 32 * i);
	}
	return r < 0 ? r : sys_capset(&header, data);
}
