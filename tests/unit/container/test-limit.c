/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits: values of options and records. */
#include "lib/tap.h"

#include <errno.h>

#include "container/limit.h"

static const struct {
	enum limit limit;
	const char *text;
	uint64_t value;	    /* 0 without 'normal': refused */
	const char *normal; /* how it is written */
} cases[] = {
	{ LIMIT_MEMORY, "512M", 536870912, "512M" },
	{ LIMIT_MEMORY, "536870912", 536870912, "512M" },
	{ LIMIT_MEMORY, "1024K", 0, NULL },
	{ LIMIT_MEMORY, "33000K", 33792000, "33000K" },
	{ LIMIT_MEMORY, "2G", UINT64_C(2147483648), "2G" },
	{ LIMIT_MEMORY, "3T", UINT64_C(3298534883328), "3T" },
	{ LIMIT_MEMORY, "1024T", UINT64_C(1125899906842624), "1024T" },
	{ LIMIT_MEMORY, "1025T", 0, NULL },
	{ LIMIT_MEMORY, "8388608T", 0, NULL },
	{ LIMIT_MEMORY, "99999999999999999999", 0, NULL },
	{ LIMIT_MEMORY, "536870913", 0, NULL },
	{ LIMIT_MEMORY, "infinity", 0, "" },
	{ LIMIT_MEMORY, "", 0, NULL },
	{ LIMIT_MEMORY, "M", 0, NULL },
	{ LIMIT_MEMORY, "0", 0, NULL },
	{ LIMIT_MEMORY, "-512M", 0, NULL },
	{ LIMIT_MEMORY, "512m", 0, NULL },
	{ LIMIT_MEMORY, "512MB", 0, NULL },
	{ LIMIT_MEMORY, "512 M", 0, NULL },
	{ LIMIT_MEMORY, "50%", 0, NULL },
	{ LIMIT_CPUS, "2", 2000, "2" },
	{ LIMIT_CPUS, "10", 10000, "10" },
	{ LIMIT_CPUS, "1.5", 1500, "1.5" },
	{ LIMIT_CPUS, "1.50", 1500, "1.5" },
	{ LIMIT_CPUS, "0.125", 125, "0.125" },
	{ LIMIT_CPUS, "0.01", 10, "0.01" },
	{ LIMIT_CPUS, "0.009", 0, NULL },
	{ LIMIT_CPUS, "8192", 8192000, "8192" },
	{ LIMIT_CPUS, "8192.001", 0, NULL },
	{ LIMIT_CPUS, "infinity", 0, "" },
	{ LIMIT_CPUS, "1.", 0, NULL },
	{ LIMIT_CPUS, ".5", 0, NULL },
	{ LIMIT_CPUS, "1.5.5", 0, NULL },
	{ LIMIT_CPUS, "1.2345", 0, NULL },
	{ LIMIT_CPUS, "1,5", 0, NULL },
	{ LIMIT_CPUS, "-1", 0, NULL },
	{ LIMIT_CPUS, "", 0, NULL },
	{ LIMIT_TASKS, "100", 100, "100" },
	{ LIMIT_TASKS, "31", 0, NULL },
	{ LIMIT_TASKS, "4194305", 0, NULL },
	{ LIMIT_TASKS, "infinity", 0, "" },
	{ LIMIT_TASKS, "1e3", 0, NULL },
	{ LIMIT_IO_WEIGHT, "1", 1, "1" },
	{ LIMIT_IO_WEIGHT, "10000", 10000, "10000" },
	{ LIMIT_IO_WEIGHT, "10001", 0, NULL },
	{ LIMIT_IO_WEIGHT, "0", 0, NULL },
	{ LIMIT_DISK, "20G", UINT64_C(20) << 30, "20G" },
	{ LIMIT_DISK, "31M", 0, NULL },
	{ LIMIT_DISK, "0", 0, NULL },
};

TEST(values)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = NULL;
		uint64_t value = 7;
		int r = limit_parse(cases[i].limit, cases[i].text, &value);

		if (r != (cases[i].normal ? 0 : -EINVAL))
			printf("# '%s'\n", cases[i].text);
		CHECK_INT(r, cases[i].normal ? 0 : -EINVAL);
		CHECK_INT(value, cases[i].normal ? cases[i].value : 7);
		text = limit_format(cases[i].limit, cases[i].value);
		CHECK_STR(text, cases[i].normal ? cases[i].normal : "");
	}
}

TEST(names)
{
	CHECK_INT(limit_of_option("io-weight"), LIMIT_IO_WEIGHT);
	CHECK_INT(limit_of_option("disk"), LIMIT_DISK);
	CHECK_INT(limit_of_option("copy"), LIMITS);
	CHECK_INT(limit_of_key("Memory"), LIMIT_MEMORY);
	CHECK_INT(limit_of_key("IOWeight"), LIMIT_IO_WEIGHT);
	CHECK_INT(limit_of_key("memory"), LIMITS);
}

TEST_MAIN
