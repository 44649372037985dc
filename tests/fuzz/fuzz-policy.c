/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libFuzzer target: any bytes as a policy.  A policy that is read prints as one that reads the same. */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpsf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static CpsfPolicy *
load_bytes(const void *bytes, size_t length)
{
    const int file = memfd_create("policy", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", file);

    if (file < 0 || write(file, bytes, length) != (ssize_t) length || lseek(file, 0, SEEK_SET) != 0)
        abort();

    CpsfPolicy *policy = cpsf_policy_load(path, NULL);

    close(file);
    return policy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    g_autoptr(CpsfPolicy) policy = load_bytes(bytes, length);

    if (policy == NULL)
        return 0;

    g_autofree char *text = cpsf_policy_to_xml(policy);
    g_autoptr(CpsfPolicy) again = load_bytes(text, strlen(text));

    if (again == NULL || strcmp(cpsf_policy_get_digest(policy), cpsf_policy_get_digest(again)) != 0)
        abort();
    return 0;
}
