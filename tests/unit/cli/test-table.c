/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What list and top show: filters, sorting, formats, and columns that fit the terminal. */
#include "cli/table.h"

#include "base/json.h"
#include "lib/tap.h"

static const struct column columns[] = {
	{ "name", "NAME", COLUMN_WORD, 0, "" },
	{ "state", "STATE", COLUMN_WORD, 0, "" },
	{ "memory", "MEMORY", COLUMN_BYTES, 1, "" },
	{ "cpu", "CPU", COLUMN_PERCENT, 2, "" },
	{ "units", "UNITS", COLUMN_WORDS, 0, "" },
	{ "tasks", "TASKS", COLUMN_NUMBER, COLUMN_HIDDEN, "" },
	{ "losses", "LOSSES", COLUMN_NUMBER, COLUMN_RARE, "" },
	{ "cause", "CAUSE", COLUMN_WORD, COLUMN_RARE, "" },
	{ 0 },
};

static void add(struct table *table, const char *name, const char *state, uint64_t memory, uint64_t cpu,
		const char *units, uint64_t tasks)
{
	struct cell *row = table_add(table);
	struct strv words = { 0 };

	strv_split(&words, units, " ");
	cell_set_word(&row[0], name);
	cell_set_word(&row[1], state);
	if (memory) /* the others are unknown */
		cell_set_number(&row[2], memory);
	cell_set_number(&row[3], cpu);
	cell_set_words(&row[4], &words);
	cell_set_number(&row[5], tasks);
	strv_done(&words);
}

static void make(struct table *table)
{
	table_begin(table, columns);
	add(table, "db", "running", 3 * 1024 * 1024, 1250, "mariadb.service", 40);
	add(table, "web10", "stopped", 0, 0, "apache2.service", 0);
	add(table, "web2", "degraded", 200 * 1024 * 1024, 50, "apache2.service cron.service", 7);
	add(table, "web9", "running", 3 * 1024 * 1024, 50, "", 7);
}

/* The names of the rows that are left, in their order. */
static char *arranged(const char *filters, const char *sort)
{
	_cleanup_(table_done) struct table table = { 0 };
	struct view view = { .sort = sort, .format = "{name}" };
	_cleanup_(freep) char *wrong = NULL;
	char *text;

	make(&table);
	strv_split(&view.filters, filters, " ");
	wrong = view_check(&view, columns);
	CHECK(!wrong);
	table_arrange(&table, &view);
	text = table_format(&table, &view, 0);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	view_done(&view);
	return text;
}

TEST(filters)
{
	static const struct {
		const char *filters, *names;
	} cases[] = {
		{ "", "db web10 web2 web9 " },
		{ "state=running", "db web9 " },
		{ "state=running state=degraded", "db web2 web9 " }, /* any of them */
		{ "state=running name=web*", "web9 " },		     /* both */
		{ "state!=running", "web10 web2 " },
		{ "state!=running state!=stopped", "web2 " },
		{ "name=web?", "web2 web9 " },
		{ "name=[", "" },
		{ "units=cron.service", "web2 " },
		{ "units=*.service", "db web10 web2 " },
		{ "units!=apache2.service", "db web9 " },
		{ "units=", "web9 " },
		{ "memory=3M", "db web9 " },
		{ "memory=3145728", "db web9 " },
		{ "memory>3M", "web2 " },
		{ "memory<3145729", "db web9 " },
		{ "memory=", "web10 " },
		{ "memory!=", "db web2 web9 " },
		{ "cpu>12", "db " },
		{ "cpu=12.5%", "db " },
		{ "tasks=7 tasks=40", "db web2 web9 " },
		{ "tasks>7 tasks<41", "db " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *names = arranged(cases[i].filters, NULL);

		CHECK_STR(names, cases[i].names);
	}
}

TEST(sorting)
{
	static const struct {
		const char *sort, *names;
	} cases[] = {
		{ "name", "db web2 web9 web10 " },	{ "-name", "web10 web9 web2 db " },
		{ "memory", "web10 db web9 web2 " }, /* what is unknown is least */
		{ "-memory", "web2 db web9 web10 " },	{ "-memory,-name", "web2 web9 db web10 " },
		{ "tasks,cpu", "web10 web2 web9 db " }, { "state,units", "web2 web9 db web10 " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *names = arranged("", cases[i].sort);

		CHECK_STR(names, cases[i].names);
	}
}

static char *formatted(const char *format, bool no_legend, size_t width)
{
	_cleanup_(table_done) struct table table = { 0 };
	struct view view = { .format = format, .no_legend = no_legend };

	make(&table);
	return table_format(&table, &view, width);
}

TEST(formats)
{
	static const struct {
		const char *format;
		bool no_legend;
		const char *text;
	} cases[] = {
		{ NULL, false,
		  "NAME   STATE     MEMORY    CPU  UNITS\n"
		  "db     running     3.0M  12.5%  mariadb.service\n"
		  "web10  stopped        -   0.0%  apache2.service\n"
		  "web2   degraded  200.0M   0.5%  apache2.service cron.service\n"
		  "web9   running     3.0M   0.5%  -\n" },
		{ "tasks,name", false, "TASKS  NAME\n   40  db\n    0  web10\n    7  web2\n    7  web9\n" },
		{ "name", true, "db\nweb10\nweb2\nweb9\n" },
		{ "{name}\\t{memory}", false, "db\t3.0M\nweb10\t\nweb2\t200.0M\nweb9\t3.0M\n" },
		{ "{{{name}}}\\\\{units}", false,
		  "{db}\\mariadb.service\n{web10}\\apache2.service\n{web2}\\apache2.service cron.service\n{web9}\\\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = formatted(cases[i].format, cases[i].no_legend, 0);

		CHECK_STR(text, cases[i].text);
	}
}

/* The least needed columns go, and then the widest is cut. */
TEST(narrow_terminals)
{
	static const struct {
		const char *format;
		size_t width;
		const char *first, *third;
	} cases[] = {
		{ NULL, 60, "NAME   STATE     MEMORY    CPU  UNITS\n",
		  "web2   degraded  200.0M   0.5%  apache2.service cron.service\n" },
		{ NULL, 59, "NAME   STATE     MEMORY  UNITS\n",
		  "web2   degraded  200.0M  apache2.service cron.service\n" },
		{ NULL, 52, "NAME   STATE     UNITS\n", "web2   degraded  apache2.service cron.service\n" },
		{ NULL, 30, "NAME   STATE     UNITS\n", "web2   degraded  apache2.serv\xe2\x80\xa6\n" },
		{ NULL, 1, "NAME   STATE     UNITS\n", "web2   degraded  apache2\xe2\x80\xa6\n" },
		{ "name,cpu,units", 24, "NAME     CPU  UNITS\n", "web2    0.5%  apache2.s\xe2\x80\xa6\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = formatted(cases[i].format, false, cases[i].width);
		char *third = text;

		CHECK(skip_prefix(text, cases[i].first));
		for (int k = 0; k < 3; k++)
			third += strcspn(third, "\n") + 1;
		third[strcspn(third, "\n") + 1] = '\0';
		CHECK_STR(third, cases[i].third);
	}
}

/* A rare column is there if any row has something in it, and is the first to go. */
TEST(rare_columns)
{
	_cleanup_(table_done) struct table table = { 0 };
	struct view view = { 0 };
	static const struct {
		uint64_t losses;
		const char *cause;
		size_t width;
		const char *first, *last;
	} cases[] = {
		{ 0, "", 0, "NAME  STATE    MEMORY   CPU  UNITS\n", "web   running    1.0K  0.5%  a\n" },
		{ 2, "", 0, "NAME  STATE    MEMORY   CPU  UNITS  LOSSES\n",
		  "web   running    1.0K  0.5%  a           2\n" },
		{ 0, "x", 0, "NAME  STATE    MEMORY   CPU  UNITS  CAUSE\n", "web   running    1.0K  0.5%  a      x\n" },
		{ 2, "", 40, "NAME  STATE    MEMORY   CPU  UNITS\n", "web   running    1.0K  0.5%  a\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = NULL;

		table_begin(&table, columns);
		add(&table, "db", "running", 1024, 50, "a", 1);
		add(&table, "web", "running", 1024, 50, "a", 1);
		cell_set_number(&table.rows[1][6], cases[i].losses);
		cell_set_word(&table.rows[1][7], cases[i].cause);
		text = table_format(&table, &view, cases[i].width);
		CHECK(skip_prefix(text, cases[i].first));
		CHECK(has_suffix(text, cases[i].last));
		table_done(&table);
		table = (struct table){ 0 };
	}
}

/* Names of units, for instance, may come from a container. */
TEST(hostile_words)
{
	_cleanup_(table_done) struct table table = { 0 };
	struct view view = { .format = "{name}|{units}", .no_legend = true }, plain = { .no_legend = true };
	_cleanup_(freep) char *by_template = NULL, *by_table = NULL;

	table_begin(&table, columns);
	add(&table, "a\033[2Jb", "\xff", 1, 1, "{name}\a %s%n", 1);
	by_template = table_format(&table, &view, 0);
	CHECK_STR(by_template, "a\\x1b[2Jb|{name}\\x07 %s%n\n");
	by_table = table_format(&table, &plain, 10);
	CHECK(!strpbrk(by_table, "\033\a\xff"));
}

TEST(json)
{
	_cleanup_(table_done) struct table table = { 0 };
	_cleanup_(json_freep) struct json_object *array = NULL;
	_cleanup_(freep) char *text = NULL;

	table_begin(&table, columns);
	add(&table, "db", "running", 0, 1250, "a b", 40);
	array = table_json(&table);
	text = json_text(array);
	CHECK_STR(text, "[{\"name\":\"db\",\"state\":\"running\",\"memory\":null,\"cpu\":12.5,\"units\":[\"a\",\"b\"],"
			"\"tasks\":40,\"losses\":null,\"cause\":null}]");
}

/* What is not JSON's business, but a terminal's, is escaped, too. */
TEST(json_escapes)
{
	_cleanup_(json_freep) struct json_object *object = json_object_make();
	_cleanup_(freep) char *text = NULL;

	json_set_string(object, "a",
			"\033[2J\x7f\xc2\x9b"
			"2J\xc2\xa0\xff\\\n");
	text = json_text(object);
	CHECK_STR(text, "{\"a\":\"\\u001b[2J\\u007f\\u009b2J\xc2\xa0\\\\xff\\\\\\n\"}");
}

/* Each is told in one sentence. */
TEST(wrong_views)
{
	static const struct {
		const char *filter, *sort, *format, *message;
	} cases[] = {
		{ "size=1", NULL, NULL, "there is no column 'size'; the columns are name, state" },
		{ "=x", NULL, NULL, "there is no column ''" },
		{ "\033=x", NULL, NULL, "there is no column '\\x1b'" },
		{ "name", NULL, NULL, "--filter takes KEY=VALUE" },
		{ "name!x", NULL, NULL, "--filter takes KEY=VALUE" },
		{ "name<x", NULL, NULL, "column 'name' has no numbers" },
		{ "memory=much", NULL, NULL, "column 'memory' has sizes" },
		{ "memory>", NULL, NULL, "column 'memory' has sizes" },
		{ "memory=-1", NULL, NULL, "column 'memory' has sizes" },
		{ "tasks=1M", NULL, NULL, "column 'tasks' has numbers" },
		{ "cpu=nan", NULL, NULL, "column 'cpu' has numbers" },
		{ "cpu=1x", NULL, NULL, "column 'cpu' has numbers" },
		{ "cpu=1e99", NULL, NULL, "column 'cpu' has numbers" },
		{ NULL, "", NULL, "there is no column ''" },
		{ NULL, "--name", NULL, "there is no column '-name'" },
		{ NULL, "name,size", NULL, "there is no column 'size'" },
		{ NULL, NULL, "", "there is no column ''" },
		{ NULL, NULL, "-name", "there is no column '-name'" },
		{ NULL, NULL, "{size}", "there is no column 'size'" },
		{ NULL, NULL, "{}", "there is no column ''" },
		{ NULL, NULL, "x{name", "--format has a '{' without its '}'" },
		{ NULL, NULL, "{name{state}}", "--format has a '{' without its '}'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct view view = { .sort = cases[i].sort, .format = cases[i].format };
		_cleanup_(freep) char *wrong = NULL;

		if (cases[i].filter)
			strv_add(&view.filters, cases[i].filter);
		wrong = view_check(&view, columns);
		CHECK(wrong && skip_prefix(wrong, cases[i].message));
		view_done(&view);
	}
}

TEST_MAIN
