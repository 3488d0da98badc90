/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A test program: TEST(name) { ... CHECK(...); } in any number, then TEST_MAIN. Prints TAP. SKIP() ends a test. */
#pragma once

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *tests, **tests_end = &tests;
static int test_failures;
static const char *test_skipped;

#define TEST(id)                                                                                                       \
	static void test_##id(void);                                                                                   \
	__attribute__((constructor)) static void register_##id(void)                                                   \
	{                                                                                                              \
		static struct test t = { #id, test_##id, NULL };                                                       \
		*tests_end = &t;                                                                                       \
		tests_end = &t.next;                                                                                   \
	}                                                                                                              \
	static void test_##id(void)

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			test_failures++;                                                                               \
			printf("# %s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                               \
		}                                                                                                      \
	} while (0)

#define CHECK_INT(a, b)                                                                                                \
	do {                                                                                                           \
		long long a_ = (a), b_ = (b);                                                                          \
		if (a_ != b_) {                                                                                        \
			test_failures++;                                                                               \
			printf("# %s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #a, a_, b_);                \
		}                                                                                                      \
	} while (0)

#define CHECK_STR(a, b)                                                                                                \
	do {                                                                                                           \
		const char *a_ = (a), *b_ = (b);                                                                       \
		if (!a_ || strcmp(a_, b_) != 0) {                                                                      \
			test_failures++;                                                                               \
			printf("# %s:%d: %s is '%s', expected '%s'\n", __FILE__, __LINE__, #a, a_ ? a_ : "(null)",     \
			       b_);                                                                                    \
		}                                                                                                      \
	} while (0)

#define SKIP(reason)                                                                                                   \
	do {                                                                                                           \
		test_skipped = (reason);                                                                               \
		return;                                                                                                \
	} while (0)

/* If make runs with a shell's '&' or nohup(1), they are ignored, and tests that send one would wait for ever. */
static void test_default_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_DFL);
}

static int test_run_all(void)
{
	int n = 0, failed = 0;

	test_default_signals();
	for (struct test *t = tests; t; t = t->next) {
		test_failures = 0;
		test_skipped = NULL;
		t->run();
		failed += test_failures > 0;
		printf("%sok %d - %s", test_failures ? "not " : "", ++n, t->name);
		if (test_skipped)
			printf(" # SKIP %s", test_skipped);
		printf("\n");
		fflush(stdout);
	}
	printf("1..%d\n", n);
	return failed > 0;
}

#define TEST_MAIN                                                                                                      \
	int main(void)                                                                                                 \
	{                                                                                                              \
		return test_run_all();                                                                                 \
	}
