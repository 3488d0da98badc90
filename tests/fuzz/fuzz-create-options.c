/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of create, a word on each line: a record can store what they accept. */
#include "fuzz.h"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include "cli/create-options.h"
#include "selinux/mcs.h"
#include "container/record-text.h"

#define WORDS_MAX 64
#define UUID "0a1b2c3d-4e5f-6789-abcd-ef0123456789"

static const struct verb verb = { .name = "create", .options = create_option_table };

/* As create/allocate-net fills in what the option leaves open. */
static void fill(struct nets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].address.address && nets->v[i].address.prefix == 0)
			nets->v[i].address.prefix = 24;
}

static char *level_of(const char *asked)
{
	_cleanup_(freep) char *message = NULL;
	struct mcs_level level;

	return asked && mcs_parse(asked, &level, &message) == 0 ? mcs_format(&level) : xstrdup("");
}

static void check(const struct create_options *o)
{
	_cleanup_(record_done) struct record record = { 0 }, again = { 0 };
	_cleanup_(freep) char *text = NULL, *text_again = NULL, *message = NULL;

	record.state = RECORD_READY;
	record.name = xstrdup("web1");
	record.uuid = xstrdup(UUID);
	record.path = xasprintf("%s/web1", o->path);
	record.hostname = xstrdup(o->spec.hostname ? o->spec.hostname : "");
	record.package_manager = xstrdup("dpkg");
	strv_add(&record.units, "a.service");
	record.level = level_of(o->spec.level);
	memcpy(record.limits, o->spec.limits, sizeof(o->spec.limits));
	mounts_copy(&o->spec.mounts, &record.mounts);
	ports_copy(&o->spec.ports, &record.ports);
	nets_copy(&o->spec.nets, &record.nets);
	fill(&record.nets);
	text = record_format(&record);
	CHECK(record_parse("web1", text, strlen(text), &again, &message) == 0);
	text_again = record_format(&again);
	CHECK_SAME(text, text_again);
	CHECK_SAME(record.path, again.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(create_options_done) struct create_options o = { 0 };
	_cleanup_(freep) char **argv = NULL;
	static int nothing = -1;

	if (nothing < 0) {
		nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup2(nothing, STDIN_FILENO);
	}
	strv_add(&words, "create");
	while (input.n > 0 && words.n < WORDS_MAX)
		strv_take(&words, fuzz_line(&input));
	argv = xcalloc(words.n + 1, sizeof(*argv)); /* getopt_long(3) changes the order */
	memcpy(argv, words.v, words.n * sizeof(*argv));
	optind = 0;
	if (create_options_parse(&verb, (int)words.n, argv, &o) == 0)
		check(&o);
	return 0;
}
