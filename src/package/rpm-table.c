/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packages of an rpm database, and the keys by which they are found. Knows nothing of librpm. */
#include "package/rpm-table.h"

#include <string.h>
#include <sys/utsname.h>

void rpm_table_done(struct rpm_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		free(table->v[i].name);
		free(table->v[i].arch);
		free(table->v[i].evr);
		free(table->v[i].source);
		free(table->v[i].id);
	}
	free(table->v);
	pkg_index_done(&table->names);
	pkg_index_done(&table->ids);
	pkg_index_done(&table->instances);
	pkg_index_done(&table->paths);
	*table = (struct rpm_table){ 0 };
}

uint32_t rpm_table_add(struct rpm_table *table, struct rpm_package package)
{
	uint32_t place = (uint32_t)table->n;

	grow(table->v, table->n);
	table->v[table->n++] = package;
	pkg_index_add(&table->names, package.name, strlen(package.name), place);
	pkg_index_add(&table->instances, (const char *)&package.instance, sizeof(package.instance), place);
	return place;
}

static char *make_id(struct rpm_table *table, const struct rpm_package *package)
{
	size_t n, same_arch = 0;
	const struct pkg_row *rows = pkg_index_find(&table->names, package->name, strlen(package->name), &n);

	if (n == 1)
		return xstrdup(package->name);
	for (size_t i = 0; i < n; i++)
		same_arch += strcmp(table->v[rows[i].value].arch, package->arch) == 0;
	if (same_arch == 1)
		return xasprintf("%s.%s", package->name, package->arch);
	return xasprintf("%s-%s.%s", package->name, package->evr, package->arch);
}

void rpm_table_make_ids(struct rpm_table *table)
{
	for (uint32_t i = 0; i < table->n; i++) {
		struct rpm_package *package = &table->v[i];

		package->id = make_id(table, package);
		pkg_index_add(&table->ids, package->id, strlen(package->id), i);
	}
}

struct rpm_package *rpm_table_find(struct rpm_table *table, const char *name)
{
	size_t n;
	const struct pkg_row *rows = pkg_index_find(&table->ids, name, strlen(name), &n);
	struct rpm_package *found = NULL;
	struct utsname machine;

	if (n > 0)
		return &table->v[rows->value];
	uname(&machine);
	rows = pkg_index_find(&table->names, name, strlen(name), &n);
	for (size_t i = 0; i < n; i++) {
		struct rpm_package *p = &table->v[rows[i].value];

		if (!found || strcmp(p->arch, machine.machine) == 0 || strcmp(found->arch, machine.machine) != 0)
			found = p;
	}
	return found;
}
