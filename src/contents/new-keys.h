/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that a container makes itself at its first start, because the host's stay on the host. A key by which SSH's
 * users know the host is made anew, of the same type. A TLS key that a service's configuration names, and that lies
 * outside of the service's own directories, is made anew if its certificate is signed by nothing but the key itself,
 * for then nothing is lost; the certificate is made with it. Both are done by units inside, with ssh-keygen(1) and
 * openssl(1). Pure: texts in, texts out, which the caller frees. */
#pragma once

#include "base/util.h"

#define OPENSSL "/usr/bin/openssl"

/* What ssh-keygen(1) calls the type of the key whose public half has this text; "ed25519" for what is not known.
 * Constant. */
const char *ssh_key_type(const char *public_key);

/* Whether a unit can name the path: it has no character that systemd would take for something else. */
bool new_key_path_usable(const char *path);

/* The text of a unit that makes the SSH key unless it is there. */
char *ssh_key_unit_text(const char *path, const char *type);

/* Whether it is the key's certificate, and signed by that key. 'key' is what 'openssl pkey -pubout -text_pub' prints,
 * 'certificate' what 'openssl x509 -noout -issuer -subject -pubkey' does. */
bool tls_is_pair(const char *key, const char *certificate);

/* The options of 'openssl genpkey' that make a key like this one; NULL for kinds that are not known. */
char *tls_key_options(const char *key);

/* The text of a unit that makes the key and the certificate unless it has done so, that is, while the file of the key
 * is empty. It is done before the units in 'before', names with blanks between. */
char *tls_key_unit_text(const char *key, const char *certificate, const char *options, const char *before);
