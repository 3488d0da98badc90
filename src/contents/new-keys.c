/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that a container makes itself at its first start, because the host's stay on the host: their types, and the
 * units that make them. Reads the output of ssh-keygen(1) and openssl(1). Changes nothing. */
#include "contents/new-keys.h"

#include <string.h>

#define KEYGEN "/usr/bin/ssh-keygen"

const char *ssh_key_type(const char *public_key)
{
	static const struct {
		const char *word, *type; /* RFC 4253, 5656 and 8709: the first word of the public half */
	} types[] = {
		{ "ssh-rsa ", "rsa" },
		{ "ecdsa-sha2-", "ecdsa" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (skip_prefix(public_key, types[i].word))
			return types[i].type;
	return "ed25519";
}

bool new_key_path_usable(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.+@-";

	return !path[strspn(path, plain)];
}

/* Runs as early as possible, before any service and before any unit of a package that makes keys. */
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

/* The PEM block of the public key, whole, or NULL. */
static char *public_key(const char *text)
{
	static const char last[] = "-----END PUBLIC KEY-----";
	const char *begin = strstr(text, "-----BEGIN PUBLIC KEY-----");
	const char *end = begin ? strstr(begin, last) : NULL;

	return end ? xstrndup(begin, (size_t)(end - begin) + strlen(last)) : NULL;
}

/* The text after 'name' in the first line that begins with it, up to one of 'ends' or the end of the text; or NULL. */
static char *value_of(const char *text, const char *name, const char *ends)
{
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *value = skip_prefix(line, name);

		if (value)
			return xstrndup(value, strcspn(value, ends));
	}
	return NULL;
}

bool tls_is_pair(const char *key, const char *certificate)
{
	_cleanup_(freep) char *issuer = value_of(certificate, "issuer=", "\n");
	_cleanup_(freep) char *subject = value_of(certificate, "subject=", "\n");
	_cleanup_(freep) char *of_key = public_key(key);
	_cleanup_(freep) char *of_certificate = public_key(certificate);

	return issuer && subject && of_key && of_certificate && strcmp(issuer, subject) == 0 &&
	       strcmp(of_key, of_certificate) == 0;
}

static bool is_word(const char *s)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return s && *s && !s[strspn(s, word)];
}

char *tls_key_options(const char *key)
{
	const char *size = strstr(key, "Public-Key: ("); /* 'RSA Public-Key' in older releases */
	_cleanup_(freep) char *bits = size ? value_of(size, "Public-Key: (", " ") : NULL;
	_cleanup_(freep) char *curve = value_of(key, "ASN1 OID: ", "\n");

	if (is_word(curve))
		return xasprintf("-algorithm EC -pkeyopt ec_paramgen_curve:%s", curve);
	if (is_word(bits) && strstr(key, "\nModulus:"))
		return xasprintf("-algorithm RSA -pkeyopt rsa_keygen_bits:%s", bits);
	return strstr(key, "\nED25519 Public-Key:") ? xstrdup("-algorithm ED25519") : NULL;
}

/* The key is copied last, into the empty file, which keeps its owner and mode. The certificate's validity begins
 * now. */
char *tls_key_unit_text(const char *key, const char *certificate, const char *options, const char *before)
{
	return xasprintf("# Made by virt-sandbox-service: the host's key is not the container's.\n"
			 "[Unit]\n"
			 "Description=Make key %1$s\n"
			 "DefaultDependencies=no\n"
			 "ConditionFileNotEmpty=!%1$s\n"
			 "ConditionFileIsExecutable=" OPENSSL "\n"
			 "Conflicts=shutdown.target\n"
			 "Before=shutdown.target %4$s\n"
			 "\n"
			 "[Service]\n"
			 "Type=oneshot\n"
			 "RuntimeDirectory=%%N\n"
			 "UMask=077\n"
			 "ExecStart=" OPENSSL " genpkey -quiet %3$s -out /run/%%N/key\n"
			 "ExecStart=" OPENSSL
			 " x509 -in %2$s -signkey /run/%%N/key -days 3650 -out /run/%%N/certificate\n"
			 "ExecStart=/bin/cp --no-preserve=all /run/%%N/certificate %2$s\n"
			 "ExecStart=/bin/cp --no-preserve=all /run/%%N/key %1$s\n",
			 key, certificate, options, before);
}
