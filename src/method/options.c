/* The keys of group 'method': the only place where their defaults are written. */
#include <discern/method.h>

PetscErrorCode DscMethodRegisterOptions(void)
{
  static const DscOptionSpec specs[] = {
      {"method", DSC_CHOICE, "discover", 0, 0, "discover|mechanistic", "what a run does"},
      {"seed", DSC_INT, "0", 0, 2147483647, NULL, "of all random numbers of a run"},
      {"precision", DSC_CHOICE, "double", 0, 0, "double|single",
       "of the networks; sums and regressions are always double"},
      {"shards", DSC_INT, "0", 0, 1 << 20, NULL,
       "parts of the data set, a power of two that the ranks of a run divide; 0: at most 64"},
      {"panel_lanes", DSC_INT, "0", 0, DSC_MAX_LANES, NULL,
       "samples in a panel: 16, 32, 48 or 64; 0: 64, 16 for few samples"},
      {"mechanistic_window", DSC_INT, "25", 2, 1e6, NULL,
       "mechanistic: samples of a window, which has an initial state"},
      {"mechanistic_order", DSC_INT, "4", 1, 6, NULL, "mechanistic: order of the Taylor rows of the ODE layer"},
      {"mechanistic_outer", DSC_CHOICE, "identity", 0, 0, "identity|tanh",
       "mechanistic: function of the sum of terms that is the time derivative"},
      {"mechanistic_iterations", DSC_INT, "50", 1, 1e6, NULL, "mechanistic: Gauss-Newton steps of a stage, at most"},
      {"mechanistic_tolerance", DSC_REAL, "1e-3", 0, 1, NULL,
       "mechanistic: largest change of a coefficient that counts as none, relative or in standard deviations"},
      {"positions_points", DSC_INTS, "21,81", 0, 1e6, NULL,
       "flow: times and places of the regular grid on which the equation is asked for; 0: at the positions (paper)"},
      {"positions_margin", DSC_REAL, "0.1", 0, 100, NULL,
       "flow: how far the grid goes beyond the outermost positions, over half of their range"},
      {"positions_observations", DSC_REAL, "0", 0, DSC_NO_MAX, NULL,
       "flow: independent observations that all positions count as; 0: ten for each particle, where they are told "
       "apart"},
      {"derivative_accuracy", DSC_INT, "4", 2, 8, NULL,
       "finite_difference, spectral in time: order of the error, even; a higher one needs more neighbours"},
      {"derivative_window", DSC_INTS, "5", 0, 100, NULL,
       "local_polynomial: points to either side, one number or one for each coordinate, time first; 0: no smoothing "
       "there"},
      {"derivative_degree", DSC_INT, "0", 0, 20, NULL,
       "local_polynomial: degree, below the number of points; 0: two above the highest derivative"},
      {"spectral_cutoff", DSC_REAL, "0", 0, 1, NULL,
       "spectral: fraction of the Nyquist wave number that is kept; 1: all, 0: what stands out of the noise"},
      {"pod_rank", DSC_INT, "0", -1, 1e9, NULL,
       "numerical derivatives: modes of a POD kept to take noise away; 0: no POD, -1: as many as stand out of the "
       "noise"},
      {"weak_support", DSC_REALS, "0", 0, DSC_NO_MAX, NULL,
       "weak: half-width of a test function along each coordinate, in its units; 0: from the data"},
      {"weak_degree", DSC_INT, "0", 0, 40, NULL,
       "weak: p of the test functions (1 - s^2)^p; 0: 5 more than the highest derivative, 7 at least"},
      {"weak_functions", DSC_INT, "0", 0, 20000, NULL, "weak: test functions at most; 0: from the data, at most 1000"},
      {"weak_centres", DSC_CHOICE, "lattice", 0, 0, "lattice|random", "weak: where the test functions are"},
      {"weak_passes", DSC_INT, "12", 1, 1000, NULL,
       "weak: estimates at most of the noise and of the equation, each from the other"},
      {"train_iterations", DSC_INT, "5000", 0, 1e9, NULL, "steps of the optimiser at most"},
      {"train_memory_limit", DSC_INT, "1024", 0, 1e9, NULL,
       "MB a rank may use to keep panels from forward to backward; what does not fit is computed twice"},
      {"train_log_interval", DSC_INT, "50", 1, 1e9, NULL, "iterations between rows of the history and of the log"},
      {"constraint", DSC_CHOICE, "sbl", 0, 0, "sbl|least_squares|ridge|gradient",
       "how the equation constrains the network"},
      {"constraint_start", DSC_INT, "0", 0, 1e9, NULL, "iterations on the data alone, before the equation is felt"},
      {"constraint_weight", DSC_REAL, "1", 0, 1e12, NULL,
       "least_squares, ridge, gradient: weight of |u_t - Theta xi|^2 beside |u - u^|^2"},
      {"constraint_l1", DSC_REAL, "0", 0, 1e12, NULL, "gradient: weight of the sum of |normalised coefficient|"},
      {"mask_schedule", DSC_CHOICE, "periodic", 0, 0, "periodic|train_test|train_test_periodic",
       "least_squares, ridge, gradient: when terms are masked; train_test: once, where the test error was smallest"},
      {"mask_start", DSC_INT, "1000", 0, 1e9, NULL,
       "mask_schedule periodic: first iteration at which terms are masked"},
      {"mask_interval", DSC_INT, "50", 0, 1e9, NULL,
       "iterations between masks; 0: none after the first of a train_test schedule, none at all with periodic"},
      {"mask_patience", DSC_INT, "200", 1, 1e9, NULL,
       "mask_schedule train_test: iterations without a better test error before the mask is found"},
      {"mask_delta", DSC_REAL, "1e-5", 0, 1e12, NULL,
       "mask_schedule train_test: what the test error must fall by, of the field's variance (data_scale none: "
       "absolute)"},
      {"mask_test_interval", DSC_INT, "25", 1, 1e9, NULL,
       "mask_schedule train_test: iterations between looks at the test error"},
      {"sbl_prior", DSC_CHOICE, "dynamic", 0, 0, "dynamic|none|fixed",
       "Gamma prior of the precision beta of u_t: follows the data's precision, none, or sbl_c and sbl_d"},
      {"sbl_lambda", DSC_REAL, "0.05", 1e-9, 1e9, NULL,
       "sbl_prior dynamic: precision of u_t over that of u, in scaled units (paper: 1); smaller prunes more"},
      {"prior_schedule", DSC_CHOICE, "constant", 0, 0, "constant|linear|geometric|cosine",
       "sbl_prior dynamic: how the ratio gets from prior_ratios to sbl_lambda; the last two are in its logarithm"},
      {"prior_ratios", DSC_REALS, "1", 1e-9, 1e9, NULL,
       "prior_schedule: ratios before sbl_lambda, at even intervals; two of them can rise and fall"},
      {"prior_iterations", DSC_INT, "500", 1, 1e9, NULL,
       "prior_schedule: iterations until the ratio is sbl_lambda; until then no equation counts as stable"},
      {"prior_exponent", DSC_REAL, "0", 0, 1, NULL,
       "sbl_prior dynamic: the ratio is times (mean square error / variance of the field)^this; 1: beta does not "
       "depend "
       "on the noise"},
      {"sbl_c", DSC_REAL, "0", 0, 1e300, NULL, "sbl_prior fixed: shape c of the prior of beta"},
      {"sbl_d", DSC_REAL, "0", 0, 1e300, NULL, "sbl_prior fixed: rate d of the prior of beta, in units of u_t squared"},
      {"spline_intervals", DSC_INTS, "0", 0, 1e6, NULL, "spline: intervals along each coordinate; 0: from the data"},
      {"spline_degree", DSC_INT, "0", 0, DSC_MAX_ORDER + 2, NULL,
       "spline: degree; 0: three above the highest derivative along a coordinate, 5 at least"},
      {"spline_lambda", DSC_REAL, "10", 1e-6, 1e12, NULL,
       "spline: precision of the equation over that of the data, both relative to their rms, while terms are chosen"},
      {"spline_lambda_last", DSC_REAL, "1000", 1e-6, 1e12, NULL,
       "spline: the same for the last fit at most, where coefficients still move"},
      {"spline_complexity", DSC_REAL, "1", 0, 1e6, NULL,
       "spline: chi-squared that a term must gain for every power and derivative in it, beside the information "
       "criterion"},
      {"spline_iterations", DSC_INT, "20", 1, 1e6, NULL, "spline: Gauss-Newton steps of one fit"},
      {"stop_rule", DSC_CHOICE, "stable", 0, 0, "stable|coefficients",
       "stable: terms and coefficients stay; coefficients: the sum of |normalised coefficient| stays"},
      {"stop_patience", DSC_INT, "100", 0, 1e9, NULL,
       "stop when the equation has been stable for so many iterations; 0: do all iterations"},
      {"stop_tolerance", DSC_REAL, "0.02", 0, 1e3, NULL,
       "largest change of an active normalised coefficient, over the largest of them, that counts as stable"},
      {"stop_delta", DSC_REAL, "1e-3", 0, 1e12, NULL, "stop_rule coefficients: largest change of the sum"},
      {"stop_interval", DSC_INT, "10", 1, 1e9, NULL, "iterations between looks at the equation"},
      {"refine_iterations", DSC_INT, "200", 0, 1e9, NULL,
       "iterations on the terms of the stable equation alone, before the end"},
      {"refine_lambda", DSC_REAL, "0.5", 1e-9, 1e9, NULL, "sbl: sbl_lambda while refining"},
      {"refit", DSC_CHOICE, "none", 0, 0, "none|spline|particles",
       "networks: the found terms fitted again at the end, by a spline under a strong equation; its error bars cover; "
       "flow: "
       "terms and coefficients from the particles, whose scatter gives the error bars"},
      {"stop_minimum", DSC_INT, "200", 0, 1e9, NULL, "never stop before this iteration"},
  };

  PetscFunctionBeginUser;
  PetscCall(DscOptionsRegister("method", (PetscInt)PETSC_STATIC_ARRAY_LENGTH(specs), specs));
  PetscFunctionReturn(0);
}

PetscErrorCode DscRunRegisterOptions(void)
{
  PetscFunctionBeginUser;
  PetscCall(DscMethodRegisterOptions());
  PetscCall(DscDataRegisterOptions());
  PetscCall(DscNetRegisterOptions());
  PetscCall(DscLibraryRegisterOptions());
  PetscCall(DscRegressRegisterOptions());
  PetscCall(DscOptimRegisterOptions());
  PetscFunctionReturn(0);
}
