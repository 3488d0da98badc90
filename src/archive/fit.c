/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A newer package on this host is what every container sees after an upgrade. An older one may not understand the data
 * that a newer one has written, so it is a problem, as is a missing one. The record of an archive is anybody's text:
 * what it grants the container beyond an ordinary one counts only if the administrator says so. */
#include "archive/fit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "package/pkg.h"
#include "unit/unit-load.h"

static const char *const verdicts[] = {
	[FIT_SAME] = "same",	   [FIT_NEWER] = "newer",     [FIT_OLDER] = "older",
	[FIT_MISSING] = "missing", [FIT_UNKNOWN] = "unknown",
};

void fit_done(struct fit *fit)
{
	for (size_t i = 0; i < fit->n; i++) {
		free(fit->packages[i].name);
		free(fit->packages[i].there);
		free(fit->packages[i].here);
	}
	free(fit->packages);
	strv_done(&fit->problems);
	strv_done(&fit->rights);
	*fit = (struct fit){ 0 };
}

static void check_package(const struct pkg_backend *backend, struct pkg_db *db, const char *name,
			  const struct manifest *m, struct fit *fit)
{
	const char *there = manifest_version(m, name);
	_cleanup_(freep) char *here = backend->version(db, name);
	bool known = there && strcmp(there, "-") != 0;
	int order = here && known ? backend->compare(here, there) : 0;
	enum fit_verdict verdict = !here       ? FIT_MISSING
				   : !known    ? FIT_UNKNOWN
				   : order < 0 ? FIT_OLDER
				   : order > 0 ? FIT_NEWER
					       : FIT_SAME;

	if (verdict == FIT_MISSING)
		strv_addf(&fit->problems, "Package '%s' is not installed on this host.", name);
	else if (verdict == FIT_OLDER)
		strv_addf(&fit->problems, "Package '%s' has version '%s' here, which is older than '%s'.", name, here,
			  there);
	if (verdict == FIT_SAME)
		return;
	grow(fit->packages, fit->n);
	fit->packages[fit->n++] =
		(struct fit_package){ xstrdup(name), known ? xstrdup(there) : NULL, steal_ptr(here), verdict };
}

static int check_packages(const struct context *context, const struct record *record, const struct manifest *m,
			  struct fit *fit)
{
	static const struct pkg_backend *const backends[] = { &pkg_rpm, &pkg_dpkg };
	bool present = false;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		present |= strcmp(backends[i]->name, record->package_manager) == 0 &&
			   backends[i]->present(context->root_fd);
	if (!present) {
		strv_addf(&fit->problems, "The container's packages are those of %s, which this host does not use.",
			  record->package_manager);
		return 0;
	}
	r = pkg_open(context->root, context->root_fd, record->package_manager, "/", &backend, &db);
	if (r < 0)
		return r;
	for (size_t i = 0; i < record->packages.n; i++)
		check_package(backend, db, record->packages.v[i], m, fit);
	backend->close(db);
	return 0;
}

/* A unit that no package owned has come with the container's own files. */
static void check_unit(const struct context *context, const char *name, const struct manifest *m, struct fit *fit)
{
	const char *package = manifest_package(m, name);
	_cleanup_(freep) char *message = NULL;
	struct unit unit;

	if (unit_load(context->root_fd, name, NULL, &unit, &message) == UNIT_OK)
		unit_done(&unit);
	else if (package)
		strv_addf(&fit->problems, "Unit '%s' is not on this host; it is in package '%s'.", name, package);
}

static void list_rights(const struct record *record, struct strv *ret)
{
	if (record->uid_base == 0)
		strv_add(ret, "It has no user ids of its own, so root in it owns what root on the host owns.");
	for (size_t i = 0; i < record->mounts.n; i++)
		if (mount_is_of_host(&record->mounts.v[i]))
			strv_addf(ret, "It mounts '%s' of the host, %s.", record->mounts.v[i].source,
				  record->mounts.v[i].readonly ? "read-only" : "writable");
	for (size_t i = 0; i < record->devices.n; i++)
		strv_addf(ret, "It uses the device '%s'.", record->devices.v[i]);
	if (nets_dhcp(&record->nets))
		strv_add(ret, "It gets an address by DHCP, and so has the capabilities CAP_NET_ADMIN and CAP_NET_RAW.");
	for (size_t i = 0; i < record->capabilities.n; i++)
		strv_addf(ret, "It has the capability %s.", record->capabilities.v[i]);
	for (size_t i = 0; i < record->system_calls.n; i++)
		strv_addf(ret, "It has the system calls of the group '%s'.", record->system_calls.v[i]);
	for (size_t i = 0; i < record->ports.n; i++) {
		_cleanup_(freep) char *place = port_place(&record->ports.v[i]);

		strv_addf(ret, "It publishes port %s of the host.", place);
	}
	for (size_t i = 0; i < record->nets.n; i++) {
		_cleanup_(freep) char *source = net_source(&record->nets.v[i]);

		if (!net_is_ours(&record->nets.v[i]))
			strv_addf(ret, "It joins %s.", source);
		else if (record->nets.v[i].neighbours)
			strv_addf(ret, "It reaches its neighbours on %s.", source);
	}
	if (record->host_access)
		strv_add(ret, "It reaches services of the host over the network.");
}

int fit_check(const struct context *context, const struct record *record, const struct manifest *manifest,
	      struct fit *ret)
{
	struct fit fit = { 0 };
	int r = check_packages(context, record, manifest, &fit);

	if (r < 0) {
		fit_done(&fit);
		return r;
	}
	for (size_t i = 0; i < record->units.n; i++)
		check_unit(context, record->units.v[i], manifest, &fit);
	list_rights(record, &fit.rights);
	*ret = fit;
	return 0;
}

void fit_print(const struct fit *fit)
{
	for (size_t i = 0; i < fit->n; i++) {
		const struct fit_package *p = &fit->packages[i];

		printf("package  %s: %s, was %s (%s)\n", p->name, p->here ? p->here : "-", p->there ? p->there : "-",
		       verdicts[p->verdict]);
	}
	for (size_t i = 0; i < fit->problems.n; i++)
		printf("problem  %s\n", fit->problems.v[i]);
	for (size_t i = 0; i < fit->rights.n; i++)
		printf("right    %s\n", fit->rights.v[i]);
}

void fit_json(const struct fit *fit, struct json_object *object)
{
	struct json_object *packages = json_array_make();

	for (size_t i = 0; i < fit->n; i++) {
		struct json_object *o = json_object_make();

		json_set_string(o, "name", fit->packages[i].name);
		json_set_string(o, "archive", fit->packages[i].there ? fit->packages[i].there : "");
		json_set_string(o, "host", fit->packages[i].here ? fit->packages[i].here : "");
		json_set_string(o, "verdict", verdicts[fit->packages[i].verdict]);
		json_append(packages, o);
	}
	json_set(object, "packages", packages);
	json_set_strings(object, "problems", &fit->problems);
	json_set_strings(object, "rights", &fit->rights);
}
