/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of containers on the command line, or on standard input. */
#include "cli/operands.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "container/record-file.h"

#define INPUT_MAX (1024 * 1024) /* bytes */

int operands_read(const struct verb *verb, const struct context *context, int argc, char **argv, struct operands *ret)
{
	int r = verb_parse(verb, argc, argv, ret);

	if (r)
		return r;
	if (ret->all && optind < argc)
		return verb_usage(verb, "give either names or --all");
	if (!ret->all && optind == argc)
		return verb_usage(verb, "give the name of a container, or several%s",
				  verb->options ? ", or --all" : "");
	for (int i = optind; i < argc; i++)
		strv_add_once(&ret->names, argv[i]);
	return ret->all && record_names(context->root_fd, &ret->names) < 0;
}

void operands_done(struct operands *o)
{
	strv_done(&o->names);
}

static int read_input(struct buf *ret)
{
	char part[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) != 0) {
		if (n < 0)
			return -errno;
		if (memchr(part, '\0', (size_t)n))
			return -EILSEQ;
		buf_add(ret, part, (size_t)n);
		if (ret->len > INPUT_MAX)
			return -EFBIG;
	}
	return 0;
}

int operands_or_input(char *const *argv, struct strv *ret)
{
	_cleanup_(buf_done) struct buf input = { 0 };
	int r = 0;

	if (!argv[0] || strcmp(argv[0], "-") != 0 || argv[1]) {
		for (; *argv; argv++)
			strv_add(ret, *argv);
		return 0;
	}
	r = read_input(&input);
	if (r < 0)
		return log_error_errno(r, "Cannot read the names from standard input: %m");
	if (input.len > 0)
		strv_split(ret, input.text, " \t\n");
	if (ret->n == 0)
		return log_error_errno(-ENODATA, "There are no names on standard input.");
	return 0;
}
