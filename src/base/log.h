/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to the administrator, on standard error. Each failure is told once, by the layer that knows most. */
#pragma once

#include "base/util.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

#define LOG_VARIABLE "VIRT_SANDBOX_LOG"

/* To be called first in main(): the level is what LOG_VARIABLE in the environment says (error, warning, info or
 * debug), or else LOG_LEVEL_WARN; times in messages count from here. */
void log_begin(void);

/* Sets the level of this program and, by its environment, of those that it runs. */
void log_set_level(enum log_level level);

/* What LOG_VARIABLE has to be for a program that is to have the same level, where it does not inherit our environment;
 * NULL for the default. */
const char *log_level_word(void);

/* Whether a message of this level would be shown. */
bool log_shows(enum log_level level);

/* If standard error is a terminal, shows a line that the next message or log_line() replaces; NULL removes it. */
void log_line(const char *text);

/* The finished message goes through escape_control(): it is one line, and no name in it can command the terminal. */
void log_message(enum log_level level, const char *fmt, ...) _printf_(2, 3);

/* As log_message() with errno set to |error|, so that %m says it. Returns -|error|. */
int log_message_errno(enum log_level level, int error, const char *fmt, ...) _printf_(3, 4);

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_message(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_error_errno(error, ...) log_message_errno(LOG_LEVEL_ERROR, error, __VA_ARGS__)
#define log_warn_errno(error, ...) log_message_errno(LOG_LEVEL_WARN, error, __VA_ARGS__)
