/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See ssh-key.h. */
#include "contents/ssh-key.h"

#include <string.h>

#define KEYGEN "/usr/bin/ssh-keygen"

const char *ssh_key_type(const char *public_key)
{
	static const struct {
		const char *word, *type; /* RFC 4253, 5656 and 8709: how the public half begins */
	} types[] = {
		{ "ssh-rsa ", "rsa" },
		{ "ecdsa-sha2-", "ecdsa" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (skip_prefix(public_key, types[i].word))
			return types[i].type;
	return "ed25519";
}

bool ssh_key_path_usable(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.+@-";

	return !path[strspn(path, plain)];
}

/* As early as can be, so that no service, and no unit of a package that makes keys too, comes before it. */
char *ssh_key_unit_text(const char *path, const char *type)
{
	return xasprintf("# Made by virt-sandbox-service: the host's key is not the container's.\n"
			 "[Unit]\n"
			 "Description=Make host key %s\n"
			 "DefaultDependencies=no\n"
			 "ConditionPathExists=!%s\n"
			 "ConditionFileIsExecutable=" KEYGEN "\n"
			 "Conflicts=shutdown.target\n"
			 "Before=sysinit.target shutdown.target\n"
			 "\n"
			 "[Service]\n"
			 "Type=oneshot\n"
			 "ExecStart=" KEYGEN " -q -t %s -N \"\" -f %s\n",
			 path, path, type, path);
}
