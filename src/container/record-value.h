/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which values are valid in a record or for an option; the text may come from anybody. Pure. Only value_is_type()
 * expects "": all other callers have refused it before. */
#pragma once

#include <stdbool.h>

#define VALUE_PATH_MAX 1023 /* bytes */

bool value_is_uuid(const char *text);
bool value_is_mac(const char *text);
bool value_is_path(const char *text);  /* absolute, normalised */
bool value_is_local(const char *text); /* the same, below '/usr/local' */
bool value_is_unit(const char *text);  /* a full name, not a template, of a type that a container can have */
bool value_is_package(const char *text);
bool value_is_manager(const char *text);
bool value_is_level(const char *text);	 /* mcs.h */
bool value_is_context(const char *text); /* user:role:type:level */
bool value_is_type(const char *text);	 /* SELinux's */
bool value_is_hostname(const char *text);
bool value_is_description(const char *text);
bool value_is_address(const char *text);   /* IPv4 */
bool value_is_network(const char *text);   /* libvirt's */
bool value_is_interface(const char *text); /* of the host */
bool value_is_base(const char *text);	   /* of a range of ids */
bool value_is_count(const char *text);	   /* of a range of ids */
