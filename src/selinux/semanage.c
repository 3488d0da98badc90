/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's store of SELinux policy modules. The only file that uses libsemanage. */
#include "selinux/semanage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <semanage/semanage.h>
#include <sepol/cil/cil.h>
#include <sepol/debug.h>
#include <sepol/sepol.h>

#include "base/log.h"
#include "selinux/selinux.h"

#define PRIORITY                                                                                                       \
	400 /* the priority of modules that an administrator installs with semodule(8), above the distribution's */

/* What libsemanage, and the compiler of policies that it uses, had to say. Some of it is about modules that are not
 * ours, so it is shown only after a failure. */
static char *messages;

static void keep(const char *line)
{
	_cleanup_(freep) char *old = messages;
	size_t len = strcspn(line, "\n");

	messages = old ? xasprintf("%s; %.*s", old, (int)len, line) : xasprintf("%.*s", (int)len, line);
}

static void keep_message(void *unused, semanage_handle_t *store, const char *fmt, ...) _printf_(3, 4);
static void keep_message(void *unused, semanage_handle_t *store, const char *fmt, ...)
{
	_cleanup_(freep) char *line = NULL;
	va_list ap;

	(void)unused;
	if (semanage_msg_get_level(store) != SEMANAGE_MSG_ERR)
		return;
	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		abort();
	va_end(ap);
	keep(line);
}

static void keep_compiler_message(int level, const char *line)
{
	if (level == CIL_ERR)
		keep(line);
}

static int failed(const char *what)
{
	int error = errno ? errno : EIO;

	return log_error_errno(error, "Cannot %s the host's SELinux policy: %s", what,
			       messages ? messages : strerror(error));
}

int store_open(semanage_handle_t **ret)
{
	_cleanup_(store_closep) semanage_handle_t *store = semanage_handle_create();

	if (!store)
		return log_error_errno(-ENOMEM, "Cannot use libsemanage: %m");
	semanage_msg_set_callback(store, keep_message, NULL);
	cil_set_log_handler(keep_compiler_message);
	if (semanage_is_managed(store) != 1)
		return -ENODATA;
	if (semanage_connect(store) < 0 || semanage_set_default_priority(store, PRIORITY) < 0)
		return failed("open");
	*ret = steal_ptr(store);
	return 0;
}

/* The file is the last that the store has written. */
bool store_policy_knows(const char *context)
{
	_cleanup_(freep) char *path = selinux_policy_file();
	FILE *f = path ? fopen(path, "re") : NULL;
	bool knows;

	sepol_debug(0); /* it would print that the policy does not know the context */
	knows = f && sepol_set_policydb_from_file(f) == 0 && sepol_check_context(context) == 0;

	if (f)
		fclose(f);
	return knows;
}

void store_closep(semanage_handle_t **store)
{
	if (!*store)
		return;
	if (semanage_is_connected(*store))
		semanage_disconnect(*store);
	semanage_handle_destroy(*store);
	free(messages);
	messages = NULL;
}

int store_has(semanage_handle_t *store, const char *name)
{
	semanage_module_info_t *list = NULL;
	int n = 0, found = 0;

	if (semanage_module_list(store, &list, &n) < 0)
		return failed("read");
	for (int i = 0; i < n; i++) {
		semanage_module_info_t *info = semanage_module_list_nth(list, i);
		const char *have = NULL;

		if (semanage_module_info_get_name(store, info, &have) == 0 && strcmp(have, name) == 0)
			found = 1;
		semanage_module_info_destroy(store, info);
	}
	free(list);
	return found;
}

/* Whether our module of that name has this text. A module at another priority is not ours. */
static int has_text(semanage_handle_t *store, const char *name, const char *cil)
{
	semanage_module_key_t *key = NULL;
	semanage_module_info_t *info = NULL;
	void *text = NULL;
	size_t len = 0;
	int r;

	if (semanage_module_key_create(store, &key) < 0)
		return failed("read");
	r = semanage_module_key_set_name(store, key, name);
	if (r >= 0)
		r = semanage_module_key_set_priority(store, key, PRIORITY);
	if (r >= 0)
		r = semanage_module_extract(store, key, 1, &text, &len, &info);
	semanage_module_key_destroy(store, key);
	free(key);
	if (r < 0)
		return 0;
	r = len == strlen(cil) && memcmp(text, cil, len) == 0;
	munmap(text, len);
	semanage_module_info_destroy(store, info);
	free(info);
	return r;
}

int store_matches(semanage_handle_t *store, const struct module_wish *wish)
{
	int r = store_has(store, wish->name);

	if (r < 0)
		return r;
	if (!wish->cil)
		return r == 0;
	return r == 0 ? 0 : has_text(store, wish->name, wish->cil);
}

static int grant(semanage_handle_t *store, const struct module_wish *wish)
{
	if (wish->cil)
		return semanage_module_install(store, wish->cil, strlen(wish->cil), wish->name, "cil");
	return semanage_module_remove(store, (char *)wish->name);
}

int store_grant(semanage_handle_t *store, const struct module_wish *wishes, size_t n)
{
	if (semanage_begin_transaction(store) < 0)
		return failed("change");
	for (size_t i = 0; i < n; i++) {
		int r = store_matches(store, &wishes[i]);

		if (r < 0)
			return r;
		if (r == 0 && grant(store, &wishes[i]) < 0)
			return failed("change");
	}
	return semanage_commit(store) < 0 ? failed("change") : 0;
}
