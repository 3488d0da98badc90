/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks into files that are no package's unchanged own: for private keys, and for the users that they name. */
#pragma once

struct entry;
struct survey;
struct survey_request;

/* For a file below '/etc' sets entry->key, entry->ssh_key and entry->key_type, adds the paths in it to
 * request->mentioned, and marks users in request->users for a root's. Below '/var' only the roots' own content is
 * copied, and that with its keys. What cannot be read is taken for a key. */
void sniff_entry(const struct survey_request *request, struct entry *entry);

/* Sets entry->ssh_key for the public halves and certificates of the host's keys. */
void sniff_companions(struct survey *survey);
