/*
 * The oracle of `npm run ulp`: reads operands and results from standard input, prints the greatest
 * error in units in the last place as JSON.
 *
 * usage: oracle NAME f32|f64 libm|mpfr COUNT
 * Standard input is blocks of COUNT operands x, COUNT operands y for functions of two, and COUNT
 * results, in the machine's byte order.
 *
 * `libm` computes in float64 with the C library, whose error is below 2^-50: 10^-8 units of
 * float32. `mpfr` computes with 100 bits. An error is measured against the exact value, in units
 * of the result's binade; zeros must have the right sign, and results that are NaN or infinite
 * must be so exactly (the step from the largest number to infinity counts as one unit).
 *
 * Errors of digamma, and of lgamma at negative numbers, where it passes through zero between any
 * two poles, are measured in units of the larger of the result and one.
 */
#include <math.h>
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS 100
#define RND MPFR_RNDN

typedef double (*libm1)(double);
typedef double (*libm2)(double, double);
typedef int (*exact1)(mpfr_t, const mpfr_t, mpfr_rnd_t);
typedef int (*exact2)(mpfr_t, const mpfr_t, const mpfr_t, mpfr_rnd_t);

static double logistic(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }
static double rsqrt(double x) { return 1 / sqrt(x); }

static int exact_logistic(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) {
  mpfr_neg(r, x, rnd);
  mpfr_exp(r, r, rnd);
  mpfr_add_ui(r, r, 1, rnd);
  return mpfr_ui_div(r, 1, r, rnd);
}
/* 1/sqrt(-0) is -infinity here, as IEEE 754 has rSqrt. */
static int exact_rsqrt(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) {
  if (mpfr_zero_p(x)) {
    mpfr_set_inf(r, mpfr_signbit(x) ? -1 : 1);
    return 0;
  }
  return mpfr_rec_sqrt(r, x, rnd);
}
static int exact_lgamma(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) {
  int sign;
  if (mpfr_inf_p(x)) {
    mpfr_set_inf(r, 1);
    return 0;
  }
  return mpfr_lgamma(r, &sign, x, rnd);
}
/* Newton on erf with the working precision above the tail's cancellation. */
static int exact_erfinv(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) {
  static mpfr_t one, y, e, d, slope;
  static int made = 0;
  if (!made) {
    mpfr_inits2(300, one, y, e, d, slope, (mpfr_ptr)0);
    mpfr_set_ui(one, 1, rnd);
    made = 1;
  }
  if (mpfr_nan_p(x) || mpfr_cmpabs(x, one) > 0) {
    mpfr_set_nan(r);
    return 0;
  }
  if (mpfr_cmpabs(x, one) == 0) {
    mpfr_set_inf(r, mpfr_sgn(x));
    return 0;
  }
  if (mpfr_zero_p(x)) return mpfr_set(r, x, rnd);
  double a = fabs(mpfr_get_d(x, rnd));
  mpfr_abs(d, x, rnd);
  mpfr_sub(d, one, d, rnd);
  double tail = mpfr_get_d(d, rnd);
  double w = -log(tail * (2 - tail));
  /* Winitzki's approximation, 2 digits; Newton doubles them. */
  double c = 2 / (M_PI * 0.147) - w / 2;
  double start = a < 1e-3 ? a * 0.8862269254527580 : sqrt(sqrt(c * c + w / 0.147) - c);
  mpfr_set_d(y, start, rnd);
  if (a < 1e-300) mpfr_mul_d(y, x, 0.8862269254527580, rnd), mpfr_abs(y, y, rnd);
  for (int i = 0; i < 12; i++) {
    /* (erf(y) - a) / erf'(y) by the tails: erfc(y) - tail. */
    if (a < 0.5) {
      mpfr_erf(e, y, rnd);
      mpfr_abs(d, x, rnd);
      mpfr_sub(e, e, d, rnd);
    } else {
      mpfr_erfc(e, y, rnd);
      mpfr_abs(d, x, rnd);
      mpfr_sub(d, one, d, rnd);
      mpfr_sub(e, d, e, rnd);
    }
    mpfr_sqr(slope, y, rnd);
    mpfr_neg(slope, slope, rnd);
    mpfr_exp(slope, slope, rnd);
    mpfr_mul_2ui(slope, slope, 1, rnd);
    mpfr_const_pi(d, rnd);
    mpfr_sqrt(d, d, rnd);
    mpfr_div(slope, slope, d, rnd);
    mpfr_div(e, e, slope, rnd);
    mpfr_sub(y, y, e, rnd);
    if (mpfr_zero_p(e) || mpfr_get_exp(e) < mpfr_get_exp(y) - 110) break;
  }
  return mpfr_copysign(r, y, x, rnd);
}
static int exact_exp2(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) { return mpfr_exp2(r, x, rnd); }
/* NaN at all poles, as XLA. */
static int exact_digamma(mpfr_t r, const mpfr_t x, mpfr_rnd_t rnd) {
  if (mpfr_zero_p(x) || (mpfr_sgn(x) < 0 && (mpfr_inf_p(x) || mpfr_integer_p(x)))) {
    mpfr_set_nan(r);
    return 0;
  }
  return mpfr_digamma(r, x, rnd);
}
/* IEEE 754's pow, which mpfr follows. */
static const struct { const char *name; libm1 libm; exact1 exact; } unary[] = {
  {"exp", exp, mpfr_exp}, {"exp2", exp2, exact_exp2}, {"expm1", expm1, mpfr_expm1},
  {"logistic", logistic, exact_logistic}, {"tanh", tanh, mpfr_tanh}, {"sinh", sinh, mpfr_sinh},
  {"cosh", cosh, mpfr_cosh}, {"log", log, mpfr_log}, {"log2", log2, mpfr_log2},
  {"log1p", log1p, mpfr_log1p}, {"asinh", asinh, mpfr_asinh}, {"acosh", acosh, mpfr_acosh},
  {"atanh", atanh, mpfr_atanh}, {"sin", sin, mpfr_sin}, {"cos", cos, mpfr_cos},
  {"tan", tan, mpfr_tan}, {"asin", asin, mpfr_asin}, {"acos", acos, mpfr_acos},
  {"atan", atan, mpfr_atan}, {"cbrt", cbrt, mpfr_cbrt}, {"rsqrt", rsqrt, exact_rsqrt},
  {"erf", erf, mpfr_erf}, {"erfc", erfc, mpfr_erfc}, {"erfInv", NULL, exact_erfinv},
  {"lgamma", lgamma, exact_lgamma}, {"digamma", NULL, exact_digamma},
};
static const struct { const char *name; libm2 libm; exact2 exact; } binary[] = {
  {"pow", pow, mpfr_pow}, {"atan2", atan2, mpfr_atan2},
};

static int single, oscillates;
static double worst = 0, worst_x, worst_y, worst_got, worst_want;
static uint64_t points, wrong;

static void see(double ulp, double x, double y, double got, double want) {
  points++;
  if (isinf(ulp)) wrong++;
  if (ulp > worst || (worst == 0 && points == 1)) {
    worst = ulp, worst_x = x, worst_y = y, worst_got = got, worst_want = want;
  }
}

/* The unit in the last place of a finite value. */
static double unit(double value) {
  int64_t least = single ? -125 : -1021, bits = single ? 24 : 53;
  union { double value; int64_t bits; } as = { value };
  int64_t e = (as.bits >> 52 & 0x7ff) - 1022;
  return ldexp(1, (int)((e < least ? least : e) - bits));
}

/* `want` is the exact value rounded to float64 and, in `rest`, what that lacks. */
static double error_of(double x, double got, double want, double rest) {
  if (isnan(want)) return isnan(got) ? 0 : INFINITY;
  if (isnan(got)) return INFINITY;
  double largest = single ? 0x1.fffffep127 : 0x1.fffffffffffffp1023;
  if (isinf(want) && rest == 0) return got == want ? 0 : INFINITY;
  if (want == 0 && rest == 0) return got == 0 && signbit(got) == signbit(want) ? 0 : INFINITY;
  if (got == 0 && signbit(got) != signbit(want)) return INFINITY;
  if (fabs(want) > largest) return fabs(got) >= largest && signbit(got) == signbit(want) ? isinf(got) ? 0 : 1 : INFINITY;
  if (isinf(got)) {
    if (signbit(got) != signbit(want)) return INFINITY;
    /* as if the exponent went on */
    return (2 * ldexp(1, single ? 127 : 1022) - (single ? fabs(want) : fabs(want) / 2)) / (single ? ldexp(1, 104) : ldexp(1, 970));
  }
  /* The nearest float is within half a unit; saying so saves most of the time. */
  if (single && rest == 0 && (double)(float)want == got) return 0.5;
  double u = unit(oscillates && (x < 0 || oscillates == 2) && fabs(want) < 1 ? 1 : want);
  return fabs((got - want) / u - rest / u);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  single = strcmp(argv[2], "f32") == 0;
  int use_libm = strcmp(argv[3], "libm") == 0;
  size_t count = strtoull(argv[4], NULL, 10);
  libm1 f1 = NULL;
  libm2 f2 = NULL;
  exact1 e1 = NULL;
  exact2 e2 = NULL;
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++)
    if (strcmp(unary[i].name, argv[1]) == 0) f1 = unary[i].libm, e1 = unary[i].exact;
  for (size_t i = 0; i < sizeof binary / sizeof *binary; i++)
    if (strcmp(binary[i].name, argv[1]) == 0) f2 = binary[i].libm, e2 = binary[i].exact;
  if (e1 == NULL && e2 == NULL) return 2;
  if (use_libm && f1 == NULL && f2 == NULL) return 2;
  oscillates = strcmp(argv[1], "lgamma") == 0 ? 1 : strcmp(argv[1], "digamma") == 0 ? 2 : 0;
  int two = e2 != NULL;
  size_t size = single ? 4 : 8;
  char *block = malloc((two ? 3 : 2) * count * size);
  mpfr_t x, y, r, rest;
  mpfr_inits2(BITS, x, y, r, rest, (mpfr_ptr)0);
  while (fread(block, size, (two ? 3 : 2) * count, stdin) == (two ? 3 : 2) * count) {
    for (size_t i = 0; i < count; i++) {
#define AT(k) (single ? (double)((float *)block)[(k)*count + i] : ((double *)block)[(k)*count + i])
      double a = AT(0), b = two ? AT(1) : 0, got = two ? AT(2) : AT(1);
      if (use_libm) {
        double want = two ? f2(a, b) : f1(a);
        see(error_of(a, got, want, 0), a, b, got, want);
        continue;
      }
      mpfr_set_d(x, a, RND);
      if (two) {
        mpfr_set_d(y, b, RND);
        e2(r, x, y, RND);
      } else e1(r, x, RND);
      double want = mpfr_get_d(r, RND);
      double lacks = 0;
      if (mpfr_number_p(r) && isfinite(want)) {
        mpfr_sub_d(rest, r, want, RND);
        lacks = mpfr_get_d(rest, RND);
      } else if (isinf(want) && mpfr_number_p(r)) lacks = 1; /* finite, beyond float64 */
      if (want == 0 && !mpfr_zero_p(r) && lacks == 0) lacks = mpfr_sgn(r) * 0x1p-1074;
      see(error_of(a, got, want, lacks), a, b, got, want);
    }
  }
  printf("{\"points\":%llu,\"wrong\":%llu,\"ulp\":%.6f,\"x\":\"%.17g\",\"y\":\"%.17g\",\"got\":\"%.17g\",\"want\":\"%.17g\"}\n",
         (unsigned long long)points, (unsigned long long)wrong, isinf(worst) ? 1e300 : worst, worst_x, worst_y, worst_got, worst_want);
  return 0;
}
