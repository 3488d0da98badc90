/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container, run by the container's systemd. */
#pragma once

struct command;
struct sd_bus;

/* Runs the command as a unit of its own over 'bus', which machine_bus_open() opened, and waits until it ends. Signals
 * that would end us are passed on to the command. Returns what a shell would: its exit status, 128+n if signal n killed
 * it, 127 if it does not exist, 126 if it cannot be executed. With a terminal, our terminal belongs to the command
 * until it ends; -ECANCELED is returned, without a message, if the user typed RELAY_ESCAPE, which hangs up. Otherwise
 * -errno after a message. */
int unit_run(struct sd_bus *bus, const struct command *command);
