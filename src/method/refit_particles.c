#include "method/particle_fit.h"
#include "method/refit.h"

#define PLACES 1024 /* of the grid on which test functions are made: their error is far below the sampling's */

/* Density and terms at all places of all frames. */
static PetscErrorCode evaluate(DscSurrogate *s, const double theta[], DscParticleMoments *m)
{
  const PetscInt n     = m->nplaces;
  const size_t   plane = (size_t)(m->nframes * n);
  double        *t, *x, *terms;
  DscWorkspace   workspace;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n, &t, n, &x, (size_t)(s->nterms * n), &terms));
  PetscCall(DscWorkspaceCreate(s->graph, &workspace));
  PetscCall(DscGraphSetParameters(s->graph, theta));
  for (PetscInt f = 0; f < m->nframes; f++) {
    const double *const coordinates[] = {t, x};

    for (PetscInt g = 0; g < n; g++) {
      t[g] = m->times[f];
      x[g] = m->first + (double)g * m->step;
    }
    PetscCall(DscSurrogateEvaluateAt(s, workspace, 0, n, coordinates, m->p + (size_t)(f * n), terms));
    for (PetscInt k = 0; k < s->nterms; k++)
      PetscCall(PetscArraycpy(m->theta + (size_t)k * plane + (size_t)(f * n), terms + k * n, n));
  }
  PetscCall(DscWorkspaceDestroy(&workspace));
  PetscCall(PetscFree3(t, x, terms));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRefitByParticles(DscSurrogate *s, const double theta[], DscResult *result)
{
  DscParticleMoments moments;
  PetscErrorCode     ierr;

  PetscFunctionBeginUser;
  ierr = DscParticleMomentsCreate(s->experiments[0].data, s->library, PLACES, &moments);
  if (!ierr) ierr = evaluate(s, theta, &moments);
  if (!ierr) ierr = DscParticleMomentsCompute(&moments);
  if (!ierr) ierr = DscParticleFit(&moments, result);
  PetscCall(DscParticleMomentsDestroy(&moments));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
