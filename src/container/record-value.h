/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the values of a record and of options may be: text that anybody could have written. Pure. None but
 * value_is_type() expects "": callers refuse it first. */
#pragma once

#include <stdbool.h>

#define VALUE_PATH_MAX 1023 /* bytes */

bool value_is_uuid(const char *text);
bool value_is_mac(const char *text);
bool value_is_path(const char *text);	 /* absolute, normalised */
bool value_is_service(const char *text); /* full, not a template */
bool value_is_package(const char *text);
bool value_is_manager(const char *text);
bool value_is_level(const char *text);	 /* mcs.h */
bool value_is_context(const char *text); /* user:role:type:level */
bool value_is_type(const char *text);	 /* SELinux's */
bool value_is_hostname(const char *text);
bool value_is_network(const char *text);   /* libvirt's */
bool value_is_interface(const char *text); /* of the host */
bool value_is_base(const char *text);	   /* of a range of ids */
bool value_is_count(const char *text);	   /* of a range of ids */
