/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binary forms of private keys, each of which needs a parser. These look at the beginning of a file, and read no byte
 * beyond 'len', whatever lengths the file claims. If the data end too early to tell, it counts as a key. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* DER, or the indefinite lengths of BER (X.690): PKCS #1 (RFC 8017) and SEC 1 (RFC 5915), PKCS #8 plain (RFC 5958) and
 * encrypted (RFC 5958 with a scheme of RFC 8018 or RFC 7292), PKCS #12 (RFC 7292) if it has a bag of keys; also after
 * other elements, such as certificates. */
bool secret_is_der(const char *data, size_t len);

/* The stores of Java, JKS and JCEKS (OpenJDK: JavaKeyStore.java, JceKeyStore.java), if one entry is not a trusted
 * certificate. */
bool secret_is_java_store(const char *data, size_t len);

/* Packets of OpenPGP (RFC 9580, sections 4.2 and 5.5) among which is a secret key or subkey. */
bool secret_is_openpgp(const char *data, size_t len);

/* A Kerberos keytab (MIT Kerberos, 'keytab file format', versions 1 and 2) that can have an entry. */
bool secret_is_keytab(const char *data, size_t len);

/* The form in which some SSH servers keep their keys: that of the protocol (RFC 4253, 6.6), with the private numbers
 * after the public ones. A public key begins in the same way, but is not kept in files in this form. */
bool secret_is_bare_ssh(const char *data, size_t len);
