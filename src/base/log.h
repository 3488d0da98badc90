/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to the administrator, on standard error. Each failure is reported once, by the layer that knows most about
 * it. */
#pragma once

#include "base/util.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The name of the command, as its messages begin: main() may set it. Programs that it runs keep this one. */
extern const char *log_program;

#define LOG_VARIABLE "VIRT_SANDBOX_LOG"

/* To be called first in main(). Sets the level that LOG_VARIABLE in the environment names (error, warning, info or
 * debug), or else LOG_LEVEL_WARN. Times in messages count from here. */
void log_begin(void);

/* Sets the level of this program and, through the environment, of the programs that it runs. */
void log_set_level(enum log_level level);

/* The value of LOG_VARIABLE that gives a program this program's level if it does not inherit our environment; NULL for
 * the default. */
const char *log_level_word(void);

/* Whether a message of this level would be shown. */
bool log_shows(enum log_level level);

/* If standard error is a terminal, shows a line that the next message or log_line() replaces; NULL removes it. */
void log_line(const char *text);

/* The finished message goes through escape_control(): it is one line, and nothing in it can control the terminal. */
void log_message(enum log_level level, const char *fmt, ...) _printf_(2, 3);

/* Prints each line of text that somebody else wrote, indented and escaped, whatever the level. */
void log_quote(const char *text);

/* Like log_message(), with errno set to |error| for %m. Returns -|error|. */
int log_message_errno(enum log_level level, int error, const char *fmt, ...) _printf_(3, 4);

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_message(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_error_errno(error, ...) log_message_errno(LOG_LEVEL_ERROR, error, __VA_ARGS__)
#define log_warn_errno(error, ...) log_message_errno(LOG_LEVEL_WARN, error, __VA_ARGS__)
