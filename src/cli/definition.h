/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What filters and security groups have in common on the command line: each is a document. */
#pragma once

#include "cli/client.h"

typedef int definition_define_func(struct vif *vif, const char *xml, const char *source,
				   struct vif_record **ret_answer, struct vif_error *error);
typedef int definition_xml_func(struct vif *vif, const char *name, char **ret_xml,
				struct vif_error *error);

/* Stores the document that the first word is or names: "WHAT NAME is OUTCOME". */
int definition_define(struct cli *cli, const struct arguments *arguments,
		      definition_define_func *define, const char *what, struct error *err);

/* Shows the one that the first word names. */
int definition_show(struct cli *cli, const struct arguments *arguments, definition_xml_func *xml,
		    struct error *err);
