/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations are files, in a directory for each kind. Creating a file with O_EXCL decides who gets a value; reading
 * the directory tells which values are taken. */
#include "container/reservation.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic-file.h"
#include "base/ipv4.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"

#define OWNER_MAX 256 /* bytes, for a container's name */

int reservation_list(int root_fd, const char *kind, struct strv *ret)
{
	static const char *const places[] = { RESERVATION_DIR, SANDBOX_DIR };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_(freep) char *dir = xasprintf("%s/%s", places[i], kind);
		int r = rootfd_list(root_fd, dir, WALK_ROOT, ret);

		if (r < 0 && r != -ENOENT)
			return log_error_errno(r, "Cannot read directory '%s': %m", dir);
	}
	return 0;
}

int reservation_owner(int root_fd, const char *kind, const char *value, char **ret)
{
	_cleanup_(freep) char *path = reservation_path(kind, value);

	return rootfd_read(root_fd, path, WALK_ROOT, OWNER_MAX, ret, NULL);
}

char *reservation_sandbox_path(const char *path)
{
	return xasprintf(SANDBOX_DIR "%s", skip_prefix(path, RESERVATION_DIR));
}

bool reservation_of_sandbox(int root_fd, const char *path)
{
	_cleanup_(freep) char *theirs = reservation_sandbox_path(path);
	struct stat st;

	return rootfd_lstat(root_fd, theirs, WALK_ROOT, &st) == 0;
}

int reservation_holder(int root_fd, const char *kind, const char *value, const char *except, char **ret)
{
	_cleanup_(freep) char *path = reservation_path(kind, value), *theirs = reservation_sandbox_path(path);
	_cleanup_(freep) char *owner = NULL, *sandbox = NULL;
	int r = reservation_owner(root_fd, kind, value, &owner);

	if (r == 0 && !(except && strcmp(owner, except) == 0)) {
		*ret = xasprintf("container '%s'", owner);
		return 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	r = rootfd_read(root_fd, theirs, WALK_ROOT, OWNER_MAX, &sandbox, NULL);
	if (r == 0)
		*ret = xasprintf("sandbox '%s'", sandbox);
	return r;
}

int reservation_mac_holder(int root_fd, const char *mac, const char *except, char **ret)
{
	_cleanup_(strv_done) struct strv taken = { 0 };
	int r = reservation_holder(root_fd, RESERVE_MACS, mac, except, ret);

	if (r != -ENOENT)
		return r;
	r = reservation_list(root_fd, RESERVE_ADDRESSES, &taken);
	if (r < 0)
		return r;
	for (size_t i = 0; i < taken.n; i++) {
		_cleanup_(freep) char *derived = NULL;
		uint32_t address;

		if (ipv4_parse(taken.v[i], &address) < 0)
			continue;
		derived = ipv4_mac(address);
		if (strcmp(derived, mac) == 0 &&
		    reservation_holder(root_fd, RESERVE_ADDRESSES, taken.v[i], except, ret) == 0)
			return 0;
	}
	return -ENOENT;
}

int reservation_paths(int root_fd, const char *name, struct strv *ret)
{
	static const char *const kinds[] = { RESERVE_LEVELS, RESERVE_IDS, RESERVE_ADDRESSES, RESERVE_MACS,
					     RESERVE_PORTS };
	int first = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(strv_done) struct strv values = { 0 };
		int r = reservation_list(root_fd, kinds[k], &values);

		for (size_t i = 0; i < values.n; i++) {
			_cleanup_(freep) char *owner = NULL;
			int e = reservation_owner(root_fd, kinds[k], values.v[i], &owner);

			if (e == 0 && strcmp(owner, name) == 0)
				strv_take(ret, reservation_path(kinds[k], values.v[i]));
			else if (e < 0 && e != -ENOENT)
				r = log_error_errno(e, "Cannot read reservation '%s' of kind '%s': %m", values.v[i],
						    kinds[k]);
		}
		first = first ? first : r;
	}
	return first;
}

int reservation_release(int root_fd, const char *name)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int first = reservation_paths(root_fd, name, &paths);

	for (size_t i = 0; i < paths.n; i++) {
		int r = atomic_file_remove(root_fd, paths.v[i]);

		if (r < 0 && r != -ENOENT)
			log_error_errno(r, "Cannot release '%s': %m", paths.v[i]);
		first = first || r == -ENOENT ? first : r;
	}
	return first;
}

static void need(struct strv *ret, const char *kind, const char *value)
{
	strv_take(ret, reservation_path(kind, value));
}

void reservation_needs(const struct record *record, struct strv *ret)
{
	if (record->level && *record->level)
		need(ret, RESERVE_LEVELS, record->level);
	if (record->uid_base) {
		_cleanup_(freep) char *base = xasprintf("%u", record->uid_base);

		need(ret, RESERVE_IDS, base);
	}
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *address = ipv4_format(net->address.address);
		_cleanup_(freep) char *address6 = ipv6_format(&net->address6.address);

		if (net->address.address)
			need(ret, RESERVE_ADDRESSES, address);
		if (net->address6.prefix)
			need(ret, RESERVE_ADDRESSES, address6);
	}
	for (size_t i = 0; i < record->ports.n; i++) {
		_cleanup_(freep) char *key = port_key(&record->ports.v[i]);

		need(ret, RESERVE_PORTS, key);
	}
}

/* The words for the kind of a reservation. */
static const char *kind_words(const char *path)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{ RESERVATION_DIR "/" RESERVE_LEVELS "/", "Level" },
		{ RESERVATION_DIR "/" RESERVE_IDS "/", "The range of ids from" },
		{ RESERVATION_DIR "/" RESERVE_ADDRESSES "/", "Address" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (skip_prefix(path, kinds[i].kind))
			return kinds[i].words;
	return "Port";
}

/* Networks may have addresses that differ only in their first byte, so one that follows from the container's own
 * address may follow from another's, too. */
static void mac_problems(int root_fd, const struct record *record, struct strv *ret)
{
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *holder = NULL;
		int r = net_mac_is_derived(net)
				? reservation_holder(root_fd, RESERVE_MACS, net->mac, record->name, &holder)
				: reservation_mac_holder(root_fd, net->mac, record->name, &holder);

		if (r == 0)
			strv_addf(ret, "Hardware address '%s' belongs to %s.", net->mac, holder);
	}
}

void reservation_problems(int root_fd, const struct record *record, bool missing, struct strv *ret)
{
	_cleanup_(strv_done) struct strv paths = { 0 };

	reservation_needs(record, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		const char *words = kind_words(paths.v[i]), *value = strrchr(paths.v[i], '/') + 1;
		_cleanup_(freep) char *owner = NULL;
		int r = rootfd_read(root_fd, paths.v[i], WALK_ROOT, OWNER_MAX, &owner, NULL);

		if (r == 0 && strcmp(owner, record->name) != 0)
			strv_addf(ret, "%s '%s' belongs to container '%s'.", words, value, owner);
		else if (r == -ENOENT && missing)
			strv_addf(ret, "%s '%s' is not reserved for the container.", words, value);
	}
	mac_problems(root_fd, record, ret);
}
