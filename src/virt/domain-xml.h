/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libvirt domain of a container as XML, made only from its record; and values from libvirt's XML. Pure. */
#pragma once

#include "container/paths.h"
#include "container/record.h"

/* The limit of processor time for 'cpus' thousandths of a processor: microseconds in each DOMAIN_CPU_PERIOD, which is
 * in microseconds, too; see cpu.max in the kernel's cgroup-v2 document. */
#define DOMAIN_CPU_PERIOD 100000
uint64_t domain_cpu_quota(uint64_t cpus);

/* The XML of the transient domain, on a host with 'memory_kib' KiB of memory. 'profile' is the AppArmor profile that
 * its init gives to systemd, or NULL. Of the container's devices, all users inside may use 'open_devices', or none if
 * that is NULL. Caller frees. */
char *domain_xml(const struct record *record, const char *profile, const struct strv *open_devices,
		 uint64_t memory_kib);

/* What a sandbox (src/sandbox) starts with: two directories of the host, and a program in the second one, which gets at
 * most one argument and makes the rest. */
struct domain_sandbox {
	const char *root;	     /* of the domain */
	const char *programs;	     /* on the host */
	const char *programs_target; /* where the domain sees them */
	const char *init;	     /* as the domain sees it */
	const char *argument;	     /* NULL for none */
};

/* The same for a sandbox, of whose record only the name, the UUID, the ids, the context, the limits and the networks
 * matter. */
char *domain_xml_sandbox(const struct record *record, const struct domain_sandbox *sandbox, uint64_t memory_kib);

/* What a virtual machine that is a sandbox starts with. It has neither disk nor network: what it sees of the host is
 * one directory, and it talks with the host by one channel. The last words of its kernel go to its console. */
struct domain_guest {
	const char *kernel, *initrd; /* files of the host */
	const char *arguments;	     /* of the kernel */
	const char *tree, *tag;	     /* the directory, which the machine cannot write to, and its name by 9p */
	const char *channel;	     /* the name of the virtio port */
	uid_t uid;		     /* of its emulator on the host */
	gid_t gid;
	uint64_t memory; /* bytes */
	unsigned int cpus;
	bool kvm;	  /* else it is emulated */
	bool no_apparmor; /* libvirt's profiles do not allow for such a directory */
};

/* The same for such a machine, of whose record only the name, the UUID, the context and the limit of processor time
 * matter. */
char *domain_xml_guest(const struct record *record, const struct domain_guest *guest);

/* The string value of an XPath expression in a document from libvirt: "" if nothing matches, NULL if 'xml' is not XML
 * or 'path' not an expression. Caller frees. */
char *xml_value(const char *xml, const char *path);
