/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of what containers share with the host in /etc. */
#include "container/live-places.h"

#include <string.h>

#include "base/path.h"

const struct live_place live_places[] = {
	{ "/etc/alternatives", LIVE_DIRECTORY,
	  "links in /usr lead through it to the programs that the host has chosen" },
	{ "/etc/authselect", LIVE_DIRECTORY, "PAM and NSS rules made for the libraries in /usr" },
	{ "/etc/ca-certificates", LIVE_DIRECTORY, "scripts that update-ca-certificates runs" },
	{ "/etc/ca-certificates.conf", LIVE_FILE, "which certificates in /usr update-ca-certificates takes" },
	{ "/etc/crypto-policies", LIVE_DIRECTORY, "settings for the cryptographic libraries in /usr" },
	{ "/etc/ld.so.cache", LIVE_FILE, "the dynamic linker finds libraries in /usr with it" },
	{ "/etc/ld.so.conf", LIVE_FILE, "ldconfig makes the cache from it" },
	{ "/etc/ld.so.conf.d", LIVE_DIRECTORY, "ldconfig makes the cache from it" },
	{ "/etc/pki/ca-trust", LIVE_DIRECTORY,
	  "the certificates that the host trusts, and what they are extracted from" },
	{ "/etc/pki/tls/certs", LIVE_MERGED, "the certificates that the host trusts" },
	{ "/etc/ssl/certs", LIVE_MERGED, "the certificates that the host trusts" },
	{ 0 },
};

const struct live_place *live_place(const char *path)
{
	for (const struct live_place *p = live_places; p->path; p++)
		if (strcmp(p->path, path) == 0)
			return p;
	return NULL;
}

bool live_is_place(const char *path)
{
	return live_place(path) != NULL;
}

const struct live_place *live_place_of(const struct strv *live, const char *path)
{
	for (size_t i = 0; i < live->n; i++)
		if (path_within(path, live->v[i]))
			return live_place(live->v[i]);
	return NULL;
}

char *live_own_dir(const struct live_place *place)
{
	return xasprintf("%s.own", place->path);
}

char *live_own_path(const struct strv *live, const char *path)
{
	const struct live_place *place = live_place_of(live, path);
	_cleanup_(freep) char *own = NULL;

	if (!place || place->kind != LIVE_MERGED)
		return xstrdup(path);
	own = live_own_dir(place);
	return xasprintf("%s%s", own, path + strlen(place->path));
}
