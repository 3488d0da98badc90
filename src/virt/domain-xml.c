/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of a domain. It contains only values from the record, all escaped by libxml2. */
#include "virt/domain-xml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "base/log.h"
#include "container/live-places.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/root-layout.h"

uint64_t domain_cpu_quota(uint64_t cpus)
{
	return cpus * DOMAIN_CPU_PERIOD / 1000;
}

static void *must(void *p)
{
	if (!p) {
		fputs("virt-sandbox-service: out of memory\n", stderr);
		abort();
	}
	return p;
}

/* Adds a child to 'parent'. Its attributes are pairs of name and value, ended by NULL. */
static xmlNode *element(xmlNode *parent, const char *name, ...)
{
	xmlNode *node = must(xmlNewChild(parent, NULL, BAD_CAST name, NULL));
	const char *key;
	va_list ap;

	va_start(ap, name);
	while ((key = va_arg(ap, const char *)))
		must(xmlNewProp(node, BAD_CAST key, BAD_CAST va_arg(ap, const char *)));
	va_end(ap);
	return node;
}

static xmlNode *text(xmlNode *parent, const char *name, const char *value)
{
	return must(xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST value));
}

static void add_variable(xmlNode *os, const char *name, const char *value)
{
	must(xmlNewProp(text(os, "initenv", value), BAD_CAST "name", BAD_CAST name));
}

/* The value of IPV6_VARIABLE; "" if there is none. libvirt would have the kernel look first whether somebody else has
 * the address. Caller frees. */
static char *ipv6_addresses(const struct nets *nets)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	for (size_t i = 0; i < nets->n; i++) {
		const struct net *net = &nets->v[i];
		const struct in6_addr by = ipv6_router(&net->address6.address);
		_cleanup_(freep) char *name = inside_interface_name(i), *address = ipv6_format(&net->address6.address);
		_cleanup_(freep) char *router = ipv6_format(&by);

		if (net->address6.prefix)
			strv_addf(&words, "%s=%s%s%s", name, address, net->gateway ? "=" : "",
				  net->gateway ? router : "");
	}
	return strv_join(&words, ",");
}

/* "eth0=52:54:00:12:34:56,...", for the container's init. Caller frees. */
static char *hardware_addresses(const struct nets *nets)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	for (size_t i = 0; i < nets->n; i++) {
		_cleanup_(freep) char *name = inside_interface_name(i);

		if (*nets->v[i].mac)
			strv_addf(&words, "%s=%s", name, nets->v[i].mac);
	}
	return strv_join(&words, ",");
}

static void add_hardware(xmlNode *os, const struct record *record)
{
	_cleanup_(freep) char *hardware = hardware_addresses(&record->nets);

	if (*hardware)
		add_variable(os, HARDWARE_VARIABLE, hardware);
}

static void add_ipv6(xmlNode *os, const struct record *record)
{
	_cleanup_(freep) char *ipv6 = ipv6_addresses(&record->nets);

	if (*ipv6)
		add_variable(os, IPV6_VARIABLE, ipv6);
}

static void add_os(xmlNode *domain, const struct record *record, const char *profile, const struct strv *open_devices)
{
	_cleanup_(freep) char *rights = record_rights(record);
	_cleanup_(freep) char *devices = open_devices ? strv_join(open_devices, " ") : xstrdup("");
	xmlNode *os = element(domain, "os", NULL);

	text(os, "type", "exe");
	text(os, "init", INITPATH);
	if (*rights)
		text(os, "initarg", rights);
	/* systemd reports there when it is up, so that neither a bus nor polling is needed. */
	add_variable(os, "NOTIFY_SOCKET", INSIDE_HOST "/" HOST_NOTIFY);
	if (profile)
		add_variable(os, PROFILE_VARIABLE, profile);
	if (*devices)
		add_variable(os, DEVICES_VARIABLE, devices);
	add_hardware(os, record);
	add_ipv6(os, record);
	if (log_level_word()) /* init inherits nothing from us */
		add_variable(os, LOG_VARIABLE, log_level_word());
}

/* A container without ids of its own still has a user namespace, which maps every id to the same id: its root owns what
 * the host's root owns, but has no capability over the host. */
static void add_idmap(xmlNode *domain, const struct record *record)
{
	_cleanup_(freep) char *base = xasprintf("%" PRIu32, record->uid_base);
	_cleanup_(freep) char *count = xasprintf("%" PRIu32, record->uid_base ? record->uid_count : UINT32_MAX);
	xmlNode *idmap;

	idmap = element(domain, "idmap", NULL);
	element(idmap, "uid", "start", "0", "target", base, "count", count, NULL);
	element(idmap, "gid", "start", "0", "target", base, "count", count, NULL);
}

/* The mounts are read-only already. If libvirt were asked to make them so, it would drop their other flags, which the
 * kernel does not allow in a user namespace. */
static void add_mount(xmlNode *devices, const char *source, const char *target)
{
	xmlNode *fs = element(devices, "filesystem", "type", "mount", NULL);

	element(fs, "source", "dir", source, NULL);
	element(fs, "target", "dir", target, NULL);
}

static void add_ram(xmlNode *devices, const char *target, uint64_t kib)
{
	_cleanup_(freep) char *size = xasprintf("%" PRIu64, kib);
	xmlNode *fs = element(devices, "filesystem", "type", "ram", NULL);

	element(fs, "source", "usage", size, "units", "KiB", NULL);
	element(fs, "target", "dir", target, NULL);
}

static void add_live(xmlNode *devices, const struct record *record)
{
	for (size_t i = 0; i < record->live.n; i++) {
		const struct live_place *place = live_place(record->live.v[i]);
		_cleanup_(freep) char *source = staging_live(record->name, (size_t)(place - live_places));

		add_mount(devices, source, place->path);
	}
}

static void add_asked_mounts(xmlNode *devices, const struct record *record)
{
	for (size_t i = 0; i < record->mounts.n; i++) {
		const struct mount *m = &record->mounts.v[i];
		_cleanup_(freep) char *source = staging_bind(record->name, i);

		if (m->kind == MOUNT_RAM)
			add_ram(devices, m->target, m->size / 1024);
		else
			add_mount(devices, source, m->target);
	}
}

/* libvirt mounts in this order, so a directory comes before those below it. */
static void add_filesystems(xmlNode *devices, const struct record *record)
{
	_cleanup_(freep) char *mounts = staging_dir(record->name);
	_cleanup_(freep) char *root = xasprintf("%s/" STAGING_ROOT, mounts);

	add_mount(devices, root, "/");
	for (const struct root_entry *e = root_layout; e->path; e++) {
		_cleanup_(freep) char *source = root_is_writable(e)
							? xasprintf("%s/" STAGING_TREE "%s", mounts, e->path)
						: e->kind == ROOT_SHARED ? xasprintf("%s%s", mounts, e->path)
						: e->kind == ROOT_HANDED ? xasprintf("%s/" STAGING_HOST, mounts)
									 : NULL;

		if (source)
			add_mount(devices, source, e->path);
		else if (e->kind == ROOT_RAM)
			add_ram(devices, e->path, (uint64_t)e->mib * 1024);
	}
	add_live(devices, record);
	add_asked_mounts(devices, record);
}

static void add_address(xmlNode *interface, const struct ipv4_range *range)
{
	_cleanup_(freep) char *address = ipv4_format(range->address);
	_cleanup_(freep) char *prefix = xasprintf("%u", range->prefix);

	element(interface, "ip", "address", address, "family", "ipv4", "prefix", prefix, NULL);
}

static void add_route(xmlNode *interface, const struct net_route *route)
{
	_cleanup_(freep) char *destination = ipv4_format(route->destination.address);
	_cleanup_(freep) char *prefix = xasprintf("%u", route->destination.prefix);
	_cleanup_(freep) char *gateway = ipv4_format(route->gateway);

	element(interface, "route", "family", "ipv4", "address", destination, "prefix", prefix, "gateway", gateway,
		NULL);
}

static xmlNode *add_source(xmlNode *devices, const struct net *net)
{
	xmlNode *interface = element(devices, "interface", "type", net->kind->domain_type, NULL), *source;
	const char *mode = net->neighbours ? net->kind->domain_together : net->kind->domain_apart;

	/* A fixed hardware address: with a new one at each start, stale ARP entries would cost up to 30 s. Where udev
	 * runs it may replace this one; init sets it again. */
	if (*net->mac)
		element(interface, "mac", "address", net->mac, NULL);
	source = element(interface, "source", net->kind->domain_key, net->source, NULL);
	if (mode)
		must(xmlNewProp(source, BAD_CAST "mode", BAD_CAST mode));
	return interface;
}

static void add_interface(xmlNode *devices, const struct record *record, size_t index)
{
	const struct net *net = &record->nets.v[index];
	_cleanup_(freep) char *name = inside_interface_name(index);
	_cleanup_(freep) char *end = host_interface_name(record->name, index);
	xmlNode *interface = add_source(devices, net);

	if (net->address.address)
		add_address(interface, &net->address);
	if (net->gateway)
		add_route(interface, &(struct net_route){ .gateway = net->gateway });
	for (size_t i = 0; !net->dhcp && i < net->n_routes; i++) /* with DHCP, there is no address yet */
		add_route(interface, &net->routes[i]);
	element(interface, "target", "dev", end, NULL);
	element(interface, "link", "state", "up", NULL);
	element(interface, "guest", "dev", name, NULL);
}

/* libvirt makes the node in the container's /dev, and lets its control group use it. */
static void add_device(xmlNode *devices, const char *path)
{
	xmlNode *hostdev = element(devices, "hostdev", "mode", "capabilities", "type", "misc", NULL);

	text(element(hostdev, "source", NULL), "char", path);
}

static void add_label(xmlNode *domain, const struct record *record, const char *relabel)
{
	xmlNode *label;

	if (!*record->process_context)
		return;
	label = element(domain, "seclabel", "type", "static", "model", "selinux", "relabel", relabel, NULL);
	text(label, "label", record->process_context);
}

/* 'whole' is "global_" if the domain has processors of its own, which the other settings would be for. */
static void add_cpu_limit(xmlNode *domain, const struct record *record, const char *whole)
{
	_cleanup_(freep) char *period_name = xasprintf("%speriod", whole), *quota_name = xasprintf("%squota", whole);
	_cleanup_(freep) char *period = xasprintf("%d", DOMAIN_CPU_PERIOD);
	_cleanup_(freep) char *quota = xasprintf("%" PRIu64, domain_cpu_quota(record->limits[LIMIT_CPUS]));
	xmlNode *tune;

	if (!record->limits[LIMIT_CPUS])
		return;
	tune = element(domain, "cputune", NULL);
	text(tune, period_name, period);
	text(tune, quota_name, quota);
}

/* systemd sets the other limits, which libvirt does not support, once the container runs. */
static void add_limits(xmlNode *domain, const struct record *record)
{
	_cleanup_(freep) char *memory = xasprintf("%" PRIu64, record->limits[LIMIT_MEMORY] / 1024);

	if (record->limits[LIMIT_MEMORY])
		must(xmlNewProp(text(element(domain, "memtune", NULL), "hard_limit", memory), BAD_CAST "unit",
				BAD_CAST "KiB"));
	add_cpu_limit(domain, record, "");
}

/* What comes before the program that the domain runs. */
static void begin(xmlNode *domain, const struct record *record, const char *type, uint64_t memory_kib)
{
	_cleanup_(freep) char *memory = xasprintf("%" PRIu64, memory_kib);

	must(xmlNewProp(domain, BAD_CAST "type", BAD_CAST type));
	text(domain, "name", record->name);
	text(domain, "uuid", record->uuid);
	/* libvirt requires this element, and makes it a limit. */
	must(xmlNewProp(text(domain, "memory", memory), BAD_CAST "unit", BAD_CAST "KiB"));
}

static void add_ends(xmlNode *domain)
{
	text(domain, "on_poweroff", "destroy");
	text(domain, "on_reboot", "destroy");
	text(domain, "on_crash", "destroy");
}

/* What comes after it. Returns the element for its devices. */
static xmlNode *confine(xmlNode *domain, const struct record *record)
{
	add_idmap(domain, record);
	/* A network namespace of its own, even without an interface. */
	element(element(domain, "features", NULL), "privnet", NULL);
	add_ends(domain);
	add_limits(domain, record);
	return element(domain, "devices", NULL);
}

static void end(xmlNode *domain, xmlNode *devices, const struct record *record)
{
	for (size_t i = 0; i < record->nets.n; i++)
		add_interface(devices, record, i);
	for (size_t i = 0; i < record->devices.n; i++)
		add_device(devices, record->devices.v[i]);
	element(devices, "console", "type", "pty", NULL);
	add_label(domain, record, "no");
}

static xmlNode *document(xmlDoc **ret)
{
	xmlNode *domain;

	*ret = must(xmlNewDoc(BAD_CAST "1.0"));
	domain = must(xmlNewDocNode(*ret, NULL, BAD_CAST "domain", NULL));
	xmlDocSetRootElement(*ret, domain);
	return domain;
}

/* Frees the document. Caller frees the text. */
static char *print(xmlDoc *doc)
{
	xmlChar *xml = NULL;
	char *copy;

	xmlDocDumpFormatMemoryEnc(doc, &xml, NULL, "UTF-8", 1);
	copy = xstrdup(must(xml));
	xmlFree(xml);
	xmlFreeDoc(doc);
	return copy;
}

char *domain_xml(const struct record *record, const char *profile, const struct strv *open_devices, uint64_t memory_kib)
{
	xmlDoc *doc;
	xmlNode *domain = document(&doc), *devices;

	begin(domain, record, "lxc", memory_kib);
	add_os(domain, record, profile, open_devices);
	devices = confine(domain, record);
	add_filesystems(devices, record);
	end(domain, devices, record);
	return print(doc);
}

char *domain_xml_sandbox(const struct record *record, const struct domain_sandbox *sandbox, uint64_t memory_kib)
{
	xmlDoc *doc;
	xmlNode *domain = document(&doc), *devices, *os;

	begin(domain, record, "lxc", memory_kib);
	os = element(domain, "os", NULL);
	text(os, "type", "exe");
	text(os, "init", sandbox->init);
	if (sandbox->argument)
		text(os, "initarg", sandbox->argument);
	add_hardware(os, record);
	devices = confine(domain, record);
	add_mount(devices, sandbox->root, "/");
	add_mount(devices, sandbox->programs, sandbox->programs_target);
	end(domain, devices, record);
	return print(doc);
}

static void add_boot(xmlNode *domain, const struct domain_guest *guest)
{
	_cleanup_(freep) char *cpus = xasprintf("%u", guest->cpus);
	xmlNode *os, *type;

	text(domain, "vcpu", cpus);
	os = element(domain, "os", NULL);
	type = text(os, "type", "hvm");
	/* It has no PCI Express, whose ports take an emulated machine a second. */
	must(xmlNewProp(type, BAD_CAST "machine", BAD_CAST "pc"));
	text(os, "kernel", guest->kernel);
	text(os, "initrd", guest->initrd);
	text(os, "cmdline", guest->arguments);
	element(element(domain, "features", NULL), "acpi", NULL);
	element(domain, "cpu", "mode", guest->kvm ? "host-passthrough" : "maximum", NULL);
}

/* File systems that are mounted in the directory are seen, too. The emulator itself refuses all writes. */
static void add_guest_devices(xmlNode *domain, const struct domain_guest *guest)
{
	xmlNode *devices = element(domain, "devices", NULL), *node;

	node = element(devices, "filesystem", "type", "mount", "accessmode", "passthrough", "multidevs", "remap", NULL);
	element(node, "source", "dir", guest->tree, NULL);
	element(node, "target", "dir", guest->tag, NULL);
	element(node, "readonly", NULL);
	node = element(devices, "channel", "type", "unix", NULL);
	element(node, "target", "type", "virtio", "name", guest->channel, NULL);
	node = element(devices, "console", "type", "pty", NULL);
	element(node, "target", "type", "serial", NULL);
	element(devices, "controller", "type", "usb", "model", "none", NULL);
	element(devices, "memballoon", "model", "none", NULL);
}

/* The emulator runs as a user of its own; the files that it is given are not its own. */
static void add_emulator_user(xmlNode *domain, const struct domain_guest *guest)
{
	_cleanup_(freep) char *user = xasprintf("+%u:+%u", guest->uid, guest->gid);

	text(element(domain, "seclabel", "type", "static", "model", "dac", "relabel", "no", NULL), "label", user);
	if (guest->no_apparmor)
		element(domain, "seclabel", "type", "none", "model", "apparmor", NULL);
}

char *domain_xml_guest(const struct record *record, const struct domain_guest *guest)
{
	xmlDoc *doc;
	xmlNode *domain = document(&doc);

	begin(domain, record, guest->kvm ? "kvm" : "qemu", guest->memory / 1024);
	add_boot(domain, guest);
	add_ends(domain);
	add_cpu_limit(domain, record, "global_");
	add_guest_devices(domain, guest);
	add_emulator_user(domain, guest);
	add_label(domain, record, "yes");
	return print(doc);
}

char *xml_value(const char *xml, const char *path)
{
	/* Without entities and network access: libvirt made this document from ours, which uses neither. */
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlXPathContext *context = doc ? xmlXPathNewContext(doc) : NULL;
	xmlXPathObject *object = context ? xmlXPathEvalExpression(BAD_CAST path, context) : NULL;
	xmlChar *value = object ? xmlXPathCastToString(object) : NULL;
	char *copy = value ? xstrdup((const char *)value) : NULL;

	xmlFree(value);
	xmlXPathFreeObject(object);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	return copy;
}
