/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one decision, which resolve.c asks in three ways. For use inside resolve/ only.
 */
#pragma once

#include "backends/side.h"
#include "backends/usage.h"
#include "resolve/resolution.h"
#include "util/text.h"

struct question {
	const struct resolve_request *request;
	/* Is the error a reason for the port to wait, or does it fail the whole? */
	bool (*may_wait)(const struct resolve_request *request, const struct error *reason);
	struct asker asker;
	struct usage usage; /* built when it is first needed */
	struct text summary;
};

/*
 * Begins one, and gives its resolution, whose side is decided, the port's type.
 * Neither may move after that: the asker's name is the resolution's, once it is
 * decided. `may_wait` may be NULL where no plan is asked for.
 */
void question_begin(struct question *question, const struct resolve_request *request,
		    bool (*may_wait)(const struct resolve_request *, const struct error *),
		    struct resolution *resolution);
void question_done(struct question *question);
#define AUTO_QUESTION AUTO(question_done)

/* Asks for the place that the resolution's actual says. */
struct side_request question_place(const struct question *question,
				   const struct resolution *resolution);

/* Can vifd do all that the interface and its merged settings say? */
int decide_check_served(const struct resolve_request *request, const struct actual *actual,
			struct error *err);

/*
 * Fills the resolution's actual; and its state and reason, where there is nothing for it
 * now and it may wait. `kept`: its settings are taken over, and not judged again;
 * NULL: they are merged, and refused if vifd cannot do all that they say.
 */
int decide_actual(struct question *question, const struct actual *kept,
		  struct resolution *resolution, struct error *err);

/*
 * Of a resolution with type, side, name and actual: its state, reason, mtu,
 * plan, effect, description and summary.
 */
int decide_plan(struct question *question, struct resolution *resolution, struct error *err);
int decide_summary(struct question *question, struct resolution *resolution, struct error *err);
