/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of the host's configuration, its name first, and the public half of a key. */
#include "fuzz.h"

#include "base/rootfd.h"
#include "contents/keys.h"
#include "contents/new-keys.h"
#include "contents/secret-forms.h"
#include "contents/users.h"

static const char pem[] = "-----BEGIN PRIVATE KEY-----";

static void scan(const char *path, struct entry *ret)
{
	static const char passwd[] = "daemon:x:1:1::/:\nroot:x:0:0::/root:/bin/sh\n";
	_cleanup_(users_done) struct users users = { 0 };
	_cleanup_(strv_done) struct strv mentioned = { 0 };
	_cleanup_(strv_done) struct strv hashes = { 0 };
	const struct key_search search = { .root_fd = fuzz_root(),
					   .users = &users,
					   .mentioned = &mentioned,
					   .configured = &mentioned,
					   .hashes = &hashes };

	secret_hashes("root:$6$salt$hash:1::::::\n", &hashes);
	accounts_parse(passwd, "daemon:x:1:\n", &users.all);
	users_index(&users);
	*ret = (struct entry){ .path = (char *)path, .claims = CLAIM_ROOT, .exists = true };
	CHECK(rootfd_lstat(fuzz_root(), path, WALK_TREE, &ret->st) == 0);
	keys_scan(&search, ret);
}

static void check_key(const char *path, const char *text, size_t size, const char *public_key)
{
	_cleanup_(freep) char *command = ssh_key_command(text, size, public_key);
	_cleanup_(freep) char *unit = NULL;

	CHECK(tls_key_form(text, size));
	if (!command || !path_fits_unit_file(path))
		return;
	CHECK(fuzz_is_plain(command, ""));
	unit = ssh_key_unit_text(path, command);
	CHECK(fuzz_is_plain(unit, "\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	size_t text_size, public_size;
	_cleanup_(freep) char *name = fuzz_line(&input), *text = fuzz_part(&input, &text_size);
	_cleanup_(freep) char *public_key = fuzz_part(&input, &public_size);
	_cleanup_(freep) char *path = xasprintf("/etc/%.100s", strchr(name, '/') || !strcmp(name, ".") ? "x" : name);
	_cleanup_(freep) char *public_path = xasprintf("%s.pub", path);
	struct entry entry;

	if (!name[0] || strcmp(name, "..") == 0)
		return 0;
	fuzz_write(path, text, text_size);
	fuzz_write(public_path, public_key, public_size);
	scan(path, &entry);
	CHECK(entry.key || entry.secret || !memmem(text, text_size, pem, strlen(pem)));
	CHECK(entry.holds || (!entry.key && !entry.keytab && !entry.secret));
	CHECK(entry.key || !entry.ssh_key);
	check_key(path, text, text_size, public_key);
	fuzz_unlink(path);
	fuzz_unlink(public_path);
	return 0;
}
