/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units and generators of a host that make no sense in a container, each with the reason. Leaving them out also makes
 * the container start faster. */
#include "unit/unit-unfit.h"

#include <fnmatch.h>
#include <stddef.h>

#include "base/util.h"

static const struct {
	const char *pattern, *reason;
} unfit[] = {
	{ "dev-hugepages.mount", "huge pages are the host's" },
	{ "dev-mqueue.mount", "message queues work without it" },
	{ "sys-fs-fuse-connections.mount", "it shows the host's FUSE mounts" },
	{ "sys-kernel-*.mount", "they show and change settings of the host's kernel" },
	{ "proc-sys-fs-binfmt_misc.*", "binary formats are the host's" },
	{ "systemd-binfmt.service", "binary formats are the host's" },
	{ "kmod*.service", "kernel modules are the host's" },
	{ "modprobe@.service", "kernel modules are the host's" },
	{ "systemd-modules-load.service", "kernel modules are the host's" },
	{ "systemd-sysctl.service", "kernel settings are the host's" },
	{ "procps.service", "an alias of systemd-sysctl.service" },
	{ "systemd-udev*", "devices are the host's" },
	{ "systemd-hwdb-update.service", "devices are the host's" },
	{ "systemd-tmpfiles-setup-dev*.service", "libvirt makes the devices" },
	{ "systemd-backlight@.service", "devices are the host's" },
	{ "systemd-rfkill.*", "devices are the host's" },
	{ "systemd-vconsole-setup.service", "there is no virtual console" },
	{ "*getty*", "nobody logs in on the console, which the host's journal reads" },
	{ "autovt@.service", "nobody logs in on the console" },
	{ "debug-shell.service", "a shell without a password" },
	{ "systemd-ask-password-*", "nobody is there to ask" },
	{ "systemd-firstboot.service", "it would wait for answers on the console" },
	{ "systemd-machine-id-commit.service", "the machine id is written when the container is made" },
	{ "systemd-logind.service", "seats and the power button are the host's" },
	{ "dbus-org.freedesktop.login1.service", "an alias of systemd-logind.service" },
	{ "systemd-initctl.*", "only sysvinit's programs used it" },
	{ "systemd-journald-audit.socket", "the audit log is the host's" },
	{ "systemd-update-utmp*", "nobody logs in on the console" },
	{ "systemd-random-seed.service", "the kernel's random numbers are the host's" },
	{ "systemd-pstore.*", "crash records are the host's" },
	{ "systemd-pcr*", "the TPM is the host's" },
	{ "systemd-tpm2-*", "the TPM is the host's" },
	{ "systemd-boot-*", "booting is the host's" },
	{ "systemd-bless-boot*", "booting is the host's" },
	{ "systemd-hibernate*", "the container does not sleep" },
	{ "systemd-remount-fs.service", "libvirt mounts the file systems" },
	{ "systemd-fsck*", "disks are the host's" },
	{ "systemd-quotacheck*.service", "disks are the host's" },
	{ "systemd-repart.service", "disks are the host's" },
	{ "systemd-sysext.service", "'/usr' is the host's" },
	{ "fstrim.*", "disks are the host's" },
	{ "e2scrub*", "disks are the host's" },
	{ "hwclock*", "the clock is the host's" },
	{ "systemd-timesyncd.service", "the clock is the host's" },
	{ "systemd-time-wait-sync.service", "the clock is the host's" },
	{ "systemd-network-generator.service", "it reads the host's kernel command line" },
	{ "*cryptsetup*", "disks are the host's" },
	{ "*veritysetup*", "disks are the host's" },
	{ "*integritysetup*", "disks are the host's" },
	{ "systemd-fstab-generator", "libvirt mounts the file systems" },
	{ "systemd-gpt-auto-generator", "disks are the host's" },
	{ "systemd-debug-generator", "it reads the host's kernel command line" },
	{ "systemd-run-generator", "it reads the host's kernel command line" },
	{ "systemd-rc-local-generator", "a container runs units only" },
	{ "systemd-system-update-generator", "'/usr' is the host's" },
};

const char *unit_unfit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(unfit); i++)
		if (fnmatch(unfit[i].pattern, name, 0) == 0)
			return unfit[i].reason;
	return NULL;
}
