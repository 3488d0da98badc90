/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who listens on a port, as proc(5) tells it: the tables in /proc/net have the sockets with their inodes, and the
 * descriptors of processes name these. */
#include "virt/listeners.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "base/strv.h"
#include "base/util.h"
#include "container/port.h"

#define TABLE_SIZE (64 * 1024 * 1024) /* bytes */

/* States of <net/tcp_states.h>. A UDP socket that is only bound is closed. */
#define LISTENS 0x0a
#define CLOSED 0x07

static const struct table {
	const char *path;
	bool udp, ipv6;
	unsigned int state;
} tables[] = {
	{ "/proc/net/tcp", false, false, LISTENS },
	{ "/proc/net/tcp6", false, true, LISTENS },
	{ "/proc/net/udp", true, false, CLOSED },
	{ "/proc/net/udp6", true, true, CLOSED },
};

void listener_done(struct listener *listener)
{
	free(listener->program);
}

/* An address there is hexadecimal: words of 32 bits, as they lie in memory. */
static bool parse_address(const char *text, bool ipv6, char *ret, size_t size)
{
	uint32_t words[4] = { 0 };
	int n = ipv6 ? sscanf(text, "%8x%8x%8x%8x", &words[0], &words[1], &words[2], &words[3])
		     : sscanf(text, "%8x", &words[0]);

	return n == (ipv6 ? 4 : 1) && inet_ntop(ipv6 ? AF_INET6 : AF_INET, words, ret, (socklen_t)size);
}

/* A socket of IPv6 for all addresses may also take clients of IPv4; the table does not say, so it counts as if it
 * did. */
static bool meets(const struct table *table, const char *text, const struct port *port)
{
	char address[INET6_ADDRSTRLEN];

	if (!parse_address(text, table->ipv6, address, sizeof(address)))
		return false;
	if (strcmp(address, PORT_ALL_IPV6) == 0)
		return true;
	if (table->ipv6 ? !port_is_ipv6(port) : !port_is_ipv4(port))
		return false;
	return strcmp(address, PORT_ALL_IPV4) == 0 || !*port->ip || strcmp(port->ip, PORT_ALL_IPV4) == 0 ||
	       strcmp(port->ip, PORT_ALL_IPV6) == 0 || strcmp(port->ip, address) == 0;
}

/* 'sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...' */
static bool find_in(int root_fd, const struct table *table, const struct port *port, unsigned int *ret_port,
		    unsigned long *ret_inode)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(root_fd, table->path, WALK_ROOT, TABLE_SIZE, &text, NULL) < 0)
		return false;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char address[33];
		unsigned int number, state;
		unsigned long inode;

		if (sscanf(line, "%*d: %32[0-9A-F]:%x %*32[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", address,
			   &number, &state, &inode) != 4 ||
		    state != table->state || number < port->host || number >= port->host + port->count ||
		    !meets(table, address, port))
			continue;
		*ret_port = number;
		*ret_inode = inode;
		return true;
	}
	return false;
}

static bool has_descriptor(int root_fd, const char *pid, const char *target)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/fd", pid);
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (rootfd_opendir(root_fd, path, WALK_ROOT, &dir) < 0) /* it has ended */
		return false;
	while (!found && (entry = readdir(dir))) {
		char link[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = '\0';
		found = strcmp(link, target) == 0;
	}
	closedir(dir);
	return found;
}

static void find_process(int root_fd, unsigned long inode, struct listener *ret)
{
	_cleanup_(freep) char *target = xasprintf("socket:[%lu]", inode);
	_cleanup_(strv_done) struct strv pids = { 0 };

	if (rootfd_list(root_fd, "/proc", WALK_ROOT, &pids) < 0)
		return;
	for (size_t i = 0; i < pids.n; i++) {
		_cleanup_(freep) char *path = xasprintf("/proc/%s/comm", pids.v[i]);
		uint64_t pid;

		if (parse_u64(pids.v[i], INT32_MAX, &pid) < 0 || !has_descriptor(root_fd, pids.v[i], target) ||
		    rootfd_read(root_fd, path, WALK_ROOT, 64, &ret->program, NULL) < 0)
			continue;
		ret->program[strcspn(ret->program, "\n")] = '\0';
		for (char *c = ret->program; *c; c++) /* the process chooses it */
			*c = isprint((unsigned char)*c) ? *c : '?';
		ret->pid = (pid_t)pid;
		return;
	}
}

bool listener_find(int root_fd, const struct port *port, struct listener *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		unsigned long inode;

		if (tables[i].udp != port->udp || !find_in(root_fd, &tables[i], port, &ret->port, &inode))
			continue;
		find_process(root_fd, inode, ret);
		return true;
	}
	return false;
}
