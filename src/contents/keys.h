/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private keys that the service's files name, and that stay on the host. */
#pragma once

struct survey;
struct survey_request;

/* Sets tls_options and certificate of those that the container can make anew, with entries for those that had none; the
 * others are listed in lost_keys. 'survey' is sorted, before and after. 0 or -errno after a message. */
int survey_keys(const struct survey_request *request, struct survey *survey);
