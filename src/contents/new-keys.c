/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that a container makes itself at its first start, because the host's stay on the host: their types, and the
 * units that make them. Reads the output of ssh-keygen(1) and openssl(1). Changes nothing. */
#include "contents/new-keys.h"

#include <string.h>

#define SSH_KEYGEN "/usr/bin/ssh-keygen -q -N \"\""
#define DROPBEARKEY "/usr/bin/dropbearkey"

/* The forms of private keys that SSH servers have, by the first bytes of the file, and what makes one. Not every server
 * reads every form. */
static const struct {
	const char *head;
	size_t len;
	const char *command, *size; /* the option for the size of a key */
	const char *type;	    /* the first word of the public half, if the form tells the type */
} ssh_forms[] = {
#define HEAD(text) text, sizeof(text) - 1
	{ HEAD("-----BEGIN OPENSSH PRIVATE KEY-----"), SSH_KEYGEN, "-b", NULL },
	{ HEAD("-----BEGIN RSA PRIVATE KEY-----"), SSH_KEYGEN " -m PEM", "-b", "ssh-rsa" },
	{ HEAD("-----BEGIN EC PRIVATE KEY-----"), SSH_KEYGEN " -m PEM", "-b", "ecdsa-sha2-nistp256" },
	{ HEAD("-----BEGIN PRIVATE KEY-----"), SSH_KEYGEN " -m PKCS8", "-b", NULL },
	{ HEAD("\0\0\0\007ssh-rsa"), DROPBEARKEY, "-s", "ssh-rsa" },
	{ HEAD("\0\0\0\013ssh-ed25519"), DROPBEARKEY, "-s", "ssh-ed25519" },
	{ HEAD("\0\0\0\023ecdsa-sha2-nistp256"), DROPBEARKEY, "-s", "ecdsa-sha2-nistp256" },
	{ HEAD("\0\0\0\023ecdsa-sha2-nistp384"), DROPBEARKEY, "-s", "ecdsa-sha2-nistp384" },
	{ HEAD("\0\0\0\023ecdsa-sha2-nistp521"), DROPBEARKEY, "-s", "ecdsa-sha2-nistp521" },
#undef HEAD
};

/* The first word of the public half, RFC 4253, 5656 and 8709. DSA is missing, because hardly anything still makes or
 * accepts such keys. */
static const struct {
	const char *word, *type, *size;
} ssh_types[] = {
	{ "ssh-rsa", "rsa", NULL },
	{ "ssh-ed25519", "ed25519", NULL },
	{ "ecdsa-sha2-nistp256", "ecdsa", "256" },
	{ "ecdsa-sha2-nistp384", "ecdsa", "384" },
	{ "ecdsa-sha2-nistp521", "ecdsa", "521" },
};

/* The public half's first word, or NULL if there is none. Caller frees. */
static char *word_of(const char *public_key)
{
	size_t len = strcspn(public_key, " \t\r\n");

	return len ? xstrndup(public_key, len) : NULL;
}

char *ssh_key_command(const char *head, size_t len, const char *public_key)
{
	_cleanup_(freep) char *word = word_of(public_key);

	for (size_t f = 0; f < ARRAY_SIZE(ssh_forms); f++) {
		const char *of_form = ssh_forms[f].type, *type = word ? word : of_form ? of_form : "ssh-ed25519";

		if (len < ssh_forms[f].len || memcmp(head, ssh_forms[f].head, ssh_forms[f].len) != 0)
			continue;
		for (size_t t = 0; t < ARRAY_SIZE(ssh_types); t++) {
			const char *size = ssh_types[t].size;

			if (strcmp(type, ssh_types[t].word) == 0)
				return size ? xasprintf("%s -t %s %s %s", ssh_forms[f].command, ssh_types[t].type,
							ssh_forms[f].size, size)
					    : xasprintf("%s -t %s", ssh_forms[f].command, ssh_types[t].type);
		}
	}
	return NULL;
}

bool path_fits_unit_file(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.+@-";

	return !path[strspn(path, plain)];
}

/* Runs as early as possible, before any service and before any unit of a package that makes keys. */
char *ssh_key_unit_text(const char *path, const char *command)
{
	int program = (int)strcspn(command, " ");

	return xasprintf("# Made by virt-sandbox-service: the host's key is not the container's.\n"
			 "[Unit]\n"
			 "Description=Make host key %s\n"
			 "DefaultDependencies=no\n"
			 "ConditionPathExists=!%s\n"
			 "ConditionFileIsExecutable=%.*s\n"
			 "Conflicts=shutdown.target\n"
			 "Before=sysinit.target shutdown.target\n"
			 "\n"
			 "[Service]\n"
			 "Type=oneshot\n"
			 "ExecStart=%s -f %s\n",
			 path, path, program, command, command, path);
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

/* Whether these are the first bytes of PKCS #8 in DER, which has an algorithm after the version; PKCS #1 and SEC 1 have
 * the key there. */
static bool is_pkcs8_der(const unsigned char *head, size_t len)
{
	static const unsigned char version_and_sequence[] = { 0x02, 0x01, 0x00, 0x30 };
	size_t at = len > 1 && head[1] > 0x80 ? 2 + (head[1] & 0x7fU) : 2;

	return at + sizeof(version_and_sequence) <= len &&
	       memcmp(head + at, version_and_sequence, sizeof(version_and_sequence)) == 0;
}

const char *tls_key_form(const char *head, size_t len)
{
	if (tls_is_der(head, len))
		return is_pkcs8_der((const unsigned char *)head, len) ? " -outform DER" : " -traditional -outform DER";
	return memmem(head, len, "-----BEGIN RSA ", 15) || memmem(head, len, "-----BEGIN EC ", 14) ? " -traditional"
												   : "";
}

bool tls_is_der(const char *head, size_t len)
{
	bool is_short = len > 2 && !(head[1] & 0x80);

	return len > 2 && head[0] == 0x30 && (!is_short || head[2] == 0x02 || head[2] == 0x30);
}

/* The key is copied last, into the empty file, which keeps its owner and mode. The certificate's validity begins
 * now. */
char *tls_key_unit_text(const struct tls_pair *pair, const char *before)
{
	return xasprintf("# Made by virt-sandbox-service: the host's key is not the container's.\n"
			 "[Unit]\n"
			 "Description=Make key %1$s\n"
			 "DefaultDependencies=no\n"
			 "ConditionFileNotEmpty=!%1$s\n"
			 "ConditionFileIsExecutable=" OPENSSL "\n"
			 "Conflicts=shutdown.target\n"
			 "Before=shutdown.target %2$s\n"
			 "\n"
			 "[Service]\n"
			 "Type=oneshot\n"
			 "RuntimeDirectory=%%N\n"
			 "UMask=077\n"
			 "ExecStart=" OPENSSL " genpkey -quiet %3$s -out /run/%%N/key\n"
			 "ExecStart=" OPENSSL
			 " x509 -in %4$s -signkey /run/%%N/key -days 3650%5$s -out /run/%%N/certificate\n"
			 "ExecStart=" OPENSSL " pkey -in /run/%%N/key%6$s -out /run/%%N/key-in-form\n"
			 "ExecStart=/bin/cp --no-preserve=all /run/%%N/certificate %4$s\n"
			 "ExecStart=/bin/cp --no-preserve=all /run/%%N/key-in-form %1$s\n",
			 pair->key, before, pair->options, pair->certificate, pair->certificate_form, pair->form);
}

char *key_of_unit(const char *text, bool *ret_tls)
{
	char *path = value_of(text, "ConditionFileNotEmpty=!", "\n");

	*ret_tls = path != NULL;
	return path ? path : value_of(text, "ConditionPathExists=!", "\n");
}
