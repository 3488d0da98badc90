/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that a container makes itself at its first start, because the host's stay on the host. An SSH host key is
 * replaced by one of the same type. A TLS key that a service's configuration names, and that lies outside the service's
 * own directories, is replaced if its certificate is signed only by the key itself, since nobody trusts such a
 * certificate for its signature; the certificate is replaced, too. Units inside make both, with ssh-keygen(1) and
 * openssl(1). Pure: functions take texts, and return texts that the caller frees. */
#pragma once

#include "base/util.h"

#define OPENSSL "/usr/bin/openssl"

/* ssh-keygen(1)'s name for the type of the key with this public half; "ed25519" if the type is not known. Constant. */
const char *ssh_key_type(const char *public_key);

/* Whether a unit file can name the path, because it has no character with a special meaning for systemd. */
bool new_key_path_usable(const char *path);

/* The text of a unit that makes the SSH key unless it exists. */
char *ssh_key_unit_text(const char *path, const char *type);

/* Whether the certificate is the key's, and signed by that key. 'key' is the output of 'openssl pkey -pubout
 * -text_pub', 'certificate' that of 'openssl x509 -noout -issuer -subject -pubkey'. */
bool tls_is_pair(const char *key, const char *certificate);

/* The options of 'openssl genpkey' for a key like this one; NULL if its type is not known. */
char *tls_key_options(const char *key);

/* The text of a unit that makes the key and the certificate if the key's file is still empty. It runs before the units
 * in 'before', whose names are separated by blanks. */
char *tls_key_unit_text(const char *key, const char *certificate, const char *options, const char *before);
