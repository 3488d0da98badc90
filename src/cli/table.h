/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command lists: rows of cells, chosen by filters, sorted, and printed as a table, by a template, or as JSON.
 * The columns are a table of the command's, and filters, sorting, formats, JSON and help all use their names. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"

enum column_type {
	COLUMN_WORD,
	COLUMN_WORDS,
	COLUMN_NUMBER,
	COLUMN_BYTES,
	COLUMN_PERCENT, /* the number has hundredths of a percent */
};

/* A row of a command's table of columns, which ends with a NULL name. */
struct column {
	const char *name;    /* in options and JSON: 'uid_base' */
	const char *heading; /* of the table */
	enum column_type type;
	/* 0 is always in the table, COLUMN_HIDDEN only if --format names it, and COLUMN_RARE also if a row has
	 * something in it. Of the others, those with the largest number go first where the terminal is too narrow. */
	int dispensable;
	const char *help; /* what it shows */
};
#define COLUMN_HIDDEN 100
#define COLUMN_RARE 99

/* {0} is unknown: nothing in a table, null in JSON. Members that the column's type does not use stay {0}. */
struct cell {
	bool known; /* set by cell_set_*() */
	char *word;
	struct strv words;
	uint64_t number;
};
void cell_set_word(struct cell *cell, const char *word);
void cell_set_words(struct cell *cell, const struct strv *words);
void cell_set_number(struct cell *cell, uint64_t number);

struct table {
	const struct column *columns;
	size_t n_columns, n;
	struct cell **rows; /* n of them, each of n_columns cells */
};
void table_begin(struct table *table, const struct column *columns);
void table_done(struct table *table);

/* Appends a row of unknown cells, in the order of the columns. */
struct cell *table_add(struct table *table);

/* How to show it; filled by the options of the command. */
struct view {
	struct strv filters;
	const char *sort, *format;
	bool json, no_legend;
};
void view_done(struct view *view);

/* Rows of a table of options, for a struct view at 'offset' in what verb_parse() fills. */
/* clang-format off */
#define VIEW_OPTIONS(offset) \
	{ "filter", 0, "KEY=VALUE", "only rows where this holds", verb_take_item, \
	  (offset) + offsetof(struct view, filters) }, \
	{ "format", 0, "FORMAT", "columns as in 'name,state', a text as in '{name} is {state}', or json", \
	  verb_take_word, (offset) + offsetof(struct view, format) }, \
	{ "json", 0, NULL, "print JSON", verb_take_flag, (offset) + offsetof(struct view, json) }, \
	{ "no-legend", 0, NULL, "print no column headings", verb_take_flag, \
	  (offset) + offsetof(struct view, no_legend) }, \
	{ "sort", 0, "KEYS", "sort by these columns, as in '-memory,name'; '-' reverses", verb_take_word, \
	  (offset) + offsetof(struct view, sort) }
/* clang-format on */

/* Checks the options before anything is read. Returns NULL, or what is wrong, for verb_usage(); caller frees. */
char *view_check(const struct view *view, const struct column *columns);

/* Removes the rows that the filters do not choose, and sorts the others if the view says so; those that are equal are
 * sorted by the first column. 'view' has passed view_check(), here and below. */
void table_arrange(struct table *table, const struct view *view);

/* Writes the arranged table. 'width' is how many characters a line of the terminal has, or 0 without a terminal. Caller
 * frees. */
char *table_format(const struct table *table, const struct view *view, size_t width);

/* Whether the view is JSON, whichever option asked for it. */
bool view_is_json(const struct view *view);

/* The table as an array of objects, with numbers as numbers. */
struct json_object *table_json(const struct table *table);

/* Arranges the table and prints it on standard output. */
void table_print(struct table *table, const struct view *view);

/* Prints the columns, for the help of a command. */
void table_help(const struct column *columns);
