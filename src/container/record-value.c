/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which values are valid in a record or for an option, as functions of their text. */
#include "container/record-value.h"

#include <ctype.h>
#include <string.h>

#include "selinux/mcs.h"
#include "base/ipv4.h"
#include "base/util.h"
#include "unit/unit-name.h"
#include "base/text.h"

#define TEXT_LENGTH 255
#define ID_RANGE 65536
#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Whether 's' matches the pattern, in which 'x' is a hexadecimal digit. */
static bool matches_hex(const char *s, const char *pattern)
{
	for (; *pattern; s++, pattern++)
		if (*pattern == 'x' ? !isxdigit((unsigned char)*s) : *s != *pattern)
			return false;
	return !*s;
}

bool value_is_uuid(const char *s)
{
	return matches_hex(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

bool value_is_mac(const char *s)
{
	/* An odd second digit makes it a multicast address, which an interface cannot have; nor can all digits be
	 * zero. */
	return matches_hex(s, "xx:xx:xx:xx:xx:xx") && strchr("02468aceACE", s[1]) &&
	       strcmp(s, "00:00:00:00:00:00") != 0;
}

/* Whether a line of a record preserves the text, which is not true of outer spaces and of a backslash at the end. */
static bool is_kept(const char *s)
{
	return utf8_is_plain(s) && *s != ' ' && !has_suffix(s, " ") && !has_suffix(s, "\\");
}

/* Absolute and in normal form, so that paths can be compared as text. */
bool value_is_path(const char *s)
{
	if (strlen(s) > VALUE_PATH_MAX || !is_kept(s))
		return false;
	do {
		size_t n;

		if (*s != '/')
			return false;
		n = strcspn(++s, "/");
		if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		s += n;
	} while (*s);
	return true;
}

bool value_is_local(const char *s)
{
	return value_is_path(s) && skip_prefix(s, "/usr/local/");
}

bool value_is_unit(const char *s)
{
	const char *section;

	return (unit_name_kind(s) & (UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE)) && unit_type_runs(s, &section);
}

bool value_is_package(const char *s)
{
	return strchr(ALPHANUMERIC, *s) && strlen(s) <= TEXT_LENGTH && strspn(s, ALPHANUMERIC "+._:~^-") == strlen(s);
}

bool value_is_manager(const char *s)
{
	return strlen(s) <= 16 && strspn(s, "abcdefghijklmnopqrstuvwxyz") == strlen(s);
}

bool value_is_description(const char *s)
{
	return strlen(s) <= TEXT_LENGTH && is_kept(s);
}

bool value_is_address(const char *s)
{
	uint32_t address;

	return ipv4_parse(s, &address) == 0;
}

bool value_is_level(const char *s)
{
	_cleanup_(freep) char *message = NULL;
	struct mcs_level level;

	return mcs_parse(s, &level, &message) == 0;
}

/* user:role:type:level. The policy decides which of these exist. */
bool value_is_context(const char *s)
{
	size_t colons = 0;

	if (strlen(s) > TEXT_LENGTH + MCS_LENGTH || strspn(s, ALPHANUMERIC "_.,:-") != strlen(s))
		return false;
	for (size_t i = 0; s[i]; i++)
		colons += s[i] == ':';
	return colons >= 3;
}

bool value_is_type(const char *s)
{
	return *s && strlen(s) <= TEXT_LENGTH && strspn(s, ALPHANUMERIC "_.-") == strlen(s);
}

/* As in hostname(7), but '_' is allowed beside other characters, because a container's name may contain it. */
bool value_is_hostname(const char *s)
{
	size_t n = strlen(s), label = 0;

	if (n == 0 || n > 64 || strspn(s, ALPHANUMERIC "_.-") != n || s[n - 1] == '.')
		return false;
	for (; *s; s += label + (s[label] == '.')) {
		label = strcspn(s, ".");
		if (label == 0 || label > 63 || s[0] == '-' || s[label - 1] == '-' || strspn(s, "_-") >= label)
			return false;
	}
	return true;
}

bool value_is_network(const char *s)
{
	return strlen(s) <= TEXT_LENGTH && is_kept(s) && !strpbrk(s, "/\\ ");
}

bool value_is_interface(const char *s)
{
	/* IFNAMSIZ includes the NUL; '.' and '..' would be directories of sysfs */
	return strlen(s) < 16 && strspn(s, ALPHANUMERIC "._-") == strlen(s) && *s != '.' && *s != '-';
}

bool value_is_base(const char *s)
{
	uint64_t base;

	return parse_u64(s, UINT32_MAX - 2 * (uint64_t)ID_RANGE + 1, &base) == 0 && base >= ID_RANGE &&
	       base % ID_RANGE == 0;
}

bool value_is_count(const char *s)
{
	uint64_t count;

	return parse_u64(s, ID_RANGE, &count) == 0 && count == ID_RANGE;
}
