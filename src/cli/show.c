/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/client.h"

typedef int xml_func(struct vif *vif, const char *port, char **ret_xml, struct vif_error *failure);

static int show_xml(struct cli *cli, const char *port, xml_func *func, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = vif_record_new();
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	AUTO_FREE char *xml = NULL;
	int r;

	r = func(cli->vif, port, &xml, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	if (!record || vif_record_set_string(record, "xml", xml) < 0)
		return error_oom(err);
	writer_answer(cli->writer, record, xml);
	return 0;
}

static int show_run(struct cli *cli, const struct arguments *arguments, struct error *err)
{
	AUTO(vif_record_freep) struct vif_record *record = NULL;
	AUTO_FAILURE struct vif_error failure = VIF_ERROR_INIT;
	const char *port = arguments->words[0];
	int r;

	r = client_connect(cli, err);
	if (r < 0)
		return r;
	if (arguments->networkport)
		return show_xml(cli, port, vif_port_networkport, err);
	if (arguments->xml)
		return show_xml(cli, port, vif_port_xml, err);
	r = vif_port_get(cli->vif, port, &record, &failure);
	if (r < 0)
		return client_fail(r, &failure, err);
	writer_record(cli->writer, record);
	return 0;
}

const struct verb verb_show = {
	.name = "show",
	.synopsis = "PORT [--xml|--networkport]",
	.summary = "Shows a port.",
	.help = "PORT is a port's name or uuid. With --xml it is shown as libvirt's <interface>, "
		"with\n"
		"what it was resolved to on this host; with --networkport as libvirt's "
		"<networkport>.",
	.options = OPTION_XML | OPTION_NETWORKPORT,
	.min_words = 1,
	.max_words = 1,
	.run = show_run,
};
