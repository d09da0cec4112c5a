/*
  Bandwidth of scattered, noisy samples: the standard deviation of their power spectrum along each coordinate.

    z_nc    sample n's coordinate c, moved and scaled to [-1, 1]; N samples, d coordinates
    w       Hann window, prod_c (1 + cos(pi z_c)) / 2: fields end abruptly at their edges, and edges look like high frequency
    A(k)    sum_n w_n (u_n - mean) exp(-i pi k.z_n), k on the integer grid |k_c| <= K_c: a direct non-uniform transform
    P(k)    |A(k)|^2. Noise of any distribution adds a floor on which P is exponentially distributed, mean = median/log 2.
    omega_c^2 = sum (P - floor) (pi k_c)^2 / sum (P - floor), over the k that stand out of the floor, minus pi^2/3, which the
            window adds: int w'^2 / int w^2 = pi^2/3 for Hann's.

  K_c is the Nyquist limit of the samples: on a grid, of its distinct coordinates; for scattered ones, of as many as
  a grid of N points would have along c. The windowed field vanishes at the edges of a box of side 2, so multiples of pi
  hold all its power (Parseval). The cost is N times the number of frequencies, which is below N/2.
*/
#include "net/network.h"

#define MAX_SAMPLES 8192 /* of larger sets, that many random ones */

typedef struct {
  PetscInt d, N;
  double  *z[DSC_MAX_COORDINATES];                                        /* (owned) [N] each */
  double  *y;                                                             /* (owned) [N] windowed field */
  double   half_width[DSC_MAX_COORDINATES];                               /* of the scaled coordinates */
  PetscInt K[DSC_MAX_COORDINATES];                                        /* largest frequency */
  double  *re[DSC_MAX_COORDINATES], *im[DSC_MAX_COORDINATES];             /* (owned) [N] each: running products */
  double  *rotor_re[DSC_MAX_COORDINATES], *rotor_im[DSC_MAX_COORDINATES]; /* (owned) [N]: exp(-i pi z) */
  PetscInt nfrequencies;
  double  *power; /* (owned) [nfrequencies], coordinate 0 slowest with k_0 >= 0, the others from -K */
  PetscInt next;  /* place of the next power */
} Spectrum;

/* Chooses training samples that have the field, and copies their scaled coordinates and field. */
static PetscErrorCode gather(const DscDataSet *data, const DscScaling *scaling, PetscInt field, Spectrum *s)
{
  PetscInt *chosen, *present, npresent = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(data->ntrain, &chosen, data->ntrain, &present));
  for (PetscInt n = 0; n < data->ntrain; n++) {
    if (!isnan(data->fields[field][n])) present[npresent++] = n;
  }
  s->d = data->ncoordinates;
  s->N = PetscMin(npresent, MAX_SAMPLES);
  for (PetscInt n = 0; n < s->N; n++) chosen[n] = n;
  if (s->N < npresent) PetscCall(DscRandomPermutation(0, DSC_STREAM_FOURIER, npresent, s->N, chosen));
  for (PetscInt n = 0; n < s->N; n++) chosen[n] = present[chosen[n]];
  PetscCall(PetscMalloc1(s->N, &s->y));
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = data->fields[field][chosen[n]];
  for (PetscInt c = 0; c < s->d; c++) {
    double low = PETSC_MAX_REAL, high = -PETSC_MAX_REAL;
    PetscCall(
        PetscMalloc5(s->N, &s->z[c], s->N, &s->re[c], s->N, &s->im[c], s->N, &s->rotor_re[c], s->N, &s->rotor_im[c]));
    for (PetscInt n = 0; n < s->N; n++) {
      const double x = (data->coordinates[c][chosen[n]] - scaling->coordinate_center[c]) / scaling->coordinate_scale[c];
      s->z[c][n]     = x;
      low            = PetscMin(low, x);
      high           = PetscMax(high, x);
    }
    s->half_width[c] = 0.5 * (high - low);
    for (PetscInt n = 0; n < s->N; n++)
      s->z[c][n] = s->half_width[c] > 0.0 ? (s->z[c][n] - 0.5 * (low + high)) / s->half_width[c] : 0.0;
  }
  PetscCall(PetscFree2(chosen, present));
  PetscFunctionReturn(0);
}

/* Number of different values of z [n]; scratch [n]. */
static PetscErrorCode countDistinct(PetscInt n, const double z[], double scratch[], PetscInt *distinct)
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(scratch, z, n));
  PetscCall(PetscSortReal(n, scratch));
  *distinct = 1;
  for (PetscInt i = 1; i < n; i++) {
    if (scratch[i] - scratch[i - 1] > 1e-9) (*distinct)++;
  }
  PetscFunctionReturn(0);
}

/* K: coordinates with few distinct values first, what remains of N shared by the others. */
static PetscErrorCode chooseFrequencies(Spectrum *s)
{
  PetscInt distinct[DSC_MAX_COORDINATES], order[DSC_MAX_COORDINATES];
  double   remaining = (double)s->N;

  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < s->d; c++) {
    PetscCall(countDistinct(s->N, s->z[c], s->re[c], &distinct[c]));
    order[c] = c;
  }
  PetscCall(PetscSortIntWithPermutation(s->d, distinct, order));
  for (PetscInt i = 0; i < s->d; i++) {
    const double share  = pow(remaining, 1.0 / (double)(s->d - i));
    const double points = PetscMin((double)distinct[order[i]], share);
    s->K[order[i]]      = PetscMax(0, (PetscInt)(0.5 * points + 1e-9) - 1);
    remaining /= points;
  }
  s->nfrequencies = s->K[0] + 1;
  for (PetscInt c = 1; c < s->d; c++) s->nfrequencies *= 2 * s->K[c] + 1;
  PetscCall(PetscMalloc1(s->nfrequencies, &s->power));
  PetscFunctionReturn(0);
}

/* y = w (u - mean), the mean weighted by w so that P(0) = 0; the rotors. */
static void applyWindow(Spectrum *s)
{
  double *w = s->re[0], total = 0.0, mean = 0.0;

  for (PetscInt n = 0; n < s->N; n++) {
    w[n] = 1.0;
    for (PetscInt c = 0; c < s->d; c++) w[n] *= 0.5 * (1.0 + cos(PETSC_PI * s->z[c][n]));
    total += w[n];
    mean += w[n] * s->y[n];
  }
  if (total > 0.0) mean /= total;
  for (PetscInt n = 0; n < s->N; n++) s->y[n] = w[n] * (s->y[n] - mean);
  for (PetscInt c = 0; c < s->d; c++) {
    for (PetscInt n = 0; n < s->N; n++) {
      s->rotor_re[c][n] = cos(PETSC_PI * s->z[c][n]);
      s->rotor_im[c][n] = -sin(PETSC_PI * s->z[c][n]);
    }
  }
}

/* (re, im) <- (re, im) * rotor, sample by sample. */
static void turn(PetscInt N, const double rotor_re[], const double rotor_im[], double re[], double im[])
{
  for (PetscInt n = 0; n < N; n++) {
    const double product_re = re[n] * rotor_re[n] - im[n] * rotor_im[n];
    im[n]                   = re[n] * rotor_im[n] + im[n] * rotor_re[n];
    re[n]                   = product_re;
  }
}

/* Runs over the frequencies of coordinate c and, inside each, of those after it; (re, im) [N] carries the phases of those
   before it. */
static void transform(Spectrum *s, PetscInt c, const double re[], const double im[])
{
  const PetscInt last = PetscMin(s->d, DSC_MAX_COORDINATES) - 1, first = c == 0 ? 0 : -s->K[c];
  double        *my_re = s->re[c], *my_im = s->im[c];

  for (PetscInt n = 0; n < s->N; n++) {
    const double phase = -PETSC_PI * (double)first * s->z[c][n];
    my_re[n]           = re[n] * cos(phase) - im[n] * sin(phase);
    my_im[n]           = re[n] * sin(phase) + im[n] * cos(phase);
  }
  for (PetscInt k = first; k <= s->K[c]; k++) {
    if (c < last) {
      transform(s, c + 1, my_re, my_im);
    } else {
      double A_re = 0.0, A_im = 0.0;
      for (PetscInt n = 0; n < s->N; n++) {
        A_re += my_re[n];
        A_im += my_im[n];
      }
      s->power[s->next++] = A_re * A_re + A_im * A_im;
    }
    turn(s->N, s->rotor_re[c], s->rotor_im[c], my_re, my_im);
  }
}

/* Frequency of a place in the list of powers. */
static void frequencyOf(const Spectrum *s, PetscInt place, PetscInt k[])
{
  for (PetscInt c = s->d - 1; c > 0; c--) {
    const PetscInt count = 2 * s->K[c] + 1;
    k[c]                 = place % count - s->K[c];
    place /= count;
  }
  k[0] = place;
}

/* Mean power of the noise, from the half of the spectrum (along at least one coordinate) where there is least signal. */
static PetscErrorCode noiseFloor(const Spectrum *s, double *noise)
{
  double  *sorted;
  PetscInt count = 0, k[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(s->nfrequencies, &sorted));
  for (PetscInt place = 0; place < s->nfrequencies; place++) {
    PetscBool outer = PETSC_FALSE;
    frequencyOf(s, place, k);
    for (PetscInt c = 0; c < s->d; c++) {
      if (2 * PetscAbsInt(k[c]) > s->K[c]) outer = PETSC_TRUE;
    }
    if (outer) sorted[count++] = s->power[place];
  }
  PetscCall(PetscSortReal(count, sorted));
  *noise = count > 0 ? sorted[count / 2] / log(2.0) : 0.0;
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(0);
}

/* One pass of secondMoments(): all frequencies within |omega_c| <= reach_c, and those outside that stand out by themselves. */
static void secondMomentsWithin(const Spectrum *s, double noise, const double reach[], double moment[])
{
  /* exponential noise exceeds this at some frequency in one of exp(3) spectra */
  const double threshold = noise * (log((double)s->nfrequencies) + 3.0);
  double       total     = 0.0;
  PetscInt     k[DSC_MAX_COORDINATES];

  for (PetscInt c = 0; c < s->d; c++) moment[c] = 0.0;
  for (PetscInt place = 0; place < s->nfrequencies; place++) {
    PetscBool inside = PETSC_TRUE;
    double    weight;
    frequencyOf(s, place, k);
    for (PetscInt c = 0; c < s->d; c++) {
      if (PETSC_PI * PetscAbsInt(k[c]) > reach[c]) inside = PETSC_FALSE;
    }
    if (!inside && s->power[place] <= threshold) continue;
    weight = (k[0] > 0 ? 2.0 : 1.0) * (s->power[place] - noise); /* -k_0 is not in the list */
    total += weight;
    for (PetscInt c = 0; c < s->d; c++) moment[c] += weight * PetscSqr(PETSC_PI * (double)k[c]);
  }
  for (PetscInt c = 0; c < s->d; c++) moment[c] = total > 0.0 ? PetscMax(0.0, moment[c] / total) : 0.0;
}

/* omega_c^2 of the power above the noise; all zero if none stands out. What stands out alone would be too narrow, as the
   flanks of a spectrum sink in the noise: the following passes add everything up to three deviations. */
static void secondMoments(const Spectrum *s, double noise, double moment[])
{
  double reach[DSC_MAX_COORDINATES] = {-1.0, -1.0, -1.0, -1.0};

  secondMomentsWithin(s, noise, reach, moment);
  for (PetscInt pass = 0; pass < 3; pass++) {
    for (PetscInt c = 0; c < s->d; c++) {
      if (moment[c] == 0.0 && s->K[c] > 0) return;
      reach[c] = 3.0 * sqrt(moment[c]);
    }
    secondMomentsWithin(s, noise, reach, moment);
  }
}

static PetscErrorCode spectrumDestroy(Spectrum *s)
{
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < s->d; c++)
    PetscCall(PetscFree5(s->z[c], s->re[c], s->im[c], s->rotor_re[c], s->rotor_im[c]));
  PetscCall(PetscFree(s->y));
  PetscCall(PetscFree(s->power));
  PetscFunctionReturn(0);
}

PetscErrorCode DscNetEstimateBandwidth(const DscDataSet *data, const DscScaling *scaling, PetscInt field,
                                       double bandwidth[])
{
  const double window_moment = PETSC_PI * PETSC_PI / 3.0;
  Spectrum     s             = {0};
  double      *zero, noise = 0.0, moment[DSC_MAX_COORDINATES];

  PetscFunctionBeginUser;
  PetscCheck(field >= 0 && field < data->nfields, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "no field %" PetscInt_FMT,
             field);
  PetscCheck(data->ntrain > 0, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "the data set has no training samples");
  PetscCall(gather(data, scaling, field, &s));
  PetscCall(chooseFrequencies(&s));
  applyWindow(&s);
  PetscCall(PetscCalloc1(s.N, &zero));
  transform(&s, 0, s.y, zero);
  PetscCall(PetscFree(zero));
  PetscCall(noiseFloor(&s, &noise));
  secondMoments(&s, noise, moment);
  for (PetscInt c = 0; c < s.d; c++)
    bandwidth[c] = s.K[c] > 0 ? sqrt(PetscMax(0.0, moment[c] - window_moment)) / s.half_width[c] : 0.0;
  PetscCall(spectrumDestroy(&s));
  PetscFunctionReturn(0);
}
