/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What every model of trust fills in: four columns, one figure for each node. */

#include "config.h"

#include "cpsf-trust-private.h"

gboolean
cpsf_trust_figures_init(CpsfTrustFigures *self, int32_t n_nodes, GError **error)
{
    double **const columns[] = {&self->belief, &self->disbelief, &self->expected, &self->stderr_of};

    *self = (CpsfTrustFigures){0};
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        *columns[i] = cpsf_try_new0(double, (size_t) n_nodes, error);
        if (*columns[i] == NULL)
            return FALSE;
    }
    return TRUE;
}

void
cpsf_trust_figures_clear(CpsfTrustFigures *self)
{
    g_clear_pointer(&self->belief, g_free);
    g_clear_pointer(&self->disbelief, g_free);
    g_clear_pointer(&self->expected, g_free);
    g_clear_pointer(&self->stderr_of, g_free);
}
