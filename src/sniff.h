/* Looks into files that are no package's unchanged own: for private keys, and for the users that they name. */
#pragma once

struct entry;
struct survey_request;

/* Sets entry->key and entry->ssh_key, and marks users in request->users. What cannot be read is taken for a key. */
void sniff_entry(const struct survey_request *request, struct entry *entry);
