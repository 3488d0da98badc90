/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing, sorting and printing rows of cells. Words may come from a container, so everything printed is escaped. */
#include "cli/table.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "container/limit.h"

#define MAX_COLUMNS 32
#define LEAST_WIDTH 8 /* to which a column is cut */
#define ELLIPSIS "\xe2\x80\xa6"

void cell_set_word(struct cell *cell, const char *word)
{
	cell->known = true;
	cell->word = xstrdup(word);
}

void cell_set_words(struct cell *cell, const struct strv *words)
{
	cell->known = true;
	strv_add_all(&cell->words, words);
}

void cell_set_number(struct cell *cell, uint64_t number)
{
	cell->known = true;
	cell->number = number;
}

void table_begin(struct table *table, const struct column *columns)
{
	*table = (struct table){ .columns = columns };
	while (columns[table->n_columns].name)
		table->n_columns++;
}

static void free_row(struct cell *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(row[i].word);
		strv_done(&row[i].words);
	}
	free(row);
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		free_row(table->rows[i], table->n_columns);
	free(table->rows);
}

struct cell *table_add(struct table *table)
{
	grow(table->rows, table->n);
	return table->rows[table->n++] = xcalloc(table->n_columns, sizeof(struct cell));
}

void view_done(struct view *view)
{
	strv_done(&view->filters);
}

static bool is_number(const struct column *column)
{
	return column->type >= COLUMN_NUMBER;
}

/* What a reader sees; "" if it is unknown. Caller frees. */
static char *cell_text(const struct column *column, const struct cell *cell)
{
	if (!cell->known)
		return xstrdup("");
	switch (column->type) {
	case COLUMN_WORD:
		return escape_control(cell->word);
	case COLUMN_WORDS: {
		_cleanup_(freep) char *joined = strv_join(&cell->words, " ");

		return escape_control(joined);
	}
	case COLUMN_BYTES:
		return size_round(cell->number);
	case COLUMN_PERCENT:
		return xasprintf("%.1f%%", (double)cell->number / 100);
	default:
		return xasprintf("%llu", (unsigned long long)cell->number);
	}
}

/* --- names of columns --- */

static char *no_such_column(const struct column *columns, const char *name, size_t len)
{
	_cleanup_(freep) char *given = xstrndup(name, len), *safe = escape_control(given), *all = NULL;
	_cleanup_(strv_done) struct strv names = { 0 };

	for (; columns->name; columns++)
		strv_add(&names, columns->name);
	all = strv_enumerate(&names, "and");
	return xasprintf("there is no column '%s'; the columns are %s", safe, all);
}

/* The index of the column, or -1. */
static int find_column(const struct column *columns, const char *name, size_t len)
{
	for (int i = 0; columns[i].name; i++)
		if (strlen(columns[i].name) == len && strncmp(columns[i].name, name, len) == 0)
			return i;
	return -1;
}

struct choice {
	size_t v[MAX_COLUMNS], n;
	bool down[MAX_COLUMNS];
};

/* Reads 'name,state'; and '-name', if 'sorts'. Returns NULL, or what is wrong. */
static char *choose(const struct column *columns, const char *text, bool sorts, struct choice *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	ret->n = 0;
	strv_split(&names, text, ",");
	if (names.n == 0 || names.n > MAX_COLUMNS)
		return no_such_column(columns, text, strlen(text));
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];
		bool down = sorts && *name == '-';
		int column = find_column(columns, name + down, strlen(name + down));

		if (column < 0)
			return no_such_column(columns, name + down, strlen(name + down));
		ret->down[ret->n] = down;
		ret->v[ret->n++] = (size_t)column;
	}
	return NULL;
}

/* --- filters --- */

enum comparison { EQUAL, DIFFERENT, LESS, MORE };

struct filter {
	size_t column;
	enum comparison comparison;
	const char *value; /* points into the text */
	bool empty;	   /* chooses what is unknown */
	uint64_t number;
};

/* '12', '1.5' and, for sizes, '512M'. */
static int parse_number(const struct column *column, const char *text, uint64_t *ret)
{
	if (column->type == COLUMN_PERCENT) {
		char *end;
		double percent = strtod(text, &end);

		if (end == text || (*end && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= 1e6))
			return -1;
		*ret = (uint64_t)(percent * 100 + 0.5);
		return 0;
	}
	if (parse_u64(text, UINT64_MAX, ret) == 0)
		return 0;
	return column->type == COLUMN_BYTES ? size_parse(text, ret) : -1;
}

/* Returns NULL, or what is wrong. */
static char *parse_filter(const struct column *columns, const char *text, struct filter *ret)
{
	static const char *const signs[] = { [EQUAL] = "=", [DIFFERENT] = "!=", [LESS] = "<", [MORE] = ">" };
	size_t len = strcspn(text, "=!<>");
	int column = find_column(columns, text, len);

	if (column < 0)
		return no_such_column(columns, text, len);
	*ret = (struct filter){ .column = (size_t)column };
	for (size_t i = 0; i < ARRAY_SIZE(signs) && !ret->value; i++) {
		ret->comparison = (enum comparison)i;
		ret->value = skip_prefix(text + len, signs[i]);
	}
	if (!ret->value)
		return xasprintf("--filter takes KEY=VALUE, KEY!=VALUE, KEY<NUMBER or KEY>NUMBER");
	ret->empty = !*ret->value;
	if (ret->comparison >= LESS && !is_number(&columns[column]))
		return xasprintf("column '%s' has no numbers that could be less or more", columns[column].name);
	if (is_number(&columns[column]) && (!ret->empty || ret->comparison >= LESS) &&
	    parse_number(&columns[column], ret->value, &ret->number) < 0)
		return xasprintf("column '%s' has %s", columns[column].name,
				 columns[column].type == COLUMN_BYTES ? "sizes, such as 512M" : "numbers");
	return NULL;
}

static bool is_equal(const struct column *column, const struct cell *cell, const struct filter *f)
{
	if (!cell->known || f->empty)
		return f->empty && (!cell->known || (column->type == COLUMN_WORD && !*cell->word) ||
				    (column->type == COLUMN_WORDS && cell->words.n == 0));
	if (is_number(column))
		return cell->number == f->number;
	if (column->type == COLUMN_WORD)
		return fnmatch(f->value, cell->word, 0) == 0;
	for (size_t i = 0; i < cell->words.n; i++)
		if (fnmatch(f->value, cell->words.v[i], 0) == 0)
			return true;
	return false;
}

static bool holds(const struct column *column, const struct cell *cell, const struct filter *f)
{
	if (f->comparison == LESS)
		return cell->known && cell->number < f->number;
	if (f->comparison == MORE)
		return cell->known && cell->number > f->number;
	return is_equal(column, cell, f) == (f->comparison == EQUAL);
}

/* Of several values for one column, any will do; everything else has to hold. */
static bool is_chosen(const struct table *table, const struct cell *row, const struct filter *filters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t c = filters[i].column;
		bool held = false;

		for (size_t k = 0; k < n && !held; k++)
			held = (k == i || (filters[i].comparison == EQUAL && filters[k].comparison == EQUAL &&
					   filters[k].column == c)) &&
			       holds(&table->columns[c], &row[c], &filters[k]);
		if (!held)
			return false;
	}
	return true;
}

/* --- sorting --- */

struct order {
	const struct table *table;
	const struct choice *keys;
};

static int compare_cells(const struct column *column, const struct cell *a, const struct cell *b)
{
	_cleanup_(freep) char *left = NULL, *right = NULL;

	if (!a->known || !b->known)
		return a->known - b->known;
	if (is_number(column))
		return (a->number > b->number) - (a->number < b->number);
	left = cell_text(column, a);
	right = cell_text(column, b);
	return strverscmp(left, right); /* web2 comes before web10 */
}

static int compare_rows(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	const struct cell *const *left = a, *const *right = b;

	for (size_t i = 0; i < order->keys->n; i++) {
		size_t c = order->keys->v[i];
		int r = compare_cells(&order->table->columns[c], &(*left)[c], &(*right)[c]);

		if (r)
			return order->keys->down[i] ? -r : r;
	}
	return compare_cells(order->table->columns, &(*left)[0], &(*right)[0]);
}

void table_arrange(struct table *table, const struct view *view)
{
	_cleanup_(freep) struct filter *filters = xcalloc(view->filters.n + 1, sizeof(*filters));
	struct choice keys;
	size_t left = 0;

	for (size_t i = 0; i < view->filters.n; i++)
		free(parse_filter(table->columns, view->filters.v[i], &filters[i]));
	for (size_t i = 0; i < table->n; i++) {
		if (is_chosen(table, table->rows[i], filters, view->filters.n))
			table->rows[left++] = table->rows[i];
		else
			free_row(table->rows[i], table->n_columns);
	}
	table->n = left;
	if (!view->sort || left == 0)
		return;
	free(choose(table->columns, view->sort, true, &keys));
	qsort_r(table->rows, table->n, sizeof(*table->rows), compare_rows, &(struct order){ table, &keys });
}

/* --- formats --- */

bool view_is_json(const struct view *view)
{
	return view->json || (view->format && strcmp(view->format, "json") == 0);
}

static bool is_template(const struct view *view)
{
	return view->format && strchr(view->format, '{');
}

/* Appends 'text' with the cells of 'row' in the place of '{name}'; only checks it if 'row' is NULL. Returns NULL, or
 * what is wrong. */
static char *expand(const struct column *columns, const char *text, const struct cell *row, struct buf *b)
{
	static const char *const escapes[][2] = {
		{ "{{", "{" }, { "}}", "}" }, { "\\n", "\n" }, { "\\t", "\t" }, { "\\\\", "\\" },
	};

	while (*text) {
		_cleanup_(freep) char *value = NULL;
		const char *rest = NULL;
		size_t len, i;
		int column;

		for (i = 0; i < ARRAY_SIZE(escapes) && !rest; i++)
			rest = skip_prefix(text, escapes[i][0]);
		if (rest || *text != '{') {
			buf_add(b, rest ? escapes[i - 1][1] : text, 1);
			text = rest ? rest : text + 1;
			continue;
		}
		len = strcspn(++text, "{}");
		if (text[len] != '}')
			return xasprintf("--format has a '{' without its '}'; '{{' stands for a brace");
		column = find_column(columns, text, len);
		if (column < 0)
			return no_such_column(columns, text, len);
		value = row ? cell_text(&columns[column], &row[column]) : xstrdup("");
		buf_add(b, value, strlen(value));
		text += len + 1;
	}
	return NULL;
}

char *view_check(const struct view *view, const struct column *columns)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct filter filter;
	struct choice choice;
	char *wrong = NULL;

	for (size_t i = 0; !wrong && i < view->filters.n; i++)
		wrong = parse_filter(columns, view->filters.v[i], &filter);
	if (!wrong && view->sort)
		wrong = choose(columns, view->sort, true, &choice);
	if (wrong || !view->format || view_is_json(view))
		return wrong;
	return is_template(view) ? expand(columns, view->format, NULL, &b)
				 : choose(columns, view->format, false, &choice);
}

static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* The text of the table before it is printed. */
struct grid {
	const struct table *table;
	struct choice columns;
	char **text; /* of the cells of each row, and before them of the headings */
	size_t n;    /* rows, with that of the headings */
	size_t widths[MAX_COLUMNS];
};

static void fill_grid(struct grid *g, bool legend)
{
	size_t n = g->columns.n;

	g->n = g->table->n + legend;
	g->text = xcalloc(g->n * n + 1, sizeof(*g->text));
	for (size_t c = 0; c < n; c++) {
		const struct column *column = &g->table->columns[g->columns.v[c]];

		if (legend)
			g->text[c] = xstrdup(column->heading);
		for (size_t i = 0; i < g->table->n; i++) {
			char **at = &g->text[(i + legend) * n + c];

			*at = cell_text(column, &g->table->rows[i][g->columns.v[c]]);
			if (!**at) {
				free(*at);
				*at = xstrdup("-");
			}
		}
		g->widths[c] = 0;
		for (size_t i = 0; i < g->n; i++) {
			size_t width = text_width(g->text[i * n + c]);

			g->widths[c] = width > g->widths[c] ? width : g->widths[c];
		}
	}
}

static void clear_grid(struct grid *g)
{
	for (size_t i = 0; i < g->n * g->columns.n; i++)
		free(g->text[i]);
	free(g->text);
	g->text = NULL;
}

static size_t grid_width(const struct grid *g)
{
	size_t width = 2 * (g->columns.n - 1);

	for (size_t c = 0; c < g->columns.n; c++)
		width += g->widths[c];
	return width;
}

/* Whether a column could go, which is gone then. */
static bool drop_column(struct grid *g)
{
	size_t least = 0;

	for (size_t c = 1; c < g->columns.n; c++)
		if (g->table->columns[g->columns.v[c]].dispensable >
		    (least ? g->table->columns[g->columns.v[least]].dispensable : 0))
			least = c;
	if (least == 0)
		return false;
	clear_grid(g);
	g->columns.n--;
	memmove(&g->columns.v[least], &g->columns.v[least + 1], (g->columns.n - least) * sizeof(g->columns.v[0]));
	return true;
}

/* Makes the widest columns smaller. The first one, which names the row, stays whole. */
static void narrow(struct grid *g, size_t width)
{
	for (size_t over = grid_width(g); over > width; over--) {
		size_t widest = 0;

		for (size_t c = 1; c < g->columns.n; c++)
			if (!is_number(&g->table->columns[g->columns.v[c]]) && g->widths[c] > LEAST_WIDTH &&
			    (widest == 0 || g->widths[c] > g->widths[widest]))
				widest = c;
		if (widest == 0)
			return;
		g->widths[widest]--;
	}
}

/* Appends a text that is cut to 'width' characters or, unless it is the last one of its line, filled up to them. */
static void add_cell(struct buf *b, const char *text, size_t width, bool right, bool last)
{
	size_t has = text_width(text), bytes = 0;

	if (has <= width) {
		int fill = (int)(width - has);

		buf_addf(b, "%*s%s%*s", right ? fill : 0, "", text, right || last ? 0 : fill, "");
		return;
	}
	for (size_t n = 0; text[bytes] && (n < width - 1 || (text[bytes] & 0xc0) == 0x80); bytes++)
		n += (text[bytes + 1] & 0xc0) != 0x80;
	buf_addf(b, "%.*s" ELLIPSIS, (int)bytes, text);
}

static char *print_grid(const struct grid *g)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t n = g->columns.n;

	for (size_t i = 0; i < g->n; i++) {
		for (size_t c = 0; c < n; c++) {
			if (c > 0)
				buf_addf(&b, "  ");
			add_cell(&b, g->text[i * n + c], g->widths[c], is_number(&g->table->columns[g->columns.v[c]]),
				 c + 1 == n);
		}
		buf_addf(&b, "\n");
	}
	return buf_steal(&b);
}

/* Whether to show it if nobody has chosen columns. */
static bool is_shown(const struct table *table, size_t c)
{
	bool any = false;

	if (table->columns[c].dispensable != COLUMN_RARE)
		return table->columns[c].dispensable < COLUMN_HIDDEN;
	for (size_t i = 0; i < table->n && !any; i++) {
		const struct cell *cell = &table->rows[i][c];

		any = cell->known && ((cell->word && *cell->word) || cell->words.n > 0 || cell->number > 0);
	}
	return any;
}

static char *format_grid(const struct table *table, const struct view *view, size_t width)
{
	struct grid g = { .table = table };
	bool chosen = view->format != NULL;
	char *text;

	if (chosen)
		free(choose(table->columns, view->format, false, &g.columns));
	for (size_t i = 0; !chosen && i < table->n_columns && g.columns.n < MAX_COLUMNS; i++)
		if (is_shown(table, i))
			g.columns.v[g.columns.n++] = i;
	do
		fill_grid(&g, !view->no_legend);
	while (width && grid_width(&g) > width && !chosen && drop_column(&g));
	if (width)
		narrow(&g, width);
	text = print_grid(&g);
	clear_grid(&g);
	return text;
}

char *table_format(const struct table *table, const struct view *view, size_t width)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (!is_template(view))
		return format_grid(table, view, width);
	for (size_t i = 0; i < table->n; i++) {
		free(expand(table->columns, view->format, table->rows[i], &b));
		buf_addf(&b, "\n");
	}
	return buf_steal(&b);
}

struct json_object *table_json(const struct table *table)
{
	struct json_object *array = json_array_make();

	for (size_t i = 0; i < table->n; i++) {
		struct json_object *o = json_object_make();

		for (size_t c = 0; c < table->n_columns; c++) {
			const struct column *column = &table->columns[c];
			const struct cell *cell = &table->rows[i][c];

			if (!cell->known)
				json_set(o, column->name, NULL);
			else if (column->type == COLUMN_WORD)
				json_set_string(o, column->name, cell->word);
			else if (column->type == COLUMN_WORDS)
				json_set_strings(o, column->name, &cell->words);
			else if (column->type == COLUMN_PERCENT)
				json_set_double(o, column->name, (double)cell->number / 100);
			else
				json_set_int(o, column->name, (int64_t)cell->number);
		}
		json_append(array, o);
	}
	return array;
}

static size_t terminal_width(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void table_print(struct table *table, const struct view *view)
{
	table_arrange(table, view);
	if (view_is_json(view)) {
		_cleanup_(json_freep) struct json_object *array = table_json(table);

		json_print(array);
	} else {
		_cleanup_(freep) char *text = table_format(table, view, terminal_width());

		fputs(text, stdout);
	}
}

void table_help(const struct column *columns)
{
	printf("\nColumns for --filter, --format and --sort:\n");
	for (; columns->name; columns++)
		printf("  %-16s %s\n", columns->name, columns->help);
}
