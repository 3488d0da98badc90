/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limits, as one table: the option and the record's key for each, its range, and how it is read and written. */
#include "container/limit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (MIB * KIB)
#define TIB (GIB * KIB)
#define THOUSAND 1000

static const struct {
	const char *suffix;
	uint64_t bytes;
} sizes[] = {
	{ "T", TIB }, { "G", GIB }, { "M", MIB }, { "K", KIB }, { "", 1 },
};

int size_parse(const char *text, uint64_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_(freep) char *digits = NULL;
		uint64_t number;

		if (!has_suffix(text, sizes[i].suffix))
			continue;
		digits = xstrndup(text, strlen(text) - strlen(sizes[i].suffix));
		if (parse_u64(digits, INT64_MAX / sizes[i].bytes, &number) < 0 || number * sizes[i].bytes % KIB != 0)
			return -EINVAL;
		*ret = number * sizes[i].bytes;
		return 0;
	}
	return -EINVAL;
}

char *size_format(uint64_t value)
{
	size_t i = 0;

	while (value % sizes[i].bytes != 0)
		i++;
	return xasprintf("%" PRIu64 "%s", value / sizes[i].bytes, sizes[i].suffix);
}

char *size_round(uint64_t bytes)
{
	size_t i = 0;

	while (sizes[i].bytes > 1 && bytes < sizes[i].bytes)
		i++;
	return sizes[i].bytes == 1 ? xasprintf("%" PRIu64 "B", bytes)
				   : xasprintf("%.1f%s", (double)bytes / (double)sizes[i].bytes, sizes[i].suffix);
}

static int parse_count(const char *text, uint64_t *ret)
{
	return parse_u64(text, UINT32_MAX, ret);
}

static char *format_count(uint64_t value)
{
	return xasprintf("%" PRIu64, value);
}

/* '2', '1.5', '0.125' */
static int parse_thousandths(const char *text, uint64_t *ret)
{
	const char *point = strchr(text, '.');
	_cleanup_(freep) char *whole = xstrndup(text, strcspn(text, "."));
	_cleanup_(freep) char *part = point ? xasprintf("%s00", point + 1) : xstrdup("000");
	uint64_t units, thousandths;

	if (point && (point[1] == '\0' || strlen(point + 1) > 3))
		return -EINVAL;
	part[3] = '\0';
	if (parse_u64(whole, UINT32_MAX, &units) < 0 || parse_u64(part, THOUSAND - 1, &thousandths) < 0)
		return -EINVAL;
	*ret = units * THOUSAND + thousandths;
	return 0;
}

static char *format_thousandths(uint64_t value)
{
	char *text = xasprintf("%" PRIu64 ".%03" PRIu64, value / THOUSAND, value % THOUSAND);
	size_t n = strlen(text);

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	return text;
}

/* The minimum is what systemd with one service needs, so that a typing error does not make a container that cannot
 * start; the maximum is what the kernel or systemd accepts. */
static const struct {
	const char *option, *key, *must;
	uint64_t least, most;
	int (*parse)(const char *text, uint64_t *ret);
	char *(*format)(uint64_t value);
} table[] = {
	[LIMIT_MEMORY] = { "memory", "Memory", "a size of at least 32M, such as 512M or 2G", 32 * MIB, 1024 * TIB,
			   size_parse, size_format },
	[LIMIT_CPUS] = { "cpus", "CPUs", "a number of processors from 0.01 to 8192, such as 2 or 1.5", 10,
			 UINT64_C(8192) * THOUSAND, parse_thousandths, format_thousandths },
	[LIMIT_TASKS] = { "tasks", "Tasks", "a number from 32 to 4194304", 32, 4194304, parse_count, format_count },
	[LIMIT_IO_WEIGHT] = { "io-weight", "IOWeight", "a number from 1 to 10000", 1, 10000, parse_count,
			      format_count },
	[LIMIT_DISK] = { "disk", "Disk", "a size of at least 32M, such as 512M or 20G", 32 * MIB, 1024 * TIB,
			 size_parse, size_format },
};

enum limit limit_of_option(const char *option)
{
	enum limit l = 0;

	while (l < LIMITS && strcmp(table[l].option, option) != 0)
		l++;
	return l;
}

enum limit limit_of_key(const char *key)
{
	enum limit l = 0;

	while (l < LIMITS && strcmp(table[l].key, key) != 0)
		l++;
	return l;
}

const char *limit_must(enum limit limit)
{
	return table[limit].must;
}

int limit_parse(enum limit limit, const char *text, uint64_t *ret)
{
	uint64_t value;

	if (strcmp(text, "infinity") == 0)
		return *ret = 0;
	if (table[limit].parse(text, &value) < 0 || value < table[limit].least || value > table[limit].most)
		return -EINVAL;
	*ret = value;
	return 0;
}

char *limit_format(enum limit limit, uint64_t value)
{
	return value ? table[limit].format(value) : xstrdup("");
}
