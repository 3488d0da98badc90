/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container as text, in the form of unit files (virt-sandbox-service.sandbox(5)). An unknown key is
 * refused, and so is a newer format. Pure. */
#pragma once

#include "container/record.h"

#define RECORD_FORMAT 1
#define RECORD_TEXT_MAX ((size_t)1024 * 1024) /* bytes; no record is longer */

/* The word for it, in the record and for people; constant. */
const char *record_state_name(enum record_state state);

/* The text of a record, without what is not set. Caller frees. */
char *record_format(const struct record *record);

/* A copy of a record of ours, for record_done(). */
void record_copy(const struct record *from, struct record *ret);

/* Trusts nothing: returns -EINVAL, with a sentence in *ret_message (caller frees), for anything but a record of
 * container 'name' in a format that we know. Or 0, with *ret for record_done(). */
int record_parse(const char *name, const char *text, size_t len, struct record *ret, char **ret_message);

/* The same for a record of ours that was kept: the container may have had another name then. *ret_message may stay
 * NULL. */
int record_parse_any(const char *text, size_t len, struct record *ret, char **ret_message);
