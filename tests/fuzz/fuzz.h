/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the targets share. A target is one file with LLVMFuzzerTestOneInput(), which libFuzzer or driver.c calls with
 * one input after the other. It must survive anything, and CHECK() what must be true of whatever was accepted. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "base/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			fuzz_fail(__FILE__, __LINE__, #condition);                                                     \
	} while (0)
#define CHECK_SAME(a, b) CHECK(strcmp(a, b) == 0)

void fuzz_fail(const char *file, int line, const char *condition) __attribute__((noreturn));

struct fuzz_input {
	const char *p;
	size_t n;
};
#define FUZZ_INPUT(data, size)                                                                                         \
	{                                                                                                              \
		(const char *)(data), size                                                                             \
	}

/* The next line as a string, or "" at the end; what is behind a NUL in it is lost. Caller frees. */
char *fuzz_line(struct fuzz_input *input);

/* Likewise all up to a line of FUZZ_PART, or to the end. The size that it had is stored in *ret_size, if not NULL. */
#define FUZZ_PART "===="
char *fuzz_part(struct fuzz_input *input, size_t *ret_size);

/* An O_PATH descriptor of an empty directory to write to, which is removed at the end. */
int fuzz_root(void);
void fuzz_write(const char *path, const char *text, size_t size); /* makes its directories */
void fuzz_unlink(const char *path);

/* Whether everything is UTF-8 without control characters, except those in 'but'. */
bool fuzz_is_plain(const char *text, const char *but);
