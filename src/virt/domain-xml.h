/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libvirt domain of a container as XML, made from its record alone; and values from libvirt's own XML. Pure. */
#pragma once

#include "container/paths.h"
#include "container/record.h"

/* The limit of processor time for 'cpus' thousandths of a processor, in microseconds of each DOMAIN_CPU_PERIOD, which
 * are microseconds as well; cpu.max in the kernel's cgroup-v2 document. */
#define DOMAIN_CPU_PERIOD 100000
uint64_t domain_cpu_quota(uint64_t cpus);

/* XML of the transient domain on a host with 'memory_kib' of memory. Caller frees. */
char *domain_xml(const struct record *record, uint64_t memory_kib);

/* The string value of an XPath expression in a document from libvirt: "" when nothing matches, NULL when 'xml' is not
 * XML or 'path' not an expression. Caller frees. */
char *xml_value(const char *xml, const char *path);
