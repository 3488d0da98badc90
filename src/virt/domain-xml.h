/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libvirt domain of a container as XML, made from its record alone, and values read from libvirt's own XML. Pure.
 */
#pragma once

#include "container/paths.h"
#include "container/record.h"

/* A limit of processor time as the kernel has it: so many microseconds in each period for 'cpus' thousandths of one. */
#define DOMAIN_CPU_PERIOD 100000
uint64_t domain_cpu_quota(uint64_t cpus);

/* XML of the transient domain on a host with 'memory_kib' of memory. Caller frees. */
char *domain_xml(const struct record *record, uint64_t memory_kib);

/* The string value of an XPath expression in a document from libvirt: "" where nothing matches, NULL where 'xml' is no
 * XML or 'path' no expression. Caller frees. */
char *xml_value(const char *xml, const char *path);
