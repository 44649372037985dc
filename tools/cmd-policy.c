/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpsf policy: the whole policy in force, as a policy file. */

#include "config.h"

#include "message.h"
#include "output.h"
#include "read.h"
#include "tool.h"

#include <glib/gi18n.h>
#include <string.h>

/* An OutputWriter. */
static gboolean
write_policy(
    const char *format, gboolean is_stdout, GOutputStream *stream, void *data, GError **error)
{
    g_autofree char *xml = cpsf_policy_to_xml(data);

    (void) format;
    (void) is_stdout;
    return g_output_stream_write_all(stream, xml, strlen(xml), NULL, NULL, error);
}

int
cmd_policy(const Options *options)
{
    int status = EXIT_DONE;

    if (options->rest[0] != NULL) {
        message_error(_("“%s”: policy takes no feeds"), options->rest[0]);
        return EXIT_USAGE;
    }

    g_autoptr(CpsfPolicy) policy = read_policy(options, &status);

    return policy == NULL ? status : output_write("xml", NULL, write_policy, policy);
}
