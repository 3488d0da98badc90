/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that a container makes itself at its first start, because the host's stay on the host. An SSH host key is
 * replaced by one of the same type. A TLS key that a service's configuration names, and that lies outside the service's
 * own directories, is replaced if its certificate is signed only by the key itself, since nobody trusts such a
 * certificate for its signature; the certificate is replaced, too. Units inside make both, with ssh-keygen(1) and
 * openssl(1). Pure: functions take texts, and return texts that the caller frees. */
#pragma once

#include "base/util.h"

#define OPENSSL "/usr/bin/openssl"

/* The command that makes an SSH key of the same form and type, without '-f FILE'. 'head' is the beginning of the key's
 * file, and 'public_key' the text of its public half, or "". NULL if none is known. Caller frees. */
char *ssh_key_command(const char *head, size_t len, const char *public_key);

/* Whether a unit file can name the path, because it has no character with a special meaning for systemd. */
bool path_fits_unit_file(const char *path);

/* The text of a unit that makes the SSH key, with a command from ssh_key_command(), unless it exists. */
char *ssh_key_unit_text(const char *path, const char *command);

/* Whether the certificate is the key's, and signed by that key. 'key' is the output of 'openssl pkey -pubout
 * -text_pub', 'certificate' that of 'openssl x509 -noout -issuer -subject -pubkey'. */
bool tls_is_pair(const char *key, const char *certificate);

/* The options of 'openssl genpkey' for a key like this one; NULL if its type is not known. */
char *tls_key_options(const char *key);

/* The options with which 'openssl pkey' writes a key in the same form as the file that begins with 'head': PEM or DER,
 * PKCS #8 or the form of its algorithm. Each option begins with a blank. Constant. */
const char *tls_key_form(const char *head, size_t len);

/* Whether a key or certificate that begins with 'head' is in DER. */
bool tls_is_der(const char *head, size_t len);

/* A key and its certificate, which the container makes anew. */
struct tls_pair {
	const char *key, *certificate;	     /* paths */
	const char *options;		     /* tls_key_options() */
	const char *form, *certificate_form; /* tls_key_form(), and ' -outform DER' or "" */
};

/* The names of these units inside, as a pattern and as a format for a number; and the usual name of an SSH host key. */
#define KEY_UNIT_PATTERN "virt-sandbox-key-*.service"
#define KEY_UNIT_FORMAT "virt-sandbox-key-%u.service"
#define SSH_HOST_KEY_PATTERN "ssh_host_*_key"

/* The path of the key that a unit makes, from the text of that unit, and whether it is a TLS key, whose file is there
 * even while it is empty. Trusts nothing: NULL if there is none, and any text if there is. Caller frees. */
char *key_of_unit(const char *text, bool *ret_tls);

/* The text of a unit that makes the key and the certificate if the key's file is still empty. It runs before the units
 * in 'before', whose names are separated by blanks. */
char *tls_key_unit_text(const struct tls_pair *pair, const char *before);
