/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms in which files hold secrets: tables in secret-forms.c, with the source of each form. Pure: bytes in, the
 * name of a form out. Nothing of a secret is kept. */
#pragma once

#include "base/strv.h"

/* From bad to worse. */
enum secret_sort {
	SECRET_KEY,	/* a private key, or a store of keys or passwords */
	SECRET_SSH_KEY, /* a private key in a form that SSH servers use */
	SECRET_KEYTAB,	/* a Kerberos keytab: keys that identify the host or one of its services */
	SECRET_HASH,	/* the hash of a password of the host */
};

struct secret_form {
	const char *name; /* as 'create --dry-run --json' has it; documented in virt-sandbox-service(8), JSON */
	enum secret_sort sort;
};

/* A part of a file. */
struct secret_text {
	const char *data; /* followed by a NUL, which 'len' does not count */
	size_t len;	  /* bytes, at most SECRET_TEXT_MAX */
	bool first;	  /* the file begins with them */
	bool whole;	  /* they are the whole file */
	bool closed;	  /* not all users of the host can read the file */
};
#define SECRET_TEXT_MAX ((size_t)1024 * 1024)

/* Bytes by which consecutive parts of a file must overlap, so that no form is cut in two. */
#define SECRET_OVERLAP ((size_t)16 * 1024)

/* The form of a secret in the text, which may be in UTF-16, UTF-32 or base64; or NULL. Constant. 'hashes' are those
 * that secret_hashes() found, sorted. */
const struct secret_form *secret_find(const struct secret_text *text, const struct strv *hashes);

/* Whether an option outside of comments is a password, as modules in pam.d(5) take it: 'passwd=x'. */
bool secret_has_option(const char *text);

/* The form with that name, or NULL. Constant. */
const struct secret_form *secret_form_named(const char *name);

/* Adds the hashes, see crypt(5), in the text of a password file. */
void secret_hashes(const char *text, struct strv *ret);
