/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See domain-path.h. */
#include "container/paths.h"

#include "selinux/mcs.h"
#include "base/util.h"

const char *const domain_writable[] = { "etc", "var", "root", "home", "srv", "opt", NULL };

char *domain_runtime(const char *name)
{
	return xasprintf(DOMAIN_RUNTIME_DIR "/%s", name);
}

char *domain_mounts(const char *name)
{
	return xasprintf(DOMAIN_MOUNTS_DIR "/%s", name);
}

char *domain_bind(const char *mounts, size_t i)
{
	return xasprintf("%s/bind%zu", mounts, i);
}

/* Not longer than 15 bytes, which is what the kernel takes. */
char *domain_interface(const char *name, size_t i)
{
	return xasprintf("vs%010llx-%zu", (unsigned long long)(name_seed(name) & 0xffffffffff), i);
}
