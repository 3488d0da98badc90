/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TLS key that a service's configuration names, outside of the service's own places, stays on the host. Where its
 * certificate is one that nobody signed but itself, nothing is lost: the container makes another key, and the
 * certificate anew with it, at its first start, inside. All by openssl(1), from whose output this reads. PURE. */
#pragma once

#include "base/util.h"

#define OPENSSL "/usr/bin/openssl"

/* 'key' is what 'openssl pkey -pubout -text_pub' prints, 'certificate' what 'openssl x509 -noout -issuer -subject
 * -pubkey' does. Whether it is the key's certificate, and signed by it. */
bool tls_is_pair(const char *key, const char *certificate);

/* How 'openssl genpkey' is told to make a key like this one; NULL for kinds that are not known. Caller frees. */
char *tls_key_options(const char *key);

/* The text of a unit that makes the key and the certificate unless the key, an empty file at first, has been made. It
 * is done before the units 'before', names with blanks between. Caller frees. */
char *tls_key_unit_text(const char *key, const char *certificate, const char *options, const char *before);
