/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Standard output and the files of -o. */

#include "config.h"

#include "output.h"

#include "message.h"
#include "stream.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)

/* The file under construction; read by the signal handler. */
static char *volatile unfinished;

static void
on_signal(int number)
{
    if (unfinished != NULL)
        unlink(unfinished);
    signal(number, SIG_DFL);
    raise(number);
}

void
output_init(void)
{
    static const int fatal[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
        if (signal(fatal[i], on_signal) == SIG_IGN)
            signal(fatal[i], SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

gboolean
output_check(char **outputs, const char *const *formats)
{
    for (int i = 0; outputs != NULL && outputs[i] != NULL; i++) {
        const char *equals = strchr(outputs[i], '=');
        g_autofree char *format =
            equals != NULL ? g_strndup(outputs[i], (gsize) (equals - outputs[i])) : NULL;

        if (format != NULL && g_strv_contains(formats, format) && equals[1] != '\0' &&
            !g_str_equal(equals + 1, "-"))
            continue;

        g_autofree char *allowed = g_strjoinv(", ", (char **) formats);

        message_error(_("-o: “%s” is not FORMAT=FILE with a format of %s"), outputs[i], allowed);
        return FALSE;
    }
    return TRUE;
}

static gboolean
fail_errno(GError **error)
{
    const int code = errno;

    g_set_error_literal(error, G_IO_ERROR, (int) g_io_error_from_errno(code), g_strerror(code));
    return FALSE;
}

/* @is_broken_pipe (out) (optional): whether that is why it failed. */
static gboolean
write_to(int fd,
         const char *format,
         OutputWriter writer,
         void *data,
         gboolean *is_broken_pipe,
         GError **error)
{
    g_autoptr(ToolStream) raw = tool_stream_new(fd);
    g_autoptr(GOutputStream) stream =
        g_buffered_output_stream_new_sized(G_OUTPUT_STREAM(raw), BUFFER_BYTES);
    const gboolean ok = writer(format, fd == STDOUT_FILENO, stream, data, error) &&
                        g_output_stream_close(stream, NULL, error);

    if (is_broken_pipe != NULL)
        *is_broken_pipe = tool_stream_is_broken_pipe(raw);
    return ok;
}

/* What is there already and is no file, such as /dev/null or a pipe, is written in place. */
static gboolean
write_in_place(
    const char *file, const char *format, OutputWriter writer, void *data, GError **error)
{
    const int fd = g_open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);

    if (fd < 0)
        return fail_errno(error);

    const gboolean ok = write_to(fd, format, writer, data, NULL, error);

    return (close(fd) == 0 || fail_errno(ok ? error : NULL)) && ok;
}

/* The temporary name is new (O_EXCL) and nobody's link; what @file was is replaced, also if it was
 * a link. */
static gboolean
write_beside(const char *file, const char *format, OutputWriter writer, void *data, GError **error)
{
    g_autofree char *beside = g_strconcat(file, ".XXXXXX", NULL);
    const int fd = g_mkstemp_full(beside, O_WRONLY | O_CLOEXEC, 0666);

    if (fd < 0)
        return fail_errno(error);
    unfinished = beside;

    gboolean ok = write_to(fd, format, writer, data, NULL, error);

    if (ok && fsync(fd) != 0)
        ok = fail_errno(error);
    if (close(fd) != 0 && ok)
        ok = fail_errno(error);
    if (ok && g_rename(beside, file) != 0)
        ok = fail_errno(error);
    if (!ok)
        g_unlink(beside);
    unfinished = NULL;
    return ok;
}

static gboolean
write_file(const char *output, OutputWriter writer, void *data)
{
    const char *file = strchr(output, '=') + 1;
    g_autofree char *format = g_strndup(output, (gsize) (file - 1 - output));
    g_autoptr(GError) error = NULL;
    struct stat old;
    const gboolean in_place = stat(file, &old) == 0 && !S_ISREG(old.st_mode);

    if (in_place ? write_in_place(file, format, writer, data, &error)
                 : write_beside(file, format, writer, data, &error))
        return TRUE;
    message_error("%s: %s", file, error->message);
    return FALSE;
}

int
output_write(const char *format, char **outputs, OutputWriter writer, void *data)
{
    g_autoptr(GError) error = NULL;
    gboolean is_broken_pipe = FALSE;

    for (int i = 0; outputs != NULL && outputs[i] != NULL; i++)
        if (!write_file(outputs[i], writer, data))
            return EXIT_INTERNAL;
    if (write_to(STDOUT_FILENO, format, writer, data, &is_broken_pipe, &error) || is_broken_pipe)
        return EXIT_DONE;
    message_error(_("standard output: %s"), error->message);
    return EXIT_INTERNAL;
}
