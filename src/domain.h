/* The libvirt domain of a container as XML, made from its record alone, and values read from libvirt's own XML. Pure.
 */
#pragma once

#include "record.h"

/* What is mounted for a container while it starts, one folder each in its runtime directory. */
#define DOMAIN_RUNTIME_DIR "/run/virt-sandbox-service"
#define DOMAIN_ROOT "root" /* the tree, read-only: the container's '/' */
#define DOMAIN_TREE "tree" /* the tree, writable: only folders of it are seen inside */
#define DOMAIN_USR "usr"   /* the host's '/usr', read-only */
#define DOMAIN_HOST "host" /* what the container sees as '/run/host', read-only: the monitor's socket, the allow list  \
			    */

/* The folders of the tree that are writable inside. NULL-terminated. */
extern const char *const domain_writable[];

/* '/run/virt-sandbox-service/NAME'. Caller frees. */
char *domain_runtime(const char *name);

/* A limit of processor time as the kernel has it: so many microseconds in each period for 'cpus' thousandths of one. */
#define DOMAIN_CPU_PERIOD 100000
uint64_t domain_cpu_quota(uint64_t cpus);

/* Where the i-th mount of the record is made ready, a directory of the host. Caller frees. */
char *domain_bind(const char *runtime, size_t i);

/* XML of the transient domain on a host with 'memory_kib' of memory. Caller frees. */
char *domain_xml(const struct record *record, uint64_t memory_kib);

/* The string value of an XPath expression in a document from libvirt: "" where nothing matches, NULL where 'xml' is no
 * XML or 'path' no expression. Caller frees. */
char *xml_value(const char *xml, const char *path);
