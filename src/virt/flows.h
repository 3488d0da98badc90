/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connections that the kernel tracks. It decides only at the first packet of one where all of them go, so those
 * that came by a published port go on when that port leads nowhere any more. */
#pragma once

struct ports;

/* Has the kernel forget the connections that came by one of 'ports' to the container with the address 'address', IPv4
 * or IPv6: what its clients send next goes where it goes without the ports. Their rules have to be gone already.
 * Returns how many, or -errno: -EINVAL if the kernel cannot be asked, because it has no NF_CT_NETLINK. Needs
 * CAP_NET_ADMIN. */
int flows_end(const char *address, const struct ports *ports);
